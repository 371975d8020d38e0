"""Limits as servers and agents tell them: every shape that was seen, and what is read from it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_sessions import times
from ai_sessions.providers import rate_limits
from ai_sessions.records import Told

SEEN = json.loads((Path(__file__).parents[2] / "fixtures" / "rate-limits.json").read_text())
NOW = datetime(2026, 11, 28, 14, 0, tzinfo=UTC)


def answered(seen):
    """What is read from an answer of the fixture."""
    body = json.dumps(seen["body"]) if "body" in seen else ""
    named = {"model": seen["model"], "server": seen.get("server", "")}
    return rate_limits.of_answer(seen.get("headers", {}), body, times.read(seen["now"]), **named)


def told(rows):
    """The rows of the fixture as records."""
    return tuple(Told(*row[:4], times.read(row[4] or ""), *row[5:]) for row in rows)


def headers(**values):
    return {name.replace("_", "-"): value for name, value in values.items()}


def limits_of(**values):
    """Period, limit and use of what generic headers tell."""
    found = rate_limits.of_headers(headers(**values), NOW, model="m")
    return [(one.period, one.limit, one.used) for one in found]


def test_every_shape_names_where_it_was_seen():
    assert all(one["source"] for kind in ("answers", "events", "logs") for one in SEEN[kind])


@pytest.mark.parametrize("seen", SEEN["answers"], ids=lambda one: one["about"])
def test_every_answer_that_was_seen_is_read(seen):
    assert answered(seen) == told(seen["told"])


@pytest.mark.parametrize("seen", SEEN["events"], ids=lambda one: one["about"])
def test_every_event_of_claude_that_was_seen_is_read(seen):
    found = rate_limits.of_subscription(seen["said"], times.read(seen["now"]))

    assert found == told(seen["told"])


@pytest.mark.parametrize("seen", SEEN["logs"], ids=lambda one: one["about"])
def test_every_log_of_codex_that_was_seen_is_read(seen):
    assert rate_limits.of_slots(seen["said"], times.read(seen["now"])) == told(seen["told"])


def test_an_answer_without_such_headers_tells_nothing():
    assert rate_limits.of_answer({"content-type": "text/html"}, "", NOW, model="", server="") == ()


def test_a_limit_of_0_in_an_answer_is_none():
    said = headers(x_ratelimit_limit_req_minute="0")

    assert rate_limits.of_headers(said, NOW) == ()
    assert rate_limits.of_headers(said, NOW, answered=False)[0].limit == 0


@pytest.mark.parametrize(
    ("limit", "left", "reset", "found"),
    [
        ("60", "59", "1s", ("minute", 60, 1)),
        ("60", "0", "1m0s", ("minute", 60, 60)),
        ("200", "199", "7m12s", ("day", 200, 1)),
        ("1000", "1000", "0s", ("minute", 1000, 0)),
        ("60", "59", "", ("minute", 60, 1)),
        ("60", "", "", ("minute", 60, None)),
        ("60", "61", "1s", ("minute", 60, 0)),
        ("60", "-1", "1s", ("minute", 60, 60)),
        ("2000", "1999", "43.2", ("minute", 2000, 1)),
        ("150000", "149984", "6m0s", ("day", 150000, 16)),
    ],
)
def test_a_window_without_a_name_is_told_by_its_figures(limit, left, reset, found):
    said = limits_of(
        x_ratelimit_limit_requests=limit,
        x_ratelimit_remaining_requests=left,
        x_ratelimit_reset_requests=reset,
    )

    assert said == [found]


def test_groqs_requests_are_of_a_day_also_when_none_is_used():
    said = headers(x_ratelimit_limit_requests="14400", x_ratelimit_remaining_requests="14400")
    found = rate_limits.of_headers(said, NOW, server="groq https://api.groq.com/openai/v1")

    assert [(one.period, one.used) for one in found] == [("day", 0)]


@pytest.mark.parametrize(
    ("span", "found"),
    [("minute", ("minute", 0)), ("hour", ("rolling", 3600)), ("day", ("day", 0))],
)
def test_the_words_of_a_refusal_name_the_window(span, found):
    words = f"Rate limit reached on requests per {span} (RPX): Limit 100, Used 99, Requested 1."
    [told] = rate_limits.of_body(json.dumps({"error": {"message": words}}), NOW)

    assert (told.period, told.rolling_s) == found


@pytest.mark.parametrize(
    ("reset", "found"),
    [
        ("45", [("minute", 50, 8)]),
        ("1795910400", [("day", 50, 8)]),
        ("3600", []),
        ("", []),
    ],
)
def test_one_limit_without_a_unit_is_of_a_minute_or_of_a_day_or_nobody_knows(reset, found):
    said = limits_of(x_ratelimit_limit="50", x_ratelimit_remaining="42", x_ratelimit_reset=reset)

    assert said == found


@pytest.mark.parametrize("reset", ["99999999999999", "400000", "-5", "never", "1795000000"])
def test_an_end_that_cannot_be_meant_is_not_known(reset):
    said = headers(x_ratelimit_limit_requests_day="50", x_ratelimit_reset_requests_day=reset)

    assert rate_limits.of_headers(said, NOW) == (Told("requests", "day", 50),)


@pytest.mark.parametrize("value", ["many", "", "1e999", "nan", "0x10"])
def test_a_limit_that_is_no_number_is_not_told(value):
    assert limits_of(x_ratelimit_limit_requests_day=value) == []


def test_a_span_that_nobody_knows_is_not_told():
    assert limits_of(x_ratelimit_limit_requests_fortnight="50") == []


@pytest.mark.parametrize(
    "said",
    [
        {"five_hour": 7},
        {"five_hour": {}},
        {"unifiedWindows": {"five_hour": []}},
        {"rateLimitType": "ten_days", "resetsAt": 1795878000, "status": "rejected"},
        {"rateLimitType": 5},
        {},
    ],
)
def test_an_event_that_tells_no_window_tells_nothing(said):
    assert rate_limits.of_subscription(said, NOW) == ()


def test_a_share_that_is_nearly_all_is_not_all():
    said = {"five_hour": {"utilization": 0.999}}

    assert rate_limits.of_subscription(said, NOW)[0].used == 99


def test_what_is_used_up_ends_when_the_last_of_it_does():
    soon, late = NOW + timedelta(minutes=1), NOW + timedelta(hours=1)
    found = (
        Told("requests", "minute", 20, 20, soon),
        Told("requests", "day", 50, 50, late),
        Told("tokens", "day", 50, 49, NOW + timedelta(days=1)),
        Told("tokens", "day", None, None, NOW + timedelta(days=1)),
        Told("tokens", "minute", 5, 5),
    )

    assert rate_limits.used_up_until(found) == late
    assert rate_limits.used_up_until(found[2:]) is None


@pytest.mark.parametrize("text", ["", "no", "[]", "[7]", "7", '{"error": "no"}', "[" * 100_000])
def test_a_body_that_is_no_error_tells_nothing(text):
    assert rate_limits.of_body(text, NOW) == ()


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists, max_leaves=8))
def test_whatever_a_body_holds_nothing_breaks(value):
    for body in (value, {"error": value}, {"error": {"metadata": {"headers": value}}}):
        rate_limits.of_body(json.dumps(body), NOW)
    for said in ({"rateLimitType": "five_hour", "utilization": value}, {"five_hour": value}):
        rate_limits.of_subscription(said, NOW)
    rate_limits.of_slots({"primary": {"window_minutes": value, "used_percent": value}}, NOW)
