"""The store for `USE_SESSIONS=false`: the same promises, and no trace when the process ends."""

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ai_sessions import names
from ai_sessions.errors import LockBusy, NotFound
from ai_sessions.records import About, Entry, Session, stamp
from ai_sessions.store import totals
from ai_sessions.store.entries import first_entry, numbered, plain_of, record_of, session_of

Plain = dict[str, Any]


def _now() -> datetime:
    return datetime.now(UTC)


class MemoryStore:
    """`Store` in this process. Safe to use from several threads."""

    def __init__(self, *, now: Callable[[], datetime] = _now) -> None:
        self._now = now
        self._journals: dict[str, list[Plain]] = {}
        self._checkpoints: dict[str, Plain] = {}
        self._turns: dict[str, threading.Lock] = {}
        self._mutex = threading.RLock()

    def path(self, name: str) -> Path | None:
        names.session(name)
        return None

    def ensure(self, name: str, about: About) -> Session:
        with self._mutex:
            if names.session(name) not in self._journals:
                self._journals[name], self._checkpoints[name] = [], totals.empty(name)
                self._add(name, first_entry(about, stamp(self._now())))
            return self.read(name)

    def append(self, name: str, entries: Sequence[Entry]) -> Session:
        at = stamp(self._now())
        return self.append_raw(name, [plain_of(entry, at) for entry in entries])

    def append_raw(self, name: str, entries: Sequence[Plain]) -> Session:
        with self._mutex:
            self.ensure(name, About())
            for entry in entries:
                self._add(name, entry)
            return self.read(name)

    def read(self, name: str) -> Session:
        with self._mutex:
            self._known(name)
            return session_of(self._checkpoints[name])

    def entries(self, name: str) -> Iterator[Entry]:
        for entry in self.entries_raw(name):
            if record := record_of(entry):
                yield record

    def entries_raw(self, name: str) -> Iterator[Plain]:
        with self._mutex:
            entries = list(self._known(name))
        yield from entries

    def sessions(self) -> Iterator[Session]:
        with self._mutex:
            found = [self.read(name) for name in sorted(self._journals)]
        yield from found

    @contextlib.contextmanager
    def turn(self, name: str, wait_s: float) -> Iterator[None]:
        with self._mutex:
            self._known(name)
            turn = self._turns.setdefault(name, threading.Lock())
        if not turn.acquire(timeout=wait_s):
            raise LockBusy(f"session {name} is in use by another thread of this process")
        try:
            yield
        finally:
            turn.release()

    def discard(self, name: str, unused_since: str = "") -> bool:
        with self._mutex:
            self._known(name)
            if unused_since and self._checkpoints[name]["last_used"] > unused_since:
                return False
            if name in self._turns and self._turns[name].locked():
                return False
            del self._journals[name], self._checkpoints[name]
            return True

    def _known(self, name: str) -> list[Plain]:
        if names.session(name) not in self._journals:
            raise NotFound(f"no session {name}", "it lives only as long as this command")
        return self._journals[name]

    def _add(self, name: str, entry: Plain) -> None:
        checkpoint, journal = self._checkpoints[name], self._journals[name]
        if not totals.is_repeat(checkpoint, entry):
            placed = numbered(entry, len(journal))
            totals.add(checkpoint, placed)
            journal.append(placed)
