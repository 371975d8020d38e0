"""What a program has told a session already, over many calls of a model."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ai_sessions.conversations import lineage, new_messages
from ai_sessions.conversations.new_messages import Key
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.records import Entry, Message, Session

if TYPE_CHECKING:
    from ai_sessions.conversations.service import Conversations

#: Newest messages that are kept.
_MOST_KEPT = 512


class Before:
    """What a session has, for calls that tell it again and again. Safe to use from several threads.

    The system messages that it was told are remembered, and its newest messages: nothing is read as
    long as only these calls write to it.
    """

    def __init__(self, core: Conversations) -> None:
        self._core = core
        self._prompts: frozenset[Key] = frozenset()
        self._newest = _Newest()

    def new(self, session: Session, sent: Sequence[Message]) -> tuple[Message, ...]:
        """Those of `sent` that the session, as it is, does not have, in order."""
        if session.last_seq < 0:
            return tuple(sent)
        known = functools.partial(self._known, session)
        return new_messages.new(self._core.store, session, sent, self._prompts, known)

    def told(self, sent: Sequence[Message]) -> None:
        """The session has all of these now."""
        self._prompts |= new_messages.system_keys(sent)

    def wrote(self, session: Session, entry: Entry, after: Session) -> None:
        """`entry` was added to `session`, which is `after` since."""
        newest, is_begun = self._newest, session.last_seq < 0
        if is_begun:
            newest = _Newest(is_all=True)
        elif not newest.is_of(session) or after.last_seq != session.last_seq + 1:
            return  # somebody else's entries are not known
        keys = (*newest.keys, *new_messages.keys(lineage.messages(entry)))
        is_all = newest.is_all and len(keys) <= _MOST_KEPT
        self._newest = _Newest(after.uid, after.last_seq, keys[-_MOST_KEPT:], is_all)

    def _known(self, session: Session, last: int) -> tuple[Key, ...]:
        newest = self._newest
        if not newest.is_of(session) or not (newest.is_all or len(newest.keys) >= last):
            keys = new_messages.newest(self._core.store, session, last)
            newest = _Newest(session.uid, session.last_seq, keys, len(keys) < last)
            self._newest = newest
        return newest.keys[-last:]


@dataclass(frozen=True, slots=True)
class _Newest:
    """Keys of the newest messages of a session, as it is when entry `seq` is its last."""

    uid: str = ""
    seq: int = -1
    keys: tuple[Key, ...] = ()
    is_all: bool = False

    def is_of(self, session: Session) -> bool:
        return (self.uid, self.seq) == (session.uid, session.last_seq)
