"""Messages that are refused, each in one line."""

import pytest

from ai_sessions.conversations import checks
from ai_sessions.errors import UsageError
from ai_sessions.records import Message, ToolCall

CALL = ToolCall("call-1", "weather")


def nested(deep):
    found = []
    for _ in range(deep):
        found = [found]
    return found


@pytest.mark.parametrize(
    ("message", "told"),
    [
        (Message("bot", "hi"), "no role 'bot'"),
        (Message("", "hi"), "no role ''"),
        (Message("user", None), "a message needs a text, not None"),
        (Message("user", "x" * (5 << 20)), r"a message of 5,242,880 bytes \(at most 1,048,576\)"),
        (Message("user", "é" * (checks.LARGEST // 2 + 1)), "a message of 1,048,578 bytes"),
        (Message("tool", "sunny"), "a tool result without a tool_call_id"),
        (Message("user", "hi", tool_call_id="call-1"), "a user with a tool_call_id"),
        (Message("user", "hi", tool_calls=(CALL,)), "a user with tool calls"),
        (Message("assistant", "", tool_calls=(ToolCall("", "x"),)), "without an id or a name"),
        (Message("assistant", "", tool_calls=(ToolCall("x", ""),)), "without an id or a name"),
        (Message("user", "hi", tokens=-1), "tokens of a message are a whole number, not -1"),
        (Message("user", "hi", tokens=1.5), "a whole number, not 1.5"),
        (Message("user", "hi", at=5), "with 5 in place of a text"),
        (Message("user", "hi", name=None), "with None in place of a text"),
        (Message("assistant", "", tool_calls=(ToolCall(7, "x"),)), "with 7 in place of a text"),
        (Message("user", "hi", metadata=[1]), r"are maps, not \[1\]"),
        (Message("user", "hi", parts=("x",)), "are maps, not 'x'"),
        (Message("assistant", "", tool_calls=(ToolCall("x" * 513, "x"),)), "over 512 characters"),
        (Message("assistant", "", tool_calls=(ToolCall("x", "x" * 513),)), "over 512 characters"),
        (Message("assistant", "", tool_calls=(ToolCall("x", "x", nested(9_999)),)), "are no JSON"),
        (Message("user", "hi", metadata={"x": "x" * (9 << 20)}), "metadata of 9,437,"),
    ],
    ids=lambda value: "" if isinstance(value, Message) else value[:30],
)
def test_a_wrong_message_is_refused_in_one_line(message, told):
    with pytest.raises(UsageError, match=told) as caught:
        checks.check(message)
    assert "\n" not in caught.value.message + caught.value.hint
    assert len(caught.value.message) < 200


@pytest.mark.parametrize(
    "message",
    [
        Message("user", ""),
        Message("system", "x" * checks.LARGEST),
        Message("user", "é" * (checks.LARGEST // 2)),
        Message("user", "\ud800", tokens=0),
        Message("assistant", "", tool_calls=(CALL,)),
        Message("tool", "sunny", tool_call_id="call-1"),
        Message("user", "", parts=({"data": "x" * (7 << 20)},), metadata={"a": float("nan")}),
    ],
    ids=["empty", "largest", "largest of two bytes", "half a pair", "call", "result", "picture"],
)
def test_what_can_be_kept_is_taken(message):
    checks.check(message)
