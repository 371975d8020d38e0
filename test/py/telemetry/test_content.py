"""The words of a call as the conventions have them."""

import json

from ai_sessions.records import Message, ToolCall
from ai_sessions.telemetry import content

KEY = "sk-ant-api03-" + "a1B2" * 20


def said(call):
    return {name: json.loads(text) for name, text in content.told(call).attributes().items()}


def test_the_answer_is_what_came_out_and_all_before_it_went_in(call):
    assert said(call()) == {
        "gen_ai.input.messages": [
            {"role": "user", "parts": [{"type": "text", "content": "What is 5 + 3?"}]}
        ],
        "gen_ai.output.messages": [
            {
                "role": "assistant",
                "parts": [{"type": "text", "content": "8"}],
                "finish_reason": "stop",
            }
        ],
    }


def test_a_call_without_an_answer_has_no_output(call):
    assert list(said(call(messages=(Message("user", "hi"),)))) == ["gen_ai.input.messages"]
    assert said(call(messages=())) == {}


def test_an_answer_that_broke_off_ends_by_an_error(call):
    (answer,) = said(call(status="network"))["gen_ai.output.messages"]

    assert answer["finish_reason"] == "error"


def test_tool_calls_and_their_results_are_told(call):
    asked = Message("assistant", "", tool_calls=(ToolCall("t1", "add", {"a": 5}),))
    result = Message("tool", "8", name="add", tool_call_id="t1")
    found = said(call(messages=(asked, result, Message("assistant", "8"))))

    assert [one["parts"] for one in found["gen_ai.input.messages"]] == [
        [{"type": "tool_call", "id": "t1", "name": "add", "arguments": {"a": 5}}],
        [{"type": "tool_call_response", "id": "t1", "response": "8"}],
    ]


def test_an_image_is_named_and_stays_here(call):
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    found = said(call(messages=(Message("user", "look", parts=(image,)),)))

    assert found["gen_ai.input.messages"][0]["parts"][1] == {"type": "image_url"}


def test_keys_are_masked(call):
    asked = Message("assistant", KEY, tool_calls=(ToolCall("t1", "log_in", {"key": KEY}),))
    made = call(messages=(Message("user", KEY), asked), detail={"error": f"bad key {KEY}"})

    assert KEY not in str(said(made))
    assert KEY not in content.error(made)


def test_half_of_a_surrogate_pair_is_no_reason_to_fail(call):
    made = call(messages=(Message("user", "\ud800"),), detail={"error": "\ud800"})

    assert said(made)["gen_ai.input.messages"][0]["parts"][0]["content"] == "\ufffd"
    assert content.error(made) == "\ufffd"
