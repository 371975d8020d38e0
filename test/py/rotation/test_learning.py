"""What a call teaches, and how it fades."""

import math
from dataclasses import replace
from datetime import timedelta

import pytest

from ai_sessions.rotation import breaker, learning
from ai_sessions.rotation.failures import mark
from ai_sessions.rotation.learning import after, closed, faded
from ai_sessions.rotation.records import Mark, ModelState, Outcome

HOUR = timedelta(hours=1)


@pytest.fixture
def learn(now):
    """The state after calls that ended so, one second apart."""

    def of(state, *calls, at=now, **outcome):
        for call in calls:
            status, http = call if isinstance(call, tuple) else (call, 0)
            ended = Outcome(status, at, http, **outcome)
            state = after(state, ended, mark(ended, state, [], at), at)
            at += timedelta(seconds=1)
        return state

    return of


def test_an_answer_counts_for_half_after_an_hour(now, learn):
    state = learn(ModelState(), "ok")

    assert faded(state, now + HOUR).successes == pytest.approx(0.5)
    assert learn(state, "ok", at=now + HOUR).successes == pytest.approx(1.5)


def test_a_failure_counts_for_half_after_an_hour_too(now, learn):
    state = learn(ModelState(), "server")

    assert faded(state, now + 2 * HOUR).failures == pytest.approx(0.25)


def test_a_limit_and_a_retired_model_are_no_failures(learn):
    state = learn(ModelState(), ("rate_limit", 429), ("model", 404), ("billing", 402))

    assert (state.failures, state.failures_in_a_row, state.fail_seconds) == (0, 0, 0)


def test_latency_is_a_mean_of_logarithms_in_which_late_calls_weigh_more(now, learn):
    state = learn(ModelState(), "ok", latency_ms=1000)
    together = learn(state, "ok", latency_ms=4000)
    later = learn(state, "ok", at=now + 10 * HOUR, latency_ms=4000)

    assert together.latency_s == pytest.approx(2.0, rel=1e-3)
    assert later.latency_s == pytest.approx(4.0, rel=1e-2)


def test_a_latency_of_nothing_breaks_no_mean(learn):
    state = learn(ModelState(), "ok", "ok", latency_ms=0)

    assert 0 < state.latency_s < 0.01


def test_a_failure_that_is_slow_is_remembered_as_slow(learn):
    state = learn(ModelState(), "timeout", latency_ms=60_000)

    assert state.fail_seconds == 60
    assert learn(state, "server", latency_ms=0).fail_seconds == pytest.approx(30, rel=1e-3)
    assert learn(state, "ok", latency_ms=500).fail_seconds == 60


def test_the_second_failure_in_a_row_opens_the_breaker(now, learn):
    once, twice = learn(ModelState(), "server"), learn(ModelState(), "server", "server")

    assert (once.open_until, once.trips) == (None, 0)
    assert breaker.is_open(twice, now + timedelta(seconds=2))
    assert (twice.trips, twice.is_off, twice.why) == (1, False, "server")


def test_a_probe_that_fails_opens_it_again_for_longer_and_one_that_answers_closes_it(now, learn):
    state = learn(ModelState(), "server", "server")
    at = state.open_until
    state = learning.probed(state, at + timedelta(seconds=60))

    again = learn(state, "server", at=at)
    assert (again.trips, again.probe_until) == (2, None)
    assert (again.open_until - at).total_seconds() >= 48
    well = learn(state, "ok", at=at)
    assert (well.trips, well.open_until, well.probe_until, well.why) == (0, None, None, "")
    assert not breaker.is_half_open(well, at)


def test_a_probe_that_says_nothing_of_the_model_lets_the_next_one_try(now, learn):
    state = learn(ModelState(), "server", "server")
    at = state.open_until

    state = learn(learning.probed(state, at + HOUR), "interrupted", at=at)
    assert breaker.is_half_open(state, at)
    assert not breaker.is_probed(state, at)


def test_an_answer_in_between_begins_the_row_again(learn):
    assert learn(ModelState(), "server", "ok", "server").open_until is None


def test_what_a_provider_said_outlasts_a_failure_of_our_own(now, learn):
    state = learn(ModelState(), ("model", 404))
    later = learn(state, "server", "server", at=now + timedelta(seconds=1))

    assert (later.open_until, later.is_off) == (now + timedelta(days=1), True)
    assert later.why == "404 model"


def test_an_answer_that_was_under_way_does_not_open_what_was_closed_since(now, learn):
    state = learn(ModelState(), ("model", 404))
    late = learn(state, "ok", at=now + timedelta(seconds=2), latency_ms=3000)
    fresh = learn(state, "ok", at=now + timedelta(seconds=2), latency_ms=1000)

    assert breaker.is_open(late, now + timedelta(seconds=2))
    assert late.successes == pytest.approx(1)
    assert fresh.open_until is None


def test_the_other_models_of_an_account_are_closed_without_a_failure(now):
    state = closed(ModelState(successes=4), Mark("pool", now + HOUR, "402"), now)

    assert (state.open_until, state.is_off, state.why) == (now + HOUR, True, "402")
    assert (state.successes, state.failures, state.trips) == (4, 0, 0)


def test_a_mark_that_is_over_closes_nothing(now):
    assert closed(ModelState(), Mark("pool", now), now) == ModelState()


def test_a_clock_that_goes_back_makes_nothing_older_and_nothing_stuck(now, learn):
    state = learn(ModelState(), "ok", "ok", at=now + 1000 * HOUR)

    back = learn(state, "ok")
    assert back.successes == pytest.approx(3, rel=1e-3)
    assert faded(back, now + HOUR).successes == pytest.approx(1.5, rel=1e-3)


def test_calls_that_only_one_model_can_hold_are_forecast_by_the_day(now, learn):
    state = ModelState()
    for hour in range(24 * 14):  # one an hour
        state = learn(state, "ok", at=now + hour * HOUR, sole=True)

    expected = learning.sole_per_s(state, now + 14 * 24 * HOUR) * 3600
    assert expected == pytest.approx(1, rel=0.05)
    day = ModelState(sole_calls=30, known_since=now - 24 * HOUR)  # half of a whole life's worth
    assert learning.sole_per_s(day, now) * 86400 == pytest.approx(60 * math.log(2))
    assert learning.sole_per_s(learn(ModelState(), "ok"), now) == 0


def test_clocks_that_change_change_nothing(now, learn):
    from zoneinfo import ZoneInfo

    begin = now.replace(month=10, day=25, hour=0)  # 02:30 comes twice in Berlin
    end = begin + 2 * HOUR
    state = learn(ModelState(), "ok", at=begin)
    local = ZoneInfo("Europe/Berlin")

    seen = learn(ModelState(), "ok", at=begin.astimezone(local))
    assert faded(seen, end.astimezone(local)).successes == faded(state, end).successes == 0.25


def test_counts_never_turn_negative_or_lose_their_meaning(now):
    state = ModelState(successes=1e300, failures=1e-300, counted_at=now)

    old = faded(state, now + timedelta(days=36500))
    assert old.successes >= 0
    assert math.isfinite(old.successes + old.failures)
    assert replace(old, counted_at=None).counted_at is None
