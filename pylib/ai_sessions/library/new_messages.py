"""Which messages of a call are new in a session.

A chat API is told the whole conversation with each call. What the session has already is not said
again, also when a program sends a part of it, or has edited it.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

from ai_sessions.conversations import messages
from ai_sessions.library import identity
from ai_sessions.records import Message, Session

if TYPE_CHECKING:
    from ai_sessions.conversations.service import Conversations

#: Messages that are looked at beyond as many as were sent: those that a program left out.
_BEYOND = 32
#: Newest messages of a session that are looked for in what was sent before anything else is read.
_NEAR = 8
#: Fewer are no sign of where a conversation is.
_FEWEST = 4


class Before:
    """What a session has, for calls that tell it again and again. Safe to use from several threads.

    A program that goes on where it was is known by the newest messages: what is read of the session
    does not grow with it.
    """

    def __init__(self, core: Conversations, session_id: str) -> None:
        self._core, self._id = core, session_id
        self._prompts: frozenset[Hashable] = frozenset()
        """System messages that the session has for sure."""

    def new(self, sent: Sequence[Message]) -> tuple[Message, ...]:
        """Those of `sent` that the session does not have, in order."""
        session = identity.find(self._core, self._id)
        if session is None:
            return tuple(sent)
        if _prompts(sent) <= self._prompts:
            after = _after_newest(self._known(session, _NEAR), sent)
            if after is not None:
                return after
        found = unsaid(self._known(session, len(sent) + _BEYOND), sent)
        return tuple(one for one in found if one.role != "system" or _key(one) not in self._prompts)

    def told(self, sent: Sequence[Message]) -> None:
        """The session has all of these now."""
        self._prompts |= _prompts(sent)

    def _known(self, session: Session, last: int) -> tuple[Message, ...]:
        return messages.said(self._core.store, session.name, last, is_open=True)


def _after_newest(known: Sequence[Message], sent: Sequence[Message]) -> tuple[Message, ...] | None:
    """What was sent after the newest messages of a session; None: these are not in it."""
    newest, said = _keys(known), [one for one in sent if one.role != "system"]
    size = len(newest)
    if size < _FEWEST or len(known) < _NEAR:
        return None
    for end in range(len(said), size - 1, -1):
        if _key(said[end - 1]) == newest[-1] and _keys(said[end - size : end]) == newest:
            return tuple(said[end:])
    return None


def _prompts(sent: Sequence[Message]) -> frozenset[Hashable]:
    return frozenset(_key(one) for one in sent if one.role == "system")


def unsaid(known: Sequence[Message], sent: Sequence[Message]) -> tuple[Message, ...]:
    """The messages after those that `known` ends with and `sent` begins with. Where these do not
    meet: those after the last answer in `sent`, and whatever before it is not known at all.

    System messages are compared by themselves: they come first in each call.
    """
    prompts = [one for one in sent if one.role == "system"]
    said = [one for one in sent if one.role != "system"]
    had = {_key(one) for one in known if one.role == "system"}
    fresh = [one for one in prompts if _key(one) not in had]
    return (*fresh, *_after(_keys(known), said))


def _after(known: list[Hashable], sent: list[Message]) -> list[Message]:
    keys = [_key(one) for one in sent]
    for size in range(min(len(known), len(keys)), 0, -1):
        if known[-size:] == keys[:size]:
            return sent[size:]
    last = max((at for at, one in enumerate(sent) if one.role == "assistant"), default=-1)
    had = set(known)
    before = [one for one, key in zip(sent[: last + 1], keys, strict=False) if key not in had]
    return [*before, *sent[last + 1 :]]


def _keys(messages: Sequence[Message]) -> list[Hashable]:
    return [_key(one) for one in messages if one.role != "system"]


def _key(message: Message) -> Hashable:
    """What two tellings of one message have in common."""
    calls = tuple(call.id for call in message.tool_calls)
    return message.role, message.text.strip(), calls, message.tool_call_id
