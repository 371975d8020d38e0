"""What a message must be before it is stored."""

from __future__ import annotations

from typing import get_args

from ai_sessions.errors import UsageError
from ai_sessions.records import Message, Role
from ai_sessions.store import totals

ROLES: tuple[Role, ...] = get_args(Role)
#: Most bytes of UTF-8 that a text may have.
LARGEST = 1 << 20
_BYTES_OF_A_CHARACTER = 4


def check(message: Message) -> None:
    """Raises `UsageError` for what no model would take, or is too long to keep."""
    if message.role not in ROLES:
        raise UsageError(f"no role {message.role!r}", f"use one of: {', '.join(ROLES)}")
    if not isinstance(message.text, str):
        raise UsageError(f"a message needs a text, not {message.text!r:.80}")
    check_size(message.text)
    if message.tokens is not None and not totals.is_count(message.tokens):
        raise UsageError(f"tokens of a message are a whole number, not {message.tokens!r}")
    if (message.role == "tool") != bool(message.tool_call_id):
        problem = "a tool result without" if message.role == "tool" else f"a {message.role} with"
        raise UsageError(f"{problem} a tool_call_id", "a message of role tool names its call")
    if message.tool_calls and message.role != "assistant":
        raise UsageError(f"a {message.role} with tool calls", "only an assistant calls tools")
    if not all(call.id and call.name for call in message.tool_calls):
        raise UsageError("a tool call without an id or a name", "a result needs both")


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
