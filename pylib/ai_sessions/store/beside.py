"""A store for one call that does not wait for the turn of its session.

Calls that bring their own history need nothing of each other, so a program makes many of them in
one session at once. The first one has the turn, and what it is about to do is on record, so that it
is accounted for if our process is killed. Those beside it leave that alone, and add what comes of
them as any message is added.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ai_sessions.errors import LockBusy
from ai_sessions.records import Change

if TYPE_CHECKING:
    from ai_sessions.records import About, Entry, Json, Session
    from ai_sessions.store.contract import Plain, Store, Turn


class _NoTurn:
    """Nothing is held, so nothing can be lost."""

    def __init__(self, name: str) -> None:
        self.name = name

    def is_held(self) -> bool:
        return True


class Beside:
    """`Store` for one call; what is not here is the store's own."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.is_beside = False
        """Another call has the turn."""
        self._about: About | None = None
        """What the session is, should it go to the trash with a call that was not made."""
        self._calling: Json = {}
        """Of a call beside: what it is about to do, which nobody else is told."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    @contextlib.contextmanager
    def turn(self, name: str, _wait_s: float) -> Iterator[Turn]:
        """The turn where it is free; whoever has it is not waited for."""
        with contextlib.ExitStack() as held:
            try:
                turn: Turn = held.enter_context(self._store.turn(name, 0))
            except LockBusy:
                turn, self.is_beside = _NoTurn(name), True
            yield turn

    def ensure(self, name: str, about: About) -> Session:
        self._about = about
        return self._store.ensure(name, about)

    def read(self, name: str) -> Session:
        found = self._store.read(name)
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
            return self._store.append(name, entries, expect, turn, about, uid)
        notes = [one for one in entries if _is_note(one)]
        others = [one for one in entries if one not in notes]
        if others or not notes:
            self._store.append(name, others, expect, None, about or self._about, uid)
        for note in notes:
            self._calling = note.value if isinstance(note, Change) else {}
        return self.read(name)


def _is_note(entry: Entry | Plain) -> bool:
    """Of the call that is about to be made, or was."""
    return isinstance(entry, Change) and entry.key == "calling"
