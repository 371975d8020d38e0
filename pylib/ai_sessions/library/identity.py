"""Which session of the store an id of a program means.

A program may call its sessions what it likes; the store's names are derived from that, as for any
other interface.
"""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING

from ai_sessions import ids, names
from ai_sessions.conversations import finding, summaries
from ai_sessions.errors import NotFound, UsageError
from ai_sessions.library import segment_ids
from ai_sessions.library.arguments import LONGEST_ID
from ai_sessions.records import About, Parent, Session

if TYPE_CHECKING:
    from ai_sessions.conversations.service import Conversations

#: The interface of all sessions that Python programs make.
INTERFACE = "python"


def checked(session_id: str) -> str:
    """Raises `UsageError` for what is no id."""
    if not isinstance(session_id, str):
        raise UsageError(f"a session's id is a text, not {session_id!r:.80}")
    if len(session_id) > LONGEST_ID:
        raise UsageError(f"an id of {len(session_id):,} characters (at most {LONGEST_ID:,})")
    name(session_id)
    return session_id


def of_session(session: Session) -> str:
    """What a program calls a session; the name of one that no program made."""
    about = session.about
    return about.conversation_id if about.interface == INTERFACE else session.name


def find(core: Conversations, session_id: str) -> Session | None:
    """The session of that id, of a segment of it, or of that uid; None: there is none."""
    found = _of_id(core, session_id)
    if found is None and ids.is_unique(session_id):
        found = core.find_by_id(session_id)
    return found or _of_segment(core, session_id)


def existing(core: Conversations, session_id: str) -> Session:
    """As `find`. Raises `NotFound`."""
    if found := find(core, checked(session_id)):
        return found
    raise NotFound(
        f"no session {session_id!r}",
        "it is made when something is said in it",
        session_id=session_id,
    )


def parent(core: Conversations, session_id: str) -> Parent:
    """Raises `NotFound`."""
    found = existing(core, session_id)
    return Parent(found.name, found.uid)


def free_name(core: Conversations, session_id: str) -> str:
    """What a new session of that id is called: its plain name, unless somebody else has that."""
    plain = name(session_id)
    with suppress(NotFound):
        core.read(plain)
        return names.of_conversation(INTERFACE, session_id, is_marked=True)
    return plain


def about(session_id: str, parent: Parent | None = None, life_ms: int | None = None) -> About:
    """What a new session of a program is."""
    return About(
        kind="chat",
        interface=INTERFACE,
        conversation_id=session_id,
        parent=parent,
        expires_in_ms=life_ms,
    )


@lru_cache(maxsize=1024)
def name(session_id: str) -> str:
    """The plain name of a session in the store. Raises `UsageError`."""
    return names.of_conversation(INTERFACE, session_id)


def _of_segment(core: Conversations, text: str) -> Session | None:
    """Only when the session has so many segments; else it is the id of another one."""
    session_id, number = segment_ids.parted(text)
    found = _of_id(core, session_id) if number > 1 else None
    if found is None or found.summary_seq < 0:
        return None
    there = segment_ids.count(summaries.newest(core.store, found))
    return found if number <= there else None


def _of_id(core: Conversations, session_id: str) -> Session | None:
    """By one look where the plain name is its own, as it nearly always is."""
    with suppress(NotFound):
        session = core.read(name(session_id))
        if finding.is_of(session, INTERFACE, session_id):
            return session
    return finding.find_by_conversation(core.store, INTERFACE, session_id)
