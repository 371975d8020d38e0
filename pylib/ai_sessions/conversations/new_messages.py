"""Which messages of a call are new in a session.

A chat API is told the whole conversation with each call. What the session has already is not said
again, also when a program sends a part of it, or has edited it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from ai_sessions.conversations import messages, system_texts
from ai_sessions.records import Message, Session

if TYPE_CHECKING:
    from ai_sessions.store.contract import Store

#: Messages that are looked at beyond as many as were sent: those that a program left out.
_BEYOND = 32
#: Newest messages of a session that are looked for in what was sent before anything else is read.
_NEAR = 8
#: Fewer are no sign of where a conversation is.
_FEWEST = 4
#: What two tellings of a message have in common: role, text, ids of its calls, id of its call.
Key = tuple[str, str, tuple[str, ...], str]


#: The newest messages of a session, at most so many, by their keys.
Known = Callable[[int], Sequence[Key]]


def new(
    store: Store,
    session: Session,
    sent: Sequence[Message],
    had: frozenset[Key] = frozenset(),
    known: Known | None = None,
) -> tuple[Message, ...]:
    """Those of `sent` that the session does not have, in order. `had`: system messages that it has
    for sure, wherever they are. `known`: what tells of its other messages; None: they are read.

    A program that goes on where it was is known by the newest messages: what is read of the session
    does not grow with it.
    """
    if not system_keys(sent) <= had:
        had |= system_keys(system_texts.opening(store, session))
    known = known or functools.partial(newest, store, session)
    if system_keys(sent) <= had:
        after = _after_newest(known(_NEAR), sent)
        if after is not None:
            return after
    found = _unsaid(known(len(sent) + _BEYOND), sent)
    return tuple(one for one in found if one.role != "system" or _key(one) not in had)


def system_keys(sent: Sequence[Message]) -> frozenset[Key]:
    """Of its system messages, which come first in each call."""
    return frozenset(_key(one) for one in sent if one.role == "system")


def unsaid(known: Sequence[Message], sent: Sequence[Message]) -> tuple[Message, ...]:
    """The messages after those that `known` ends with and `sent` begins with. Where these do not
    meet: those after the last answer in `sent`, and whatever before it is not known at all.

    System messages are compared by themselves: they come first in each call.
    """
    return _unsaid(keys(known), sent)


def newest(store: Store, session: Session, last: int) -> tuple[Key, ...]:
    """`Known` of the log."""
    return keys(messages.said(store, session.name, last, is_open=True))


def keys(messages: Iterable[Message]) -> tuple[Key, ...]:
    return tuple(map(_key, messages))


def _unsaid(known: Sequence[Key], sent: Sequence[Message]) -> tuple[Message, ...]:
    prompts = [one for one in sent if one.role == "system"]
    said = [one for one in sent if one.role != "system"]
    had = set(known)
    fresh = [one for one in prompts if _key(one) not in had]
    return (*fresh, *_after(_of_talk(known), said))


def _after_newest(known: Sequence[Key], sent: Sequence[Message]) -> tuple[Message, ...] | None:
    """What was sent after the newest messages of a session; None: these are not in it."""
    newest, said = _of_talk(known), [one for one in sent if one.role != "system"]
    size = len(newest)
    if size < _FEWEST or len(known) < _NEAR:
        return None
    for end in range(len(said), size - 1, -1):
        if _key(said[end - 1]) == newest[-1] and [*keys(said[end - size : end])] == newest:
            return tuple(said[end:])
    return None


def _after(known: list[Key], sent: list[Message]) -> list[Message]:
    keys = [_key(one) for one in sent]
    for size in range(min(len(known), len(keys)), 0, -1):
        if known[-size:] == keys[:size]:
            return sent[size:]
    last = max((at for at, one in enumerate(sent) if one.role == "assistant"), default=-1)
    had = set(known)
    before = [one for one, key in zip(sent[: last + 1], keys, strict=False) if key not in had]
    return [*before, *sent[last + 1 :]]


def _of_talk(known: Sequence[Key]) -> list[Key]:
    """Those of system messages left out."""
    return [one for one in known if one[0] != "system"]


def _key(message: Message) -> Key:
    calls = tuple(call.id for call in message.tool_calls)
    return message.role, message.text.strip(), calls, message.tool_call_id
