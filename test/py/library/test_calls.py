"""A call and a use of a tool as the log has them."""

import pytest

from ai_sessions.errors import UsageError
from ai_sessions.library import calls
from ai_sessions.records import Cost, Usage


@pytest.fixture
def call(core):
    def make(response="Hi!", model="gpt-4", provider=calls.UNKNOWN, **more):
        usual = {"usage": None, "cost": None, "status": "ok", "duration_ms": 0, "error": ""}
        return calls.read(core, response, model, provider, {}, **usual | more)

    return make


def test_what_was_told_counts_where_nobody_reports_a_usage(core, call):
    made = calls.interaction(core, call(), told=10, covered=4)

    assert made.usage == Usage(10, made.messages[0].tokens, estimated=True)
    assert (made.detail, made.cost.nusd) == (
        {"covered_tokens": 4},
        300_000 + made.messages[0].tokens * 60_000,
    )


def test_what_is_reported_comes_first(core, call):
    told = {"input_tokens": 9, "output_tokens": 1}
    made = calls.interaction(core, call(usage=told, cost=0.5), told=99, covered=0)

    assert (made.usage, made.cost, made.detail) == (Usage(9, 1), Cost(500_000_000, "client"), {})


def test_a_failed_call_has_its_error_and_no_answer(core, call):
    made = calls.interaction(core, call("", status="timeout", error="60 s"), told=9, covered=9)

    assert (made.messages, made.usage, made.cost) == ((), Usage(), Cost())
    assert made.detail == {"error": "60 s"}


def test_a_name_that_was_given_comes_before_that_of_the_response(call):
    response = {"model": "other", "choices": [{"message": {"content": "Hi!"}}]}

    assert call(response).model == "gpt-4"
    assert call(response, calls.UNKNOWN).model == "other"


def test_an_empty_answer_is_one(core, call):
    assert calls.interaction(core, call(""), 0, 0).messages[0].text == ""


def test_a_tool_call_and_its_result_belong_together(core):
    asked, answered = calls.of_tool(core, "add", {"a": 1}, 2, None, {"why": "sum"})

    assert asked.message.tool_calls[0].id == answered.message.tool_call_id
    assert (answered.message.text, answered.message.is_error) == ("2", False)
    assert asked.message.metadata == {"why": "sum"}
    assert None not in (asked.message.tokens, answered.message.tokens)


def test_a_tool_that_failed_has_its_error_for_a_result(core):
    _asked, answered = calls.of_tool(core, "add", {}, None, "", {})

    assert answered.message.is_error


def test_arguments_that_are_no_json_are_refused(core):
    loop = {}
    loop["loop"] = loop

    with pytest.raises(UsageError, match="no JSON"):
        calls.of_tool(core, "add", loop, 1, None, {})
