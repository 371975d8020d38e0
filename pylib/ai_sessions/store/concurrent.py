"""A store for one call, which waits for no other and whose answer no fault of the medium takes.

Calls that bring their own history need nothing of each other, so a program makes many of them in
one session at once. The first one has the turn, and what it is about to do is on record, so that it
is accounted for if our process is killed. Those beside it leave that alone, and add what comes of
them as any message is added.

When the medium fails, the call goes on in memory, which is gone with it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from ai_sessions.errors import LockBusy, StorageError
from ai_sessions.records import About, Change

if TYPE_CHECKING:
    from ai_sessions.records import Entry, Json, Session
    from ai_sessions.store.contract import Plain, Store, Turn

_Found = TypeVar("_Found")


class _NoTurn:
    """Nothing is held, so nothing can be lost."""

    def __init__(self, name: str) -> None:
        self.name = name

    def is_held(self) -> bool:
        return True


class Concurrent:
    """`Store` for one call; what is not here is the store's own."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.is_beside = False
        """Another call has the turn."""
        self.fault: StorageError | LockBusy | None = None
        """Why what comes of the call is not in its session; None: it is."""
        self._about = About()
        """What the session is, should it go to the trash with a call that was not made."""
        self._calling: Json = {}
        """Of a call beside: what it is about to do, which nobody else is told."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def ensure(self, name: str, about: About) -> Session:
        self._about = about
        return self._safely(name, lambda: self._store.ensure(name, about))

    @contextlib.contextmanager
    def turn(self, name: str, _wait_s: float) -> Iterator[Turn]:
        """The turn where it is free; whoever has it is not waited for."""
        with contextlib.ExitStack() as held:
            try:
                turn: Turn = held.enter_context(self._store.turn(name, 0))
            except LockBusy:
                turn, self.is_beside = _NoTurn(name), True
            except StorageError as error:
                self.lose(name, error)
                turn = _NoTurn(name)
            yield turn

    def read(self, name: str) -> Session:
        found = self._safely(name, lambda: self._store.read(name))
        return replace(found, calling=self._calling) if self.is_beside else found

    def append(
        self,
        name: str,
        entries: Sequence[Entry | Plain],
        expect: int | None = None,
        turn: Turn | None = None,
        about: About | None = None,
        uid: str = "",
    ) -> Session:
        if not self.is_beside:
            given = entries, expect, turn, about, uid
            return self._safely(name, lambda: self._store.append(name, *given))
        notes = [one for one in entries if _is_note(one)]
        others = [one for one in entries if one not in notes]
        if others or not notes:
            given = others, expect, None, about or self._about, uid
            self._safely(name, lambda: self._store.append(name, *given))
        for note in notes:
            self._calling = note.value if isinstance(note, Change) else {}
        return self.read(name)

    def _safely(self, name: str, work: Callable[[], _Found]) -> _Found:
        try:
            return work()
        except (StorageError, LockBusy) as error:
            if self.fault:
                raise
            self.lose(name, error)
            return work()

    def lose(self, name: str, error: StorageError | LockBusy) -> None:
        """Go on in memory, in a session of that name."""
        from ai_sessions.store.memory import MemoryStore

        self.fault = error
        self._store = MemoryStore()
        self._store.ensure(name, self._about)


def _is_note(entry: Entry | Plain) -> bool:
    """Of the call that is about to be made, or was."""
    return isinstance(entry, Change) and entry.key == "calling"
