from types import SimpleNamespace

import pytest

from ai_sessions.library.recording import Asked
from ai_sessions.library.wrapping.requests import asked
from ai_sessions.records import Message, ToolCall

CALL = ToolCall("c1", "add", {"a": 1})
IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}


def test_messages_of_chat_completions():
    earlier = SimpleNamespace(
        role="assistant",
        content=None,
        tool_calls=[
            SimpleNamespace(id="c1", function=SimpleNamespace(name="add", arguments='{"a": 1}'))
        ],
    )
    sent = [
        {"role": "developer", "content": "Be kind."},
        {"role": "user", "content": [{"type": "text", "text": "What is it?"}, IMAGE]},
        earlier,
        {"role": "tool", "tool_call_id": "c1", "content": "2"},
        {"role": "function", "name": "old", "content": "3"},
    ]

    assert asked("chat.completions", {"model": "m", "messages": sent}) == Asked(
        (
            Message("system", "Be kind."),
            Message("user", "What is it?", parts=(IMAGE,)),
            Message("assistant", "", tool_calls=(CALL,)),
            Message("tool", "2", tool_call_id="c1"),
            Message("tool", "3", name="old", tool_call_id="old"),
        ),
        "m",
        "chat.completions",
    )


def test_items_of_responses():
    sent = [
        {"role": "user", "content": [{"type": "input_text", "text": "hi"}]},
        {"type": "reasoning", "summary": []},
        {"type": "function_call", "call_id": "c1", "name": "add", "arguments": '{"a": 1}'},
        {"type": "function_call_output", "call_id": "c1", "output": "2"},
    ]

    assert asked("responses", {"instructions": "Be kind.", "input": sent}).messages == (
        Message("system", "Be kind."),
        Message("user", "hi"),
        Message("assistant", "", tool_calls=(CALL,)),
        Message("tool", "2", tool_call_id="c1"),
    )


def test_an_input_of_responses_may_be_a_text():
    assert asked("responses", {"input": "hi"}).messages == (Message("user", "hi"),)


def test_blocks_of_anthropic():
    sent = [
        {"role": "user", "content": "hi"},
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "hm"},
                {"type": "text", "text": "Wait."},
                {"type": "tool_use", "id": "c1", "name": "add", "input": {"a": 1}},
            ],
        },
        {
            "role": "user",
            "content": [
                {
                    "type": "tool_result",
                    "tool_use_id": "c1",
                    "content": [{"type": "text", "text": "2"}],
                    "is_error": True,
                },
                {"type": "text", "text": "And?"},
            ],
        },
    ]

    found = asked("messages", {"system": [{"type": "text", "text": "Be kind."}], "messages": sent})

    assert found.messages == (
        Message("system", "Be kind."),
        Message("user", "hi"),
        Message("assistant", "Wait.", tool_calls=(CALL,)),
        Message("tool", "2", tool_call_id="c1", is_error=True),
        Message("user", "And?"),
    )


def test_prompts_of_completions():
    assert asked("completions", {"prompt": ["a", "b"]}).messages == (
        Message("user", "a"),
        Message("user", "b"),
    )


@pytest.mark.parametrize("api", ["chat.completions", "responses", "messages", "completions"])
@pytest.mark.parametrize("sent", [None, 7, object(), [None], [7], [{"role": 7}]])
def test_what_cannot_be_read_never_stops_a_call(api, sent):
    asked(api, {"model": 7, "messages": sent, "input": sent, "prompt": sent, "system": sent})


@pytest.mark.parametrize(
    ("api", "name"),
    [("chat.completions", "messages"), ("responses", "input"), ("messages", "messages")],
)
def test_words_alone_are_messages_in_every_api_however_long(api, name):
    for text in ("hi", "long " * 1000):
        sent = [{"role": "model", "content": text}, {"role": "user", "content": text}]
        told = (Message("assistant", text), Message("user", text))
        assert asked(api, {name: sent}).messages == told


def test_the_same_words_again_are_not_made_again():
    one, two = (
        asked("messages", {"messages": [{"role": "user", "content": "again"}]}).messages[0]
        for _time in range(2)
    )

    assert one is two


def test_a_message_that_only_looks_like_words_is_read_as_what_it_is():
    sent = [
        {"role": "tool", "content": "2"},
        {"role": "user", "content": None},
        {"role": 3, "content": "x"},
    ]

    assert asked("chat.completions", {"messages": sent}).messages == (
        Message("tool", "2", tool_call_id="call"),
        Message("user", ""),
        Message("user", "x"),
    )
