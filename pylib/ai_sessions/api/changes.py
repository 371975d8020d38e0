"""What changes in the store, told to all who listen: one watcher looks, and only while one does.

The last events are kept, so that a client that was cut off is told what it has missed. One that
takes events more slowly than they come, or comes back too late, is told of a gap in their place.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from typing import TYPE_CHECKING, Any

from ai_sessions import threads
from ai_sessions.api.sse import Sent
from ai_sessions.errors import AiSessionsError

if TYPE_CHECKING:
    from ai_sessions.store.contract import Store

#: From a cursor, empty at first: the next one, and what has happened since, by name and data.
Look = Callable[[str], tuple[str, Iterable[tuple[str, Any]]]]
#: Events that are kept.
_MOST = 4_096
#: Seconds between two looks. With very many sessions a look takes its time, and shall not keep a
#: processor busy: the pause is so many times as long, up to the most.
_EVERY_S, _TIMES, _MOST_S = 0.5, 20, 10.0
#: Digits that a number has at most.
_LONGEST = 16


class Changes:
    """The events of one server. To be used in its event loop."""

    def __init__(
        self, look: Look, is_stopping: Callable[[], bool], every_s: float = _EVERY_S
    ) -> None:
        """`look`: called in a thread. `is_stopping`: whether the server was told to end."""
        self._look, self._is_stopping, self._every_s = look, is_stopping, every_s
        #: Begins the ids of this server's events, as another one has other numbers.
        self._server = secrets.token_hex(4)
        self._cursor = ""
        self._last = 0
        """Number of the last event."""
        self._events: deque[Sent] = deque(maxlen=_MOST)
        self._readers: set[asyncio.Event] = set()
        self._watcher: asyncio.Task[None] | None = None
        self._has_looked = asyncio.Event()

    async def followed(self, after: str = "") -> AsyncIterator[Sent]:
        """What happens from now on, or since the event of the id `after`. Ends with the server."""
        mine = asyncio.Event()
        self._readers.add(mine)
        try:
            await self._watched()
            place = self._place_of(after)
            if place is None:
                place = self._last
                yield Sent("gap" if after else "ready", {}, self._id(place))
            while not self._is_stopping():
                mine.clear()
                if place < self._last - len(self._events):
                    place = self._last
                    yield Sent("gap", {}, self._id(place))
                elif place < self._last:
                    place += 1
                    yield self._events[place - self._last - 1]
                else:
                    await mine.wait()
            yield Sent("stopping", {}, self._id(place))
        finally:
            self._readers.discard(mine)

    def wake(self) -> None:
        """Have all who listen look up: something has happened, or the server is about to end."""
        for one in self._readers:
            one.set()

    async def _watched(self) -> None:
        """Have somebody look from now on; wait for the first look."""
        if self._watcher is None or self._watcher.done():
            self._has_looked = asyncio.Event()
            self._watcher = asyncio.create_task(self._watch())
        await self._has_looked.wait()

    async def _watch(self) -> None:
        while self._readers and not self._is_stopping():
            began = time.monotonic()
            try:
                self._cursor, found = await threads.run(self._look, self._cursor)
                self._add(found)
            except Exception:  # the next look may go better
                logging.getLogger("ai_sessions").exception("cannot see what has changed")
            self._has_looked.set()
            took_s = time.monotonic() - began
            await asyncio.sleep(min(max(self._every_s, _TIMES * took_s), _MOST_S))

    def _add(self, found: Iterable[tuple[str, Any]]) -> None:
        for name, data in found:
            self._last += 1
            self._events.append(Sent(name, data, self._id(self._last)))
        self.wake()

    def _id(self, number: int) -> str:
        return f"{self._server}.{number}"

    def _place_of(self, id_: str) -> int | None:
        """The number in an id; None when it is not one of this server's that is known still."""
        server, _, text = id_.partition(".")
        number = int(text) if text.isdecimal() and len(text) < _LONGEST else -1
        is_known = self._last - len(self._events) <= number <= self._last
        return number if server == self._server and is_known else None


def look_at(store: Store) -> Look:
    """What happens to the sessions of a store. Before the first look nothing has happened."""

    def told(name: str) -> dict[str, Any]:
        try:
            found = store.read(name)
        except AiSessionsError:  # damaged, or gone by now
            return {"name": name}
        version = f"{found.uid}.{found.last_seq}"
        under_way = found.calling.get("id")
        return {"id": found.uid, "name": name, "version": version, "turn": under_way}

    def look(cursor: str) -> tuple[str, list[tuple[str, Any]]]:
        after, changed, gone = store.source().changes(cursor)
        if not cursor:
            return after, []
        events: list[tuple[str, Any]] = [("session", told(name)) for name in changed]
        return after, [*events, *(("gone", {"name": name}) for name in gone)]

    return look
