"""Prompts that fit into a number of tokens: messages as chat APIs take them, in and out.

The rule is that of the context of a conversation (`memory.building`): system texts stay word for
word, older turns go first, large messages lose their middle before that, the newest question always
stays, and no tool call is parted from its results.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ai_sessions.errors import LimitReached, UsageError
from ai_sessions.library import chat_messages
from ai_sessions.library.errors import TokenLimitExceeded
from ai_sessions.memory import building, cutting
from ai_sessions.memory.weights import told, weigh, weigh_all
from ai_sessions.records import Message, ToolCall
from ai_sessions.tokens import ESTIMATE

if TYPE_CHECKING:
    from ai_sessions.memory.building import Sources
    from ai_sessions.records import Json
    from ai_sessions.tokens import Counter

    Plain = dict[str, Any]

#: Key of a message's metadata: its place in the prompt that it comes from.
_AT = "at"
_SYSTEM = ("system", "developer")
_TOOL = ("tool", "function")
#: The task takes no more than one part of so many of the limit.
_PARTS_OF_A_TASK = 4


def truncated(prompt: Sequence[Json], max_tokens: int, count: Counter = ESTIMATE) -> list[Plain]:
    """The prompt with at most `max_tokens`, as it is when it has no more than that.

    Raises `TokenLimitExceeded` when what must stay is more than that, `UsageError` for what is no
    prompt or no limit.
    """
    check_limit(max_tokens)
    given = [dict(_checked(one)) for one in prompt]
    messages = [_message(one, at) for at, one in enumerate(given)]
    if weigh_all(messages, count) <= max_tokens:
        return given
    built = fitted(building.Sources(said=messages), max_tokens, count)
    return [_plain(one, given, messages) for one in built]


def check_limit(max_tokens: int) -> None:
    """Raises `UsageError`."""
    if type(max_tokens) is not int or max_tokens < 1:
        raise UsageError(f"max_tokens is a whole number above 0, not {max_tokens!r:.80}")


def fitted(
    sources: Sources, limit: int | None, count: Counter, task: Message | None = None
) -> list[Message]:
    """What is told of `sources` within `limit` tokens; None: all of it.

    `task`: what was asked first, which is told before what was said, shortened where it is long.
    """
    if task is not None and limit is not None:
        task = cutting.cut(task, limit // _PARTS_OF_A_TASK, count)
    room = None if limit is None else limit - (weigh(task, count) if task else 0)
    try:
        built = building.build(sources, room, None, count)
    except LimitReached as error:
        raise _too_much(error, limit or 0, room or 0) from error
    tail = built.tail
    head = built.messages[: len(built.messages) - len(tail)]
    return [*head, *([task] if task else []), *tail]


def _too_much(error: LimitReached, limit: int, room: int) -> TokenLimitExceeded:
    """The room that the task took is part of what is needed."""
    needed = int(error.facts["needed"]) + limit - room
    what = f"what has to be told needs {needed:,} tokens, the limit is {limit:,}"
    return TokenLimitExceeded(limit, needed, what, "raise max_tokens, or say less at once")


def _checked(given: Any) -> Json:
    if not isinstance(given, Mapping) or not isinstance(given.get("role"), str):
        raise UsageError(f"a message of a prompt is a map of role and content, not {given!r:.80}")
    return given


def _message(given: Json, at: int) -> Message:
    role = given["role"]
    known: Any = "system" if role in _SYSTEM else "tool" if role in _TOOL else role
    content = given.get("content")
    parts = tuple(content) if isinstance(content, list | tuple) else ()
    texts = [one.get("text") for one in parts if isinstance(one, Mapping)]
    if parts and len(texts) == len(parts) and all(isinstance(one, str) for one in texts):
        content, parts = "\n".join(map(str, texts)), ()
    return Message(
        known,
        content if isinstance(content, str) else "" if content is None or parts else str(content),
        parts=tuple(one if isinstance(one, Mapping) else {"text": str(one)} for one in parts),
        tool_calls=tuple(map(_tool_call, given.get("tool_calls") or ())),
        tool_call_id=str(given.get("tool_call_id") or ""),
        metadata={_AT: at},
    )


def _tool_call(given: Any) -> ToolCall:
    """Of OpenAI's form, or ours."""
    call: Json = given if isinstance(given, Mapping) else {}
    function = call.get("function")
    inner: Json = function if isinstance(function, Mapping) else call
    arguments = inner.get("arguments")
    with suppress(TypeError, ValueError):
        arguments = json.loads(arguments)  # type: ignore[arg-type]
    return ToolCall(str(call.get("id", "")), str(inner.get("name", "")), arguments)


def _plain(message: Message, given: Sequence[Plain], before: Sequence[Message]) -> Plain:
    """As it was given, with what was cut; a result that was made for a call without one is new."""
    at = message.metadata.get(_AT)
    if at is None:
        return chat_messages.plain(message)
    if told(message) == told(before[at]):
        return given[at]
    # ids of messages are places in the prompt: they say nothing to a model
    shown = chat_messages.plain(replace(message, role=before[at].role))
    return {**given[at], **shown, "role": given[at]["role"]}
