"""Messages in the form in which chat APIs take them."""

from __future__ import annotations

from typing import Any

from ai_sessions.library.arguments import as_json
from ai_sessions.records import Message

Plain = dict[str, Any]


def plain(message: Message) -> Plain:
    """A message as chat APIs take it."""
    said: Plain = {"role": message.role, "content": message.text}
    if message.tool_calls:
        said["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": _arguments(call.arguments)},
            }
            for call in message.tool_calls
        ]
    if message.tool_call_id:
        said["tool_call_id"] = message.tool_call_id
    return said


def _arguments(given: Any) -> str:
    if isinstance(given, str):
        return given
    return as_json("arguments", {} if given is None else given)
