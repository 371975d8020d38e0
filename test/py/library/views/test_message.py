"""A message as programs have it."""

from datetime import UTC, datetime

from ai_sessions.library.views import message
from ai_sessions.records import (
    Message,
    Said,
    ToolCall,
)

AT = "2026-01-02T03:04:05.000Z"
MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def tool(id_="t1", result="8", *, is_error=False):
    return [
        Said(Message("assistant", "", AT, tool_calls=(ToolCall(id_, "add", {"a": 5}),), id="4.0")),
        Said(Message("tool", result, AT, name="add", tool_call_id=id_, is_error=is_error)),
    ]


def test_a_message_has_its_tool_calls_as_maps():
    said = tool()[0].message

    found = message.message(said)

    assert found.tool_calls == ({"id": "t1", "name": "add", "arguments": {"a": 5}},)
    assert (found.role, found.timestamp, found.id) == ("assistant", AT, "4.0")
