"""The table of failures, case by case: what is closed, until when, and who is asked next."""

from datetime import UTC, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_sessions.records import Status
from ai_sessions.rotation.failures import mark
from ai_sessions.rotation.learning import after
from ai_sessions.rotation.records import ModelState, Outcome, WindowState

from .conftest import NOON

DAY = timedelta(days=1)
MIDNIGHT = NOON.replace(hour=0) + DAY
ACCOUNT, MODEL = "quota:pool#", "quota:pool#/m"


def after_s(seconds):
    return NOON + timedelta(seconds=seconds)


def failed(status, http=0, message="", until_s=None, **more):
    until = None if until_s is None else after_s(until_s)
    return Outcome(status, NOON, http, message=message, until=until, **more)


# status, http, words, told end in s | scope, end, counts as failure, then, uses an attempt
TABLE = [
    # limits that are named: the minute, or the day, to that instant
    ("rate_limit", 429, "", 7, "minute", after_s(7), False, "next", True),
    ("rate_limit", 429, "", 120, "minute", after_s(120), False, "next", True),
    ("rate_limit", 429, "", 121, "day", after_s(121), False, "next", True),
    ("rate_limit", 429, "", 9 * 86400, "day", after_s(9 * 86400), False, "next", True),
    ("rate_limit", 0, "error in mid-stream", 30, "minute", after_s(30), False, "next", True),
    ("rate_limit", 403, "Rate limit exceeded", 40, "minute", after_s(40), False, "next", True),
    # bare: by its words, else a short pause
    ("rate_limit", 429, "", None, "model", after_s(30), False, "next", True),
    ("rate_limit", 429, "", -5, "model", after_s(30), False, "next", True),  # over already
    ("rate_limit", 429, "free-models-per-day", None, "day", MIDNIGHT, False, "next", True),
    ("rate_limit", 429, "Limit RPD exceeded", None, "day", MIDNIGHT, False, "next", True),
    ("rate_limit", 429, "20 requests per minute", None, "model", after_s(30), False, "next", True),
    # an account's usage, until a day that it names
    (
        "rate_limit",
        400,
        "regain access on",
        5 * 86400,
        "pool",
        after_s(432_000),
        False,
        "next",
        True,
    ),
    ("rate_limit", 429, "usage limit reached", 60, "pool", after_s(60), False, "next", True),
    # statements: no attempt is used up
    ("billing", 402, "Insufficient credits", None, "pool", NOON + DAY, False, "next", False),
    ("billing", 402, "", 7200, "pool", after_s(7200), False, "next", False),
    ("billing", 429, "insufficient_quota", None, "pool", NOON + DAY, False, "next", False),
    (
        "billing",
        429,
        "exceeded your current quota",
        None,
        "model",
        after_s(30),
        False,
        "next",
        True,
    ),
    ("billing", 429, "exceeded your current quota", 40, "minute", after_s(40), False, "next", True),
    ("auth", 403, "not available on your tier", None, "model", NOON + DAY, False, "next", False),
    ("auth", 403, "Invalid API key", None, "key", NOON + DAY, False, "next", False),
    ("auth", 401, "No auth credentials found", None, "key", NOON + DAY, False, "next", False),
    ("auth", 0, "in mid-stream", None, "key", NOON + DAY, False, "next", False),
    ("model", 404, "No endpoints found for m", None, "model", NOON + DAY, False, "next", False),
    ("other", 404, "", None, "model", NOON + DAY, False, "next", False),
    (
        "model",
        404,
        "No endpoints found that support tool use",
        None,
        "none",
        None,
        False,
        "next",
        False,
    ),
    # the call's own fault
    ("context_too_long", 400, "", None, "none", None, False, "larger", True),
    ("other", 413, "", None, "none", None, False, "larger", True),
    ("denied", 400, "flagged", None, "none", None, False, "stop", True),
    ("interrupted", 0, "", None, "none", None, False, "stop", True),
    ("limit", 200, "cut at the output limit", None, "none", None, False, "stop", True),
    ("budget", 0, "", None, "none", None, False, "stop", True),
    ("session_gone", 0, "", None, "none", None, False, "stop", True),
    # what breaks
    ("server", 500, "", None, "breaker", None, True, "next", True),
    ("overloaded", 0, "error in mid-stream", None, "breaker", None, True, "next", True),
    ("other", 500, "", None, "breaker", None, True, "next", True),
    ("overloaded", 529, "", None, "breaker", None, True, "next", True),
    ("overloaded", 503, "", 90, "breaker", after_s(90), True, "next", True),
    ("server", 500, "", -90, "breaker", None, True, "next", True),
    ("timeout", 0, "", None, "breaker", None, True, "next", True),
    ("timeout", 408, "", None, "breaker", None, True, "next", True),
    ("network", 0, "the connection ended in the middle", None, "breaker", None, True, "next", True),
    ("unreadable", 200, "", None, "breaker", None, True, "next", True),
    ("empty", 200, "", None, "breaker", None, True, "next", True),
    ("other", 502, "", None, "breaker", None, True, "next", True),
    # a request that this server does not take, others may
    ("other", 400, "unsupported parameter", None, "none", None, True, "next", True),
]


@pytest.mark.parametrize(
    ("status", "http", "words", "told", "scope", "until", "counts", "then", "uses"), TABLE
)
def test_each_failure_closes_what_it_names(
    status, http, words, told, scope, until, counts, then, uses
):
    found = mark(failed(status, http, words, told), ModelState(), [], NOON)

    assert (found.scope, found.until) == (scope, until)
    assert (found.counts_as_failure, found.then, found.uses_attempt) == (counts, then, uses)


