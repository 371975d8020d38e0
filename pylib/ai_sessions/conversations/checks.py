"""What a message must be before it is stored."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import get_args

from ai_sessions.errors import UsageError
from ai_sessions.records import Message, Role
from ai_sessions.store import totals

ROLES: tuple[Role, ...] = get_args(Role)
#: Most bytes of UTF-8 that a text may have.
LARGEST = 1 << 20
#: Most bytes of JSON that its tool calls, parts and metadata may have together.
LARGEST_BESIDE = 8 << 20
#: Most characters of the id and of the name of a tool call: each append writes those that are open.
_LONGEST_LABEL = 512
_BYTES_OF_A_CHARACTER = 4


def check(message: Message) -> None:
    """Raises `UsageError` for what no model would take, or is too long to keep."""
    if message.role not in ROLES:
        raise UsageError(f"no role {message.role!r}", f"use one of: {', '.join(ROLES)}")
    if not isinstance(message.text, str):
        raise UsageError(f"a message needs a text, not {message.text!r:.80}")
    check_size(message.text)
    _check_types(message)
    if message.tokens is not None and not totals.is_count(message.tokens):
        raise UsageError(f"tokens of a message are a whole number, not {message.tokens!r}")
    if (message.role == "tool") != bool(message.tool_call_id):
        problem = "a tool result without" if message.role == "tool" else f"a {message.role} with"
        raise UsageError(f"{problem} a tool_call_id", "a message of role tool names its call")
    if message.tool_calls and message.role != "assistant":
        raise UsageError(f"a {message.role} with tool calls", "only an assistant calls tools")
    if not all(call.id and call.name for call in message.tool_calls):
        raise UsageError("a tool call without an id or a name", "a result needs both")
    _check_beside(message)


def _check_types(message: Message) -> None:
    """A program may give anything; what is no text would be written, and not be read again."""
    calls = [one for call in message.tool_calls for one in (call.id, call.name)]
    for text in (message.at, message.name, message.tool_call_id, message.tokens_source, *calls):
        if not isinstance(text, str):
            raise UsageError(f"a message with {text!r:.80} in place of a text")
    for one in (message.metadata, *message.parts):
        if not isinstance(one, Mapping):
            raise UsageError(f"metadata and parts of a message are maps, not {one!r:.80}")


def _check_beside(message: Message) -> None:
    """Raises `UsageError` for tool calls, parts and metadata that are no JSON or too large."""
    for call in message.tool_calls:
        if max(len(call.id), len(call.name)) > _LONGEST_LABEL:
            raise UsageError(f"a tool call whose id or name has over {_LONGEST_LABEL} characters")
    beside = [*message.parts, message.metadata, *(one.arguments for one in message.tool_calls)]
    if not any(beside):
        return
    try:
        size = len(json.dumps(beside, ensure_ascii=False, default=str).encode("utf-8", "replace"))
    except (TypeError, ValueError, RecursionError):
        raise UsageError("tool calls, parts or metadata of a message that are no JSON") from None
    if size > LARGEST_BESIDE:
        raise UsageError(
            f"tool calls, parts and metadata of {size:,} bytes (at most {LARGEST_BESIDE:,})",
            "name a file that has them",
        )


def check_size(text: str) -> None:
    """Raises `UsageError` for a text of more than `LARGEST` bytes."""
    if len(text) * _BYTES_OF_A_CHARACTER <= LARGEST:
        return
    size = len(text.encode("utf-8", "replace"))
    if size > LARGEST:
        raise UsageError(
            f"a message of {size:,} bytes (at most {LARGEST:,})",
            "say it in parts, or name a file that has it",
        )
