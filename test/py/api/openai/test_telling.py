"""Answers and failures in OpenAI's form."""

import pytest

from ai_sessions.api import problems
from ai_sessions.api.openai import telling
from ai_sessions.api.problems import Refused
from ai_sessions.errors import LimitReached, UsageError
from ai_sessions.records import Cost, Interaction, Usage


def call(**more):
    return Interaction("id", "2026-11-30T00:00:00Z", "openai", "m", (), **more)


def error_of(error):
    return telling.failed(problems.of_error(error)).body["error"]


def test_usage_tells_the_cost_in_dollars_and_null_where_nobody_knows_it():
    used = Usage(10, 5, cache_read_tokens=4, reasoning_tokens=2)

    found = telling.usage(call(usage=used, cost=Cost(1_500_000)))

    assert (found["prompt_tokens"], found["completion_tokens"], found["cost"]) == (10, 5, 0.0015)
    assert found["prompt_tokens_details"] == {"cached_tokens": 4}
    assert telling.usage(call())["cost"] is None


def test_usage_says_that_it_is_an_estimate():
    assert telling.usage(call(usage=Usage(1, 1, estimated=True)))["estimated"] is True
    assert "estimated" not in telling.usage(call())


@pytest.mark.parametrize(
    ("more", "finish"),
    [
        ({}, "stop"),
        ({"detail": {"finish": "length"}}, "length"),
        ({"status": "limit"}, "length"),
        ({"status": "denied"}, "content_filter"),
    ],
)
def test_the_reason_of_an_end_is_told_in_openais_words(more, finish):
    assert telling.finish(call(**more)) == finish
    assert telling.finish(call(**more), has_calls=True) == finish.replace("stop", "tool_calls")


@pytest.mark.parametrize(
    ("error", "type_", "code"),
    [
        (Refused(401, "token", "x"), "authentication_error", "token"),
        (Refused(403, "scope", "x"), "permission_error", "scope"),
        (LimitReached("x"), "insufficient_quota", "insufficient_quota"),
        (Refused(429, "rate_limit", "x"), "rate_limit_error", "rate_limit_exceeded"),
        (UsageError("x"), "invalid_request_error", "usage"),
        (Refused(502, "network", "x"), "server_error", "network"),
    ],
)
def test_a_failure_has_the_type_and_code_that_clients_know(error, type_, code):
    told = error_of(error)

    assert (told["message"], told["type"], told["code"]) == ("x", type_, code)


def test_a_failure_names_the_field_that_was_refused_and_what_to_do():
    refused = Refused(400, telling.UNSUPPORTED, "tools: no", "leave it out", errors=("tools",))

    assert error_of(refused)["param"] == "tools"
    assert error_of(refused)["message"] == "tools: no (leave it out)"
    assert error_of(UsageError("x"))["param"] is None


@pytest.mark.parametrize(("code", "tells"), [("billing", True), ("network", False)])
def test_sdks_are_told_where_another_try_is_of_no_use(code, tells):
    told = telling.failed(problems.of_error(Refused(502, code, "x")))

    assert ("x-should-retry" in told.headers) is tells