def test_an_answer_marks_nothing():
    found = mark(Outcome("ok", NOON), ModelState(), [], NOON)

    assert (found.scope, found.until, found.why) == ("none", None, "")


@pytest.mark.parametrize(("used", "closes"), [(949, False), (950, True), (1200, True)])
def test_a_bare_refusal_means_the_day_where_95_percent_of_it_are_used(day, used, closes):
    found = mark(failed("rate_limit", 429), ModelState(), [day(used)], NOON)

    assert (found.scope == "day", found.until == MIDNIGHT) == (closes, closes)
    assert found.quota == (ACCOUNT if closes else "")


def test_calls_under_way_count_towards_the_95_percent(day):
    found = mark(failed("rate_limit", 429), ModelState(), [day(900, held=50)], NOON)

    assert found.scope == "day"


def test_a_minute_that_is_used_up_is_not_taken_for_the_day(minute, day):
    windows = [minute(20), day(3)]

    assert mark(failed("rate_limit", 429), ModelState(), windows, NOON).scope == "model"


def test_a_limit_of_nothing_is_used_up(day):
    assert mark(failed("rate_limit", 429), ModelState(), [day(0, 0)], NOON).scope == "day"


def test_words_of_a_minute_are_not_taken_for_the_day(day):
    refused = failed("rate_limit", 429, "Rate limit: 20 requests per minute")

    assert mark(refused, ModelState(), [day(999)], NOON).scope == "model"


def test_words_of_a_day_close_the_daily_limit_until_its_own_reset(day):
    told = failed("rate_limit", 429, "free-models-per-day")

    found = mark(told, ModelState(), [day(3)], NOON.astimezone(UTC))
    assert (found.quota, found.until, found.is_guess) == (ACCOUNT, MIDNIGHT, False)
    assert mark(told, ModelState(), [], NOON).is_guess


@pytest.mark.parametrize(
    ("own", "account", "closed"),
    [
        ((900, 1000), (400, 1000), MODEL),
        ((60, 1000), (45, 50), ACCOUNT),
        ((60, 1000), (60, None), ACCOUNT),  # nobody knows it: that is what was reached
        ((600, 1000), (60, None), MODEL),
    ],
)
def test_a_day_that_is_named_closes_the_limit_that_is_used_up_most(day, own, account, closed):
    windows = [day(*own, of="m"), day(*account)]

    assert (
        mark(failed("rate_limit", 429, until_s=9000), ModelState(), windows, NOON).quota == closed
    )


def test_a_minute_that_is_named_closes_no_daily_limit(day, minute):
    named = failed("rate_limit", 429, until_s=20)

    assert mark(named, ModelState(), [day(999)], NOON).quota == ""
    assert mark(named, ModelState(), [day(999), minute(3)], NOON).quota == ACCOUNT


def test_a_server_that_fails_pauses_as_long_as_it_says_or_longer():
    state = ModelState(failures_in_a_row=1, trips=3)  # 192 s at least

    assert mark(failed("server", 503, until_s=900), state, [], NOON).until == after_s(900)
    assert mark(failed("server", 503, until_s=5), state, [], NOON).until > after_s(190)


def test_bare_refusals_pause_twice_as_long_each_time_up_to_ten_minutes():
    state, now, pauses = ModelState(), NOON, []
    for _ in range(7):
        refused = Outcome("rate_limit", now, 429)
        found = mark(refused, state, [], now)
        pauses.append((found.until - now).total_seconds())
        state, now = after(state, refused, found, now), found.until
    assert pauses == [30, 60, 120, 240, 480, 600, 600]

    answered = Outcome("ok", now)
    state = after(state, answered, mark(answered, state, [], now), now)
    assert mark(refused, state, [], now).until == now + timedelta(seconds=30)


def test_a_laptop_that_is_offline_says_nothing_of_a_model():
    found = mark(failed("network", was_sent=False), ModelState(failures_in_a_row=5), [], NOON, True)

    assert (found.scope, found.until, found.counts_as_failure) == ("none", None, False)


def test_being_offline_excuses_nothing_that_was_answered():
    assert mark(failed("server", 500), ModelState(), [], NOON, offline=True).counts_as_failure


def test_what_never_left_the_machine_is_no_failure_of_the_model():
    assert not mark(failed("other", was_sent=False), ModelState(), [], NOON).counts_as_failure


@pytest.mark.parametrize(
    ("http", "message", "why"),
    [
        (404, "No endpoints\n found for m.", "404 No endpoints found for m."),
        (404, "404: gone", "404: gone"),
        (0, "", "rate limit"),
        (429, "x" * 500, f"429 {'x' * 115}…"),
    ],
)
def test_the_reason_is_one_short_line(http, message, why):
    assert mark(failed("rate_limit", http, message), ModelState(), [], NOON).why == why


@settings(deadline=None)
@given(
    status=st.sampled_from(Status.__args__),
    http=st.sampled_from([0, 200, 400, 401, 402, 403, 404, 408, 413, 429, 500, 503, 529]),
    until=st.none() | st.integers(-(10**6), 10**6),
    row=st.integers(0, 10**6),
    words=st.sampled_from(["", "per day", "usage limit", "insufficient_quota"]),
    limit=st.none() | st.integers(0, 10),
)
def test_nothing_is_closed_until_a_time_that_is_over(status, http, until, row, words, limit):
    state = ModelState(failures_in_a_row=row, trips=row, limited_in_a_row=row)
    window = WindowState(ACCOUNT, "requests", "day", limit, 5, resets_at=NOON - DAY)

    found = mark(failed(status, http, words, until), state, [window], NOON)
    assert found.until is None or found.until > NOON
    assert found.counts_as_failure <= (status != "ok")
