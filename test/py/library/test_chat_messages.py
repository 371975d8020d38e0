"""Messages as chat APIs take them."""

from ai_sessions.library import chat_messages
from ai_sessions.records import Message, ToolCall


def test_arguments_are_json_text_in_any_case():
    calls = (ToolCall("1", "a", {"x": 1}), ToolCall("2", "b", "as is"), ToolCall("3", "c"))
    plain = chat_messages.plain(Message("assistant", "", tool_calls=calls))

    given = [one["function"]["arguments"] for one in plain["tool_calls"]]
    assert given == ['{"x": 1}', "as is", "{}"]


def test_a_message_has_only_what_it_needs():
    assert chat_messages.plain(Message("user", "hm", "2026", name="x", id="1.0")) == {
        "role": "user",
        "content": "hm",
    }
    result = chat_messages.plain(Message("tool", "8", tool_call_id="c1"))
    assert result == {"role": "tool", "content": "8", "tool_call_id": "c1"}
