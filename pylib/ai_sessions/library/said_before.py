"""Which messages of a call are new in a session.

A chat API is told the whole conversation with each call. What the session has already is not said
again, also when a program sends a part of it, or has edited it.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

from ai_sessions.conversations import messages
from ai_sessions.library import identity
from ai_sessions.records import Message

if TYPE_CHECKING:
    from ai_sessions.conversations.service import Conversations

#: Messages that are looked at beyond as many as were sent: those that a program left out.
_BEYOND = 32


def new(core: Conversations, session_id: str, sent: Sequence[Message]) -> tuple[Message, ...]:
    """Those of `sent` that the session does not have, in order."""
    session = identity.find(core, session_id)
    if session is None:
        return tuple(sent)
    count = len(sent) + _BEYOND
    return unsaid(messages.said(core.store, session.name, count, is_open=True), sent)


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
