"""What a program has told a session already, over many calls of a model."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

from ai_sessions.conversations import new_messages
from ai_sessions.library import identity
from ai_sessions.records import Message

if TYPE_CHECKING:
    from ai_sessions.conversations.service import Conversations


class Before:
    """What a session has, for calls that tell it again and again. Safe to use from several threads.

    The system messages that it was told are remembered, so that they are not looked for again.
    """

    def __init__(self, core: Conversations, session_id: str) -> None:
        self._core, self._id = core, session_id
        self._prompts: frozenset[Hashable] = frozenset()

    def new(self, sent: Sequence[Message]) -> tuple[Message, ...]:
        """Those of `sent` that the session does not have, in order."""
        session = identity.find(self._core, self._id)
        if session is None:
            return tuple(sent)
        return new_messages.new(self._core.store, session, sent, self._prompts)

    def told(self, sent: Sequence[Message]) -> None:
        """The session has all of these now."""
        self._prompts |= new_messages.system_keys(sent)
