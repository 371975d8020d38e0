"""A message as programs have it."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.records import Message as Recorded

if TYPE_CHECKING:
    from ai_sessions.records import Json


@dataclass(frozen=True, slots=True)
class Message:
    """What one side said. `tool_calls`: maps of `id`, `name` and `arguments`."""

    role: str
    content: str
    timestamp: str = ""
    id: str = ""
    name: str = ""
    tool_calls: tuple[Json, ...] = ()
    tool_call_id: str = ""
    is_error: bool = False
    metadata: Json = field(default_factory=dict)


def message(said: Recorded) -> Message:
    calls = tuple(
        {"id": one.id, "name": one.name, "arguments": one.arguments} for one in said.tool_calls
    )
    return Message(
        said.role,
        said.text,
        timestamp=said.at,
        id=said.id,
        name=said.name,
        tool_calls=calls,
        tool_call_id=said.tool_call_id,
        is_error=said.is_error,
        metadata=said.metadata,
    )
