"""The log of one session of a program: found or begun, written to, in one write each time.

What the session was after our last write is kept, and each write says so: nothing is read before a
write unless somebody else wrote meanwhile.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from ai_sessions.conversations import finding
from ai_sessions.errors import Conflict, NotFound
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.library import identity, storage
from ai_sessions.records import About, Change, Entry, Json, Note, Pin, Session, stamp

if TYPE_CHECKING:
    from ai_sessions.conversations.service import Conversations
    from ai_sessions.store.contract import Source

#: Key of the pin that is the system prompt, and topic of the note with a session's metadata.
PROMPT, METADATA = "system_prompt", "metadata"
#: How often a write begins again because somebody else wrote first; then it takes what it finds.
_TRIES = 20
_Found = TypeVar("_Found", Session, Session | None)
#: What is written, by what the session is before it.
Make = Callable[[Session], Sequence[Entry]]


@dataclass(frozen=True, slots=True)
class Opening:
    """What a session begins with. `prompt`: None: that of the session, if it is there."""

    prompt: str | None
    metadata: Json
    parent_id: str | None


class Log:
    """Safe to use from several threads; other processes may write to the same session."""

    def __init__(
        self, core: Conversations, session_id: str, opening: Opening, *, is_new: bool
    ) -> None:
        """`is_new`: the id was made now, so that no session can have it."""
        self.core, self.id = core, session_id
        self._opening, self._is_new = opening, is_new
        self._has_metadata = bool(opening.metadata)
        self._last: Session | None = None
        """As it was after our last write."""
        self._seen: tuple[str, Session] | None = None
        """The state of the session in the store when it was found, and what it was then."""
        self._pinned: tuple[str, str, str | None] = ("", "", None)
        """Uid of the session, the prompt that we have written, and as it is stored."""
        self.lock = threading.RLock()

    @cached_property
    def _source(self) -> Source:
        return self.core.store.source()

    def find(self) -> Session | None:
        """The session as it is now; None: nothing was said in it yet."""
        if self._is_new and self._last is None:
            return None
        return self._unchanged() or self._found(identity.find)

    def existing(self) -> Session:
        """The same. An id that was made here has a session without entries. Raises `NotFound`."""
        if self._is_new and self._last is None:
            return self.nothing()
        return self._unchanged() or self._found(identity.existing)

    def _unchanged(self) -> Session | None:
        """As it was found last, while nobody has written to it."""
        seen = self._seen
        return seen[1] if seen and self._source.state(seen[1].name) == seen[0] else None

    def _found(self, find: Callable[[Conversations, str], _Found]) -> _Found:
        # first: what is written meanwhile is seen the next time; no two sessions are in one state
        state = self._source.state(identity.name(self.id))
        found = find(self.core, self.id)
        self._seen = (state, found) if state and found else None
        return found

    def nothing(self) -> Session:
        """The session before anything is written."""
        at = stamp(self.core.now())
        return Session(identity.name(self.id), "", identity.about(self.id), at, at)

    @property
    def prompt(self) -> str | None:
        """The system prompt; None: there is none."""
        found = self.find()
        return self.prompt_in(found or self.nothing())

    def prompt_in(self, session: Session) -> str | None:
        """The one that was given here, unless somebody else has replaced it since."""
        given, stored = self._opening.prompt, prompt_of(session)
        uid, _written, as_stored = self._pinned
        if given is None or (session.uid == uid and stored != as_stored):
            return stored
        return given or None

    def set_prompt(self, prompt: str) -> None:
        """Of a session that is begun at once, else with the first write."""
        self._opening, self._pinned = replace(self._opening, prompt=prompt), ("", "", None)
        if self.find() is not None:
            self.write(lambda _session: ())

    def write(self, make: Make) -> Session:
        """Add what `make` says, all or nothing, to a session that is begun now when there is none.
        Raises `NotFound` when its parent is not there.
        """
        with self.lock:
            for _attempt in range(_TRIES):
                try:
                    return self._written(make, is_sure=True)
                except Conflict:
                    self._last = None
                except NotFound:
                    if self._last is None:
                        raise
                    self._last = None  # it was removed or renamed meanwhile
            return self._written(make, is_sure=False)

    def _written(self, make: Make, *, is_sure: bool) -> Session:
        """Raises `Conflict` when `is_sure` and somebody else wrote first."""
        session = self._current()
        if session is None:
            if self._is_new:
                return self._begun(make)
            session = self._found_or_made()
        entries = [*self._due(session), *make(session)]
        if not entries:
            return session
        expect = session.last_seq if is_sure else None
        return self._kept(
            self.core.store.append(session.name, entries, expect=expect, uid=session.uid), entries
        )

    def _kept(self, session: Session, entries: Sequence[Entry]) -> Session:
        self._last, self._has_metadata, self._is_new = session, False, False
        if self._opening.prompt is not None:
            self._written_prompt(session, self._opening.prompt)
        self.core.recorded(entries, session)
        return session

    def _written_prompt(self, session: Session, given: str) -> None:
        if self._pinned[:2] != (session.uid, given):
            self._pinned = session.uid, given, prompt_of(session)

    def _current(self) -> Session | None:
        """The session that takes the next entry; None: it has to be begun."""
        session = self._last or self.find()
        if session is None or not session.is_over(stamp(self.core.now())):
            return session
        return finding.current(self.core.store, self.core.now(), session.name)

    def _begun(self, make: Make) -> Session:
        """A session whose id nobody else has, in one write."""
        session = self.nothing()
        entries = [*self._due(session), *make(session)]
        made = self.core.store.append(session.name, entries, about=self._about())
        return self._kept(made, entries)

    def _found_or_made(self) -> Session:
        return finding.find_or_create(self.core.store, self.core.now(), self._about())

    def _about(self) -> About:
        above = self._opening.parent_id
        parent = None if above is None else identity.parent(self.core, above)
        return identity.about(self.id, parent, storage.expires_in_ms())

    def _due(self, session: Session) -> list[Entry]:
        """What this session should have beside what is said in it, and has not."""
        found: list[Entry] = []
        given = self._opening.prompt
        is_pinned = self._pinned[:2] == (session.uid, given)  # stored it may have keys masked
        if given is not None and not is_pinned and given != (prompt_of(session) or ""):
            found.append(Pin(PROMPT, given or None))
        if self._has_metadata or (self._opening.metadata and session.last_seq < 1):
            found.append(Note(METADATA, self._opening.metadata))
        if session.last_seq < 1 and (tag := storage.sandbox_id()):
            found.append(Change("tags", [tag]))
        return found


def prompt_of(session: Session) -> str | None:
    """The system prompt that a session has."""
    pin = session.pins.get(PROMPT)
    return pin.text if pin else None
