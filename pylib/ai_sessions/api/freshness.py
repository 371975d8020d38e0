"""One look at all sessions serves every request that was there before it began.

What a client was told is written is written before it asks again. So a request has to see the
sessions as they were when it came, and a crowd of them needs not one look each.
"""

from __future__ import annotations

import threading
import time
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ai_sessions.store.contract import Source

_CAME_AT: ContextVar[float] = ContextVar("_CAME_AT", default=float("inf"))


def came() -> None:
    """The request of this task is there; outside of one every question looks anew."""
    _CAME_AT.set(time.monotonic())


class Looks:
    """A store's source whose `changes` looks again only for who came after the last look. Safe to
    use from several threads.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._mutex = threading.Lock()
        self._last = "", 0.0

    def changes(self, since: str = "") -> tuple[str, list[str], list[str]]:
        """As the source's. An index that has kept the cursor of the last look has seen what it
        found.
        """
        with self._mutex:
            cursor, began = self._last
        if since and since == cursor and began > _CAME_AT.get():
            return cursor, [], []
        began = time.monotonic()
        found = self._source.changes(since)
        with self._mutex:
            self._last = found[0], began
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)
