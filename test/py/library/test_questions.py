"""What a program asks a model, checked before anything is called."""

import pytest

from ai_sessions.errors import UsageError
from ai_sessions.library.questions import question, read
from ai_sessions.providers.contract import Offer, Tool
from ai_sessions.records import Message, ToolCall

HELLO = {"role": "user", "content": "Hello!"}
IMAGE = {"type": "image_url", "image_url": {"url": "https://example.org/cat.png"}}


def test_the_last_message_of_a_user_is_the_prompt_and_the_rest_its_history():
    asked = question([{"role": "system", "content": "Be brief."}, HELLO])

    assert asked.prompt == "Hello!"
    assert asked.history == (Message("system", "Be brief."),)


def test_a_text_alone_is_a_message_of_a_user():
    assert question("Hello!").prompt == "Hello!"


@pytest.mark.parametrize(
    "last",
    [
        {"role": "user", "content": [{"type": "text", "text": "What is this?"}, IMAGE]},
        {"role": "user", "content": [IMAGE]},
        {"role": "assistant", "content": "It is"},
        {"role": "tool", "content": "42", "tool_call_id": "c1"},
    ],
)
def test_any_other_last_message_stays_in_the_history(last):
    asked = question([HELLO, last])

    assert asked.prompt == ""
    assert len(asked.history) == 2


def test_messages_of_anthropics_form_are_read_as_such():
    used = {"type": "tool_use", "id": "t1", "name": "add", "input": {"a": 1}}
    result = {"type": "tool_result", "tool_use_id": "t1", "content": "2"}
    found = read(
        [
            HELLO,
            {"role": "assistant", "content": [used]},
            {"role": "user", "content": [result]},
        ]
    )

    assert found[1].tool_calls == (ToolCall("t1", "add", {"a": 1}),)
    assert (found[2].role, found[2].text, found[2].tool_call_id) == ("tool", "2", "t1")


def test_options_are_kept_apart_from_what_is_asked():
    asked = question([HELLO], "m", "p", schema={"type": "object"}, timeout_s=5, temperature=0)

    assert (asked.model, asked.provider, asked.options) == ("m", "p", {"temperature": 0})
    assert (asked.schema, asked.timeout_s) == ({"type": "object"}, 5.0)


@pytest.mark.parametrize(
    ("messages", "told"),
    [
        (None, "messages: a list of them, not None"),
        ([], "messages: a list of them, not \\[\\]"),
        ({"role": "user"}, "messages: a list of them, not {'role'"),
        (["Hello!"], "messages\\[0\\]: a dict with role and content, not 'Hello!'"),
        ([HELLO, {"role": "robot", "content": "x"}], "messages\\[1\\]: no role 'robot'"),
        ([{"content": "x"}], "messages\\[0\\]: no role None"),
        ([{"role": "user", "content": 7}], "messages\\[0\\]: content is a text"),
        ([{"role": "user", "content": " "}], "the last one asks nothing"),
        ([{"role": "user"}], "the last one asks nothing"),
        ([HELLO, {"role": "system", "content": "x"}], "the last one asks nothing"),
        ([{"role": "user", "content": "x" * (1 << 20) + "x"}], "bytes"),
        ("", "the last one asks nothing"),
    ],
)
def test_what_is_no_question_is_refused_with_what_is_wrong(messages, told):
    with pytest.raises(UsageError, match=told):
        read(messages)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"model": 7}, "model is a text"),
        ({"provider": ["x"]}, "provider is a text"),
        ({"schema": "x"}, "schema is a JSON schema"),
        *(({"timeout_s": one}, "timeout_s is a number") for one in (0, -1, True, "9", 1e9)),
        ({"temperature": 9}, "temperature is a number from 0 to 2"),
        ({"stream": True}, "no option 'stream'"),
    ],
)
def test_a_wrong_argument_is_refused_with_what_is_wrong(given, told):
    with pytest.raises(UsageError, match=told):
        question([HELLO], **given)


TOOLS = [{"type": "function", "function": {"name": "add"}}]
CALLS = {
    "role": "assistant",
    "content": None,
    "tool_calls": [{"id": "c1", "function": {"name": "add", "arguments": "{}"}}],
}
RESULT = {"role": "tool", "tool_call_id": "c1", "content": ""}


def test_tools_are_offered_with_what_was_made_of_them_so_far():
    asked = question([HELLO, CALLS, RESULT], tools=TOOLS)

    assert asked.tools == Offer((Tool("add"),))
    assert (asked.prompt, asked.history[-1].tool_call_id) == ("", "c1")


@pytest.mark.parametrize(
    ("messages", "offer"), [([HELLO], None), ([HELLO, CALLS, RESULT], Offer()), ([RESULT], None)]
)
def test_without_tools_only_calls_with_their_results_are_told_as_such(messages, offer):
    assert question(messages).tools == offer


def test_calls_without_results_are_refused_where_tools_are_offered():
    assert question([HELLO, CALLS]).tools is None
    with pytest.raises(UsageError, match="without a result: c1"):
        question([HELLO, CALLS], tools=TOOLS)


@pytest.mark.parametrize("calls", ["x", [{}], [{"id": "c1"}], [{"function": {"name": "add"}}]])
def test_calls_that_are_none_are_refused(calls):
    with pytest.raises(UsageError, match="tool_calls are not those of an answer"):
        read([HELLO, {"role": "assistant", "tool_calls": calls}])
