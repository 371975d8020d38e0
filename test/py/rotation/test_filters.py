"""Hard limits: each excludes a model, whatever else speaks for it, and says why."""

from datetime import timedelta

import pytest

from ai_sessions.rotation import filters
from ai_sessions.rotation.learning import probed
from ai_sessions.rotation.records import ModelState, Need, WindowState


def test_a_model_of_which_nothing_is_known_may_answer(candidate, now):
    assert filters.reason(candidate(), Need(), now) == ""


def test_a_model_is_asked_once_for_a_request(candidate, now):
    assert filters.reason(candidate(), Need(), now, ["pool:m"]) == "was asked already"


@pytest.mark.parametrize(
    ("about", "why"),
    [
        ({"enabled": False}, "is switched off"),
        ({"has_key": False}, "has no key"),
    ],
)
def test_a_model_that_is_off_or_without_a_key_is_excluded(candidate, now, about, why):
    assert filters.reason(candidate(about=about), Need(), now) == why


def test_a_retired_model_that_is_on_the_list_is_asked_all_the_same(candidate, now):
    assert filters.reason(candidate(retired="2026-03-22"), Need(), now) == ""


@pytest.mark.parametrize(
    ("window", "excluded"), [(32_768, True), (340_000, False), (339_999, True), (None, False)]
)
def test_a_prompt_and_its_answer_must_fit_the_window(candidate, now, window, excluded):
    need = Need(prompt_tokens=300_000, answer_tokens=40_000)

    assert bool(filters.reason(candidate(window=window), need, now)) is excluded


@pytest.mark.parametrize(
    ("can", "why"),
    [
        ({"tools"}, "cannot do vision and json"),
        ({"vision", "json", "tools"}, ""),
        ((), ""),  # not known
    ],
)
def test_a_model_must_be_able_to_do_what_the_call_needs(candidate, now, can, why):
    model = candidate(capabilities=frozenset(can))

    assert filters.reason(model, Need(vision=True, json=True), now) == why


@pytest.mark.parametrize(
    ("free", "price", "excluded"),
    [(True, 0, False), (True, None, False), (True, 1, True), (False, 0, True)],
)
def test_nothing_that_may_cost_answers_a_free_call(candidate, now, free, price, excluded):
    model = candidate(free=free, about={"price_nusd": price})

    assert bool(filters.reason(model, Need(free_only=True), now)) is excluded
    assert filters.reason(model, Need(), now) == ""


def test_what_has_billed_answers_no_free_call_whatever_is_listed(candidate, now):
    model = candidate(free=True, state=ModelState(has_billed=True))

    assert "has billed" in filters.reason(model, Need(free_only=True), now)
    assert filters.reason(model, Need(), now) == ""


def test_a_pause_excludes_until_it_is_over(candidate, now):
    state = ModelState(open_until=now + timedelta(seconds=90), why="503 overloaded")

    assert filters.reason(candidate(state=state), Need(), now) == "pauses for 2 min: 503 overloaded"
    assert filters.reason(candidate(state=state), Need(), state.open_until) == ""


def test_one_call_alone_tries_a_model_after_its_pause(candidate, now):
    state = ModelState(open_until=now, trips=1)

    assert filters.reason(candidate(state=state), Need(), now) == ""
    busy = candidate(state=probed(state, now + timedelta(seconds=30)))
    assert "another call tries" in filters.reason(busy, Need(), now)
    assert filters.reason(busy, Need(), now + timedelta(seconds=30)) == ""


@pytest.mark.parametrize(("used", "held", "excluded"), [(9, 0, False), (9, 1, True), (12, 0, True)])
def test_calls_under_way_count_in_a_window(candidate, now, day, used, held, excluded):
    model = candidate(windows=[day(used, 10, held)])

    assert bool(filters.reason(model, Need(), now)) is excluded


def test_a_full_window_is_named_with_its_end(candidate, now, day):
    model = candidate(windows=[day(1000, 1000)])

    assert filters.reason(model, Need(), now) == "1,000 of 1,000 requests used today, free in 12 h"


def test_a_call_that_no_minute_can_hold_is_told_so(candidate, now, minute):
    model = candidate(windows=[minute(0, 8000, unit="tokens")])

    told = filters.reason(model, Need(prompt_tokens=9000), now)
    assert told == "takes 9,000 of 8,000 tokens, free in 1 min"


@pytest.mark.parametrize("unit", ["requests", "tokens", "nusd"])
def test_a_full_window_takes_not_even_a_call_of_nothing(candidate, now, day, unit):
    model = candidate(windows=[day(10, 10, unit=unit)])

    assert filters.reason(model, Need(), now)


def test_the_price_of_a_call_counts_in_a_window_of_money(candidate, now, day):
    windows = [day(60, 100, unit="nusd")]

    assert filters.reason(candidate(windows=windows, about={"price_nusd": 41}), Need(), now)
    assert not filters.reason(candidate(windows=windows, about={"price_nusd": 40}), Need(), now)


def test_a_limit_that_nobody_knows_excludes_nothing(candidate, now, day):
    assert filters.reason(candidate(windows=[day(10**9, None)]), Need(), now) == ""


@pytest.mark.parametrize(
    ("used", "after_s", "excluded"), [(100, 1, True), (100, 0, False), (99, 1, False)]
)
def test_a_subscription_is_spent_at_100_percent_until_its_reset(
    candidate, now, used, after_s, excluded
):
    reset = now + timedelta(seconds=after_s)
    told = WindowState("quota:claude#", "percent", "rolling", None, used, resets_at=reset)

    assert bool(filters.reason(candidate(windows=[told]), Need(), now)) is excluded


def test_it_is_free_when_the_last_of_its_limits_ends(candidate, now, day, minute):
    state = ModelState(open_until=now + timedelta(hours=1))

    one = candidate(state=state, windows=[minute(20)])
    assert filters.free_at(one, Need(), now) == now + timedelta(hours=1)
    other = candidate(state=state, windows=[minute(20), day(1000)])
    assert filters.free_at(other, Need(), now) == now + timedelta(hours=12)


def test_while_another_call_tries_a_model_it_is_free_when_that_ends(candidate, now):
    ends = now + timedelta(seconds=40)
    probed_ = candidate(state=probed(ModelState(open_until=now), ends))

    assert filters.free_at(probed_, Need(), now) == ends


def test_nobody_knows_when_a_model_is_free_that_lacks_something(candidate, now):
    off = candidate(about={"has_key": False}, state=ModelState(open_until=now + timedelta(hours=1)))
    endless = WindowState("quota:pool#", "requests", "day", 1, 1)

    assert filters.free_at(off, Need(), now) is None
    assert filters.free_at(candidate(windows=[endless]), Need(), now) is None


def test_the_only_model_with_room_for_a_call_is_named(candidate, now):
    small, large = candidate("small", window=32_000), candidate("large", window=1_000_000)

    assert filters.sole([small, large], Need(prompt_tokens=300_000)) == "pool:large"
    assert filters.sole([small, large], Need()) == ""
    assert filters.sole([large], Need()) == ""
