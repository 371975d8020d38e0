"""Sessions that a process which lives looks at again and again: their checkpoints, encoded.

Each is checked against the store by one stat before it is used, so what another process wrote is
seen at once. Bytes are kept, not records: they take a tenth of the room and share nothing. They
never leave the process, so they are in Python's own form, which is the fastest and exact.
"""

from __future__ import annotations

import contextlib
import marshal
import threading
from collections import OrderedDict

from ai_sessions.errors import NotFound
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.store.entries import session_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ai_sessions.records import Session
    from ai_sessions.store.contract import Store

#: How many are kept where a setting says nothing (CACHE_MAX_SIZE).
MOST = 1_000
#: A larger one, by its state and pins, is read from the store every time, so that all of them
#: together never take more than `MOST` times this.
LARGEST_BYTES = 8 << 10
#: What only writers need of a checkpoint: more than half of it.
_OF_WRITERS = ("recent_ids", "forgot_ids_until")


@dataclass(frozen=True, slots=True)
class CacheUse:
    """`hits` and `misses` of all reads since the process began; `bytes` of the checkpoints kept."""

    size: int
    most: int
    hits: int
    misses: int
    bytes: int

    @property
    def hit_rate(self) -> float | None:
        """Between 0 and 1; None: nothing was read yet."""
        reads = self.hits + self.misses
        return self.hits / reads if reads else None


class HotSessions:
    """The sessions that were read last. Safe to use from several threads."""

    def __init__(self, store: Store, most: int = MOST) -> None:
        """`most`: how many are kept; 0: none."""
        self._store, self._source = store, store.source()
        self._most = most
        self._kept: OrderedDict[str, tuple[str, bytes, str]] = OrderedDict()
        """Name -> the state that the session was in, its checkpoint, and its uid."""
        self._names: dict[str, str] = {}
        """Uid -> name, of those."""
        self._bytes = self._hits = self._misses = 0
        self._mutex = threading.Lock()

    def read(self, name: str) -> Session:
        """As `Store.read`."""
        state = self._source.state(name)
        with self._mutex:
            found = self._kept.get(name)
            if found is not None and found[0] == state:
                self._kept.move_to_end(name)
                self._hits += 1
            else:
                found = None
                self._misses += 1
        if found is None:
            return self._read(name, state)
        return session_of(marshal.loads(found[1]))  # noqa: S302 (made here)

    def of_uid(self, uid: str) -> Session | None:
        """The session with that uid when it is among them; None: nobody knows."""
        with self._mutex:
            name = self._names.get(uid)
        if name is None:
            return None
        with contextlib.suppress(NotFound):
            found = self.read(name)
            return found if found.uid == uid else None  # another one has its name by now
        return None

    @property
    def use(self) -> CacheUse:
        """How well it serves until now. What is gone from the store is let go of before."""
        with self._mutex:
            names = list(self._kept)
        gone = [name for name in names if not self._source.state(name)]
        with self._mutex:
            for name in gone:
                if name in self._kept:
                    self._drop(name)
            return CacheUse(len(self._kept), self._most, self._hits, self._misses, self._bytes)

    def _read(self, name: str, state: str) -> Session:
        """`state` was looked at first: what is written meanwhile is seen the next time."""
        row = self._source.row(name) if state else None
        if row is None or row.get("notices"):  # a session that somebody has to be told about
            self._put(name, state, b"", "")
            return self._store.read(name)
        self._put(name, state, marshal.dumps(_without_lists_of_writers(row)), row["uid"])
        return session_of(row)

    def _put(self, name: str, state: str, checkpoint: bytes, uid: str) -> None:
        """An empty or a large checkpoint is not kept; the one that was is not good any more."""
        with self._mutex:
            if name in self._kept:
                self._drop(name)
            if 0 < len(checkpoint) <= LARGEST_BYTES:
                self._kept[name] = state, checkpoint, uid
                self._names[uid] = name
                self._bytes += len(checkpoint)
            if len(self._kept) > self._most:
                self._drop(next(iter(self._kept)))

    def _drop(self, name: str) -> None:
        _state, checkpoint, uid = self._kept.pop(name)
        self._bytes -= len(checkpoint)
        if self._names.get(uid) == name:
            del self._names[uid]


def _without_lists_of_writers(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key not in _OF_WRITERS}
