"""Of a request is taken what can be kept to; what would change the answer is refused."""

import pytest

from ai_sessions.api.openai import asking
from ai_sessions.api.problems import Refused
from ai_sessions.errors import UsageError
from ai_sessions.providers.contract import Offer, Tool

MESSAGES = [{"role": "user", "content": "Hi"}]


def read(**more):
    return asking.question({"messages": MESSAGES, "model": "m", **more}, "m", "")


def test_options_are_taken_by_the_names_of_both_ages():
    found = read(max_tokens=9, max_completion_tokens=5, temperature=0, stop="x", seed=1, top_p=1)

    assert found.options == {
        **{"temperature": 0, "top_p": 1, "seed": 1},
        **{"max_tokens": 5, "stop": ["x"]},
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("n", 1), ("n", None), ("logprobs", False), ("tools", []), ("tool_choice", "auto")),
        *(("frequency_penalty", 0.0), ("modalities", ["text"]), ("store", True), ("stop", [])),
        *(("prompt_cache_key", "x"), ("service_tier", "auto"), ("user", "ann")),
        *(("stream_options", {"include_usage": True}), ("response_format", {"type": "text"})),
    ],
)
def test_what_changes_nothing_is_let_pass(name, value):
    assert read(**{name: value}).options == {}


def test_a_penalty_is_passed_on():
    assert read(presence_penalty=0.5, frequency_penalty=-1).options == {
        "presence_penalty": 0.5,
        "frequency_penalty": -1,
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("n", 2), ("logprobs", True), ("function_call", {"name": "x"}), ("audio", {})),
        *(("modalities", ["text", "audio"]), ("top_k", 5)),
        *(("reasoning_effort", "high"), ("logit_bias", {"50256": -100}), ("functions", [{}])),
    ],
)
def test_what_would_change_the_answer_is_refused_by_its_name(name, value):
    with pytest.raises(Refused, match=name) as refused:
        read(**{name: value})

    assert (refused.value.status, refused.value.errors) == (400, (name,))


ADD = {"type": "function", "function": {"name": "add"}}


def test_tools_are_offered_as_they_are_asked_for():
    found = read(tools=[ADD], tool_choice="required", parallel_tool_calls=False)

    assert found.tools == Offer((Tool("add"),), "required", "", False)
    assert read(tools=[], tool_choice="auto", parallel_tool_calls=True).tools is None


@pytest.mark.parametrize(
    "more", [{"tools": [{"type": "function"}]}, {"tools": [ADD], "tool_choice": "x"}]
)
def test_tools_that_are_none_are_refused(more):
    with pytest.raises(UsageError, match="tool"):
        read(**more)


def test_functions_of_the_older_form_are_let_pass_where_they_are_not_to_be_called():
    assert read(functions=[{}], function_call="none").prompt == "Hi"


def test_a_json_schema_is_what_the_answer_has_to_fit():
    schema = {"type": "object", "required": ["a"]}
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}

    assert read(response_format=form).schema == schema
    assert read(response_format={"type": "json_object"}).schema == {"type": "object"}
    assert read().schema is None


@pytest.mark.parametrize(
    "form", [{"type": "xml"}, {"type": "json_schema"}, {"type": "json_schema", "json_schema": 1}]
)
def test_a_form_that_is_none_is_refused(form):
    with pytest.raises(Refused, match="response_format"):
        read(response_format=form)


@pytest.mark.parametrize(
    "messages",
    [[{"role": "robot", "content": "x"}], [{"role": "user"}], [{"role": "user", "content": 1}]],
)
def test_messages_that_ask_nothing_are_refused(messages):
    with pytest.raises(UsageError, match="messages"):
        asking.question({"messages": messages}, "", "")


@pytest.mark.parametrize(
    ("body", "tells"),
    [
        ({}, False),
        ({"stream_options": None}, False),
        ({"stream_options": {"include_usage": True}}, True),
    ],
)
def test_usage_is_told_where_that_is_asked_for(body, tells):
    assert asking.tells_usage(body) is tells
