"""Quotas: held before a call, counted after it, shared by the models of an account."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ai_sessions.ledger.contract import Lease, Need, Window
from ai_sessions.records import Told
from ai_sessions.rotation.records import Outcome

from .conftest import call, ledger_at
from .quota_places import DAY, MINUTE, NEED, NOW, held, limit, place, quotas_of, stands


def not_free(where):
    return replace(where, model=replace(where.model, free=False))


@pytest.fixture
def quotas(ledger):
    return quotas_of(ledger)


def test_no_more_calls_are_held_than_a_quota_has(quotas):
    assert held(quotas, place(limit(2)), 3) == [True, True, False]


def test_five_models_of_an_account_have_one_quota_together(quotas):
    five = [place(limit(3), model=f"m{number}") for number in range(5)]

    assert [held(quotas, one, 1) for one in five] == [[True]] * 3 + [[False]] * 2


def test_two_accounts_have_one_quota_each(quotas):
    assert held(quotas, place(limit(1)), 2) == [True, False]
    assert held(quotas, place(limit(1), account="other", model="n"), 2) == [True, False]


def test_a_model_may_have_a_quota_of_its_own_beside_that_of_its_account(quotas):
    small = place(limit(3), own=[limit(1)])

    assert held(quotas, small, 2) == [True, False]
    assert held(quotas, place(limit(3), model="n"), 3) == [True, True, False]


def test_what_a_call_has_no_room_for_in_one_window_is_held_in_none(quotas):
    where = place(limit(9), limit(150, "tokens", "minute"))

    assert held(quotas, where, 2) == [True, False]
    assert stands(quotas, where) == {
        ("requests", "day"): (9, 0, 1),
        ("tokens", "minute"): (150, 0, 100),
    }


def test_the_next_minute_has_room_again_and_the_day_has_not(quotas):
    where = place(limit(3), limit(2, period="minute"))

    assert held(quotas, where, 3) == [True, True, False]
    assert held(quotas, where, 2, NOW + MINUTE) == [True, False]
    assert held(quotas, where, 1, NOW + DAY) == [True]


def test_a_settled_call_counts_the_tokens_that_it_used(quotas):
    where = place(limit(9), limit(1000, "tokens"))
    held(quotas, where, 2)
    quotas.settle(f"m{NOW}0", 30, NOW)
    quotas.settle(f"m{NOW}1", None, NOW)

    assert stands(quotas, where) == {
        ("requests", "day"): (9, 2, 0),
        ("tokens", "day"): (1000, 130, 0),
    }


def test_a_call_that_was_not_made_counts_as_nothing(quotas):
    where = place(limit(1))
    held(quotas, where, 1)
    quotas.release(f"m{NOW}0")

    assert stands(quotas, where) == {("requests", "day"): (1, 0, 0)}


def test_a_call_that_is_settled_twice_counts_once(quotas):
    where = place(limit(9))
    held(quotas, where, 1)
    quotas.settle(f"m{NOW}0", 5, NOW)
    quotas.settle(f"m{NOW}0", 5, NOW)

    assert stands(quotas, where) == {("requests", "day"): (9, 1, 0)}


def test_a_lease_joined_with_money_counts_in_both_when_it_is_recorded(ledger, quotas):
    where = place(limit(9), limit(1000, "tokens"))
    hold = quotas.needs(where, NEED, NOW)
    money = Need("all", 5)
    assert ledger.reserve(Lease("a", (money, *hold.needs)), [Window("all", 9), *hold.windows])
    ledger.record([call("a", 10, tokens={"input": 40, "output": 2})])

    assert stands(quotas, where) == {
        ("requests", "day"): (9, 1, 0),
        ("tokens", "day"): (1000, 42, 0),
    }


def test_a_refused_call_uses_no_tokens(ledger, quotas):
    where = place(limit(1000, "tokens"))
    ledger.reserve(Lease("a", quotas.needs(where, NEED, NOW).needs), [])
    ledger.record([call("a", None, status="rate_limit")])

    assert stands(quotas, where) == {("tokens", "day"): (1000, 0, 0)}


def test_a_call_that_found_no_connection_uses_nothing(ledger, quotas):
    where = place(limit(1000))
    ledger.reserve(Lease("a", quotas.needs(where, NEED, NOW).needs), [])
    ledger.record([replace(call("a", 0, status="network"), cost_source="refused")])

    assert stands(quotas, where) == {("requests", "day"): (1000, 0, 0)}


def test_calls_that_may_cost_more_than_they_hold_wait_for_money_not_for_quotas(ledger, quotas):
    hold = quotas.needs(place(limit(9)), NEED, NOW)

    def reserve(id_, pool):
        lease = Lease(id_, (Need(pool, 1), *hold.needs), open=True)
        return ledger.reserve(lease, [Window(pool, 9), *hold.windows])

    assert [reserve("a", "session:x"), reserve("b", "session:y")] == [True, True]
    assert not reserve("c", "session:x")


def test_a_call_whose_end_nobody_tells_is_over_a_minute_after_its_deadline(quotas):
    where = place(limit(1))
    held(quotas, where, 1)

    assert held(quotas, where, 1, NOW + 2 * MINUTE) == [False]
    assert stands(quotas, where, NOW + 2 * MINUTE) == {("requests", "day"): (1, 0, 1)}
    assert stands(quotas, where, NOW + 3 * MINUTE) == {("requests", "day"): (1, 1, 0)}


def test_what_it_held_too_much_is_there_for_the_call_that_finds_it(quotas):
    where = place(limit(150, "tokens", "minute"))
    assert quotas.reserve("long ago", where, NEED, 0, NOW - 3 * MINUTE)
    last = NOW - 3 * MINUTE, NOW

    assert [held(quotas, where, 1, at) for at in last] == [[False], [True]]


def test_it_leaves_no_call_behind_that_nobody_made(ledger, quotas):
    held(quotas, place(limit(1)), 1)
    stands(quotas, place(limit(1)), NOW + DAY)

    assert ledger.find(f"m{NOW}0") is None
    assert ledger.view([Window("all", 9, unit="unpriced")]).windows[0].used == 0


def test_a_limit_that_nobody_knows_refuses_nothing_and_is_not_0(quotas):
    where = place(limit(None))

    assert held(quotas, where, 3) == [True] * 3
    assert stands(quotas, where) == {("requests", "day"): (None, 0, 3)}


def test_candidates_have_the_limits_of_their_account_and_their_own(quotas):
    where = place(limit(9), own=[limit(5)])
    held(quotas, where, 1)
    quotas.settle(f"m{NOW}0", 30, NOW)
    [found] = quotas.candidates([where], NOW)

    assert [(one.pool, one.limit, one.used) for one in found.windows] == [
        ("quota:open#acc", 9, 1),
        ("quota:open#acc/m", 5, 1),
    ]
    assert (found.key, found.state.requests_today, found.state.tokens_today) == ("open:m", 1, 30)


def test_candidates_keep_the_order_and_the_keys_of_their_places(quotas):
    found = quotas.candidates([place(model="b"), place(model="a", has_key=False)], NOW)

    assert [(one.key, one.has_key) for one in found] == [("open:b", True), ("open:a", False)]


def test_what_is_told_beside_a_call_is_taken_over(quotas):
    where = place()
    quotas.note(where, [Told("requests", "day", 50, 7)], NOW)

    assert stands(quotas, where) == {("requests", "day"): (50, 7, 0)}
    assert held(quotas, where, 44) == [True] * 43 + [False]


def outcome(status="ok", at=NOW, **facts) -> Outcome:
    return Outcome(status, at, **{"tokens": 40, "latency_ms": 900, **facts})


def test_what_a_call_teaches_is_kept(quotas):
    where = place(limit(9))
    assert quotas.learn(where, outcome(), NOW).scope == "none"
    [found] = quotas.candidates([where], NOW)

    assert (found.state.successes, found.state.latency_s) == (1.0, pytest.approx(0.9))
    assert (found.state.success_rate, found.state.avg_latency_ms) == (1.0, 900.0)


def test_a_model_that_fails_twice_pauses_for_everybody(ledger, quotas):
    for _time in range(2):
        mark = quotas.learn(place(), outcome("server", http=500), NOW)

    [found] = quotas_of(ledger).candidates([place()], NOW)
    assert (mark.scope, found.state.open_until, found.state.why) == (
        "breaker",
        mark.until,
        "500 server",
    )


def test_an_account_without_credit_pauses_with_all_its_models(quotas):
    quotas.learn(place(), outcome("billing", http=402), NOW)

    found = quotas.candidates([place(model="n"), place(account="other")], NOW)
    assert [one.state.open_until for one in found] == [NOW + DAY, None]


def test_an_account_without_credit_pauses_with_what_costs_money_of_it(quotas):
    paid, other = (not_free(place(model=name)) for name in ("paid", "other"))
    quotas.learn(paid, outcome("billing", http=402), NOW)
    quotas.learn(place(), outcome(), NOW + MINUTE)

    found = quotas.candidates([paid, other, place()], NOW + MINUTE)
    assert [one.state.open_until for one in found] == [NOW + DAY, NOW + DAY, None]

    quotas.learn(other, outcome(at=NOW + 3 * MINUTE), NOW + 3 * MINUTE)
    [found] = quotas.candidates([not_free(place(model="third"))], NOW)
    assert found.state.open_until is None


def test_a_model_that_has_billed_is_known_until_an_answer_costs_nothing(quotas):
    for billed, known in [(True, True), (False, False)]:
        quotas.learn(place(), replace(outcome(), billed=billed), NOW)

        [found] = quotas.candidates([place()], NOW)
        assert found.state.has_billed is known


def test_a_limit_that_is_told_with_a_refusal_holds_for_the_next_call(quotas):
    where = place(limit(1000))
    told = [Told("requests", "day", 50, 50, NOW + DAY, origin="body")]
    quotas.learn(where, outcome("rate_limit", http=429, until=NOW + DAY), NOW, told=told)

    assert held(quotas, place(limit(1000), model="n"), 1) == [False]
    [found] = quotas.windows([place(limit(1000))], NOW)
    assert (found.limit, found.origin) == (50, "body")


def test_a_call_that_was_made_elsewhere_counts_beyond_a_limit(quotas):
    where = place(limit(1), limit(100, "tokens"))
    for _time in range(2):
        quotas.count(where, outcome(), NOW)

    assert stands(quotas, where) == {
        ("requests", "day"): (1, 2, 0),
        ("tokens", "day"): (100, 80, 0),
    }
    assert quotas.tallies()["open:m"].requests == 2


def test_a_call_that_reserves_again_holds_it_once(quotas):
    where = place(limit(9))
    for _time in range(2):
        assert quotas.reserve("a", where, NEED, 60, NOW)

    assert stands(quotas, where) == {("requests", "day"): (9, 0, 1)}


def test_places_of_many_models_are_seen_at_once(quotas):
    many = [place(limit(9), model=f"m{number}", own=[limit(5)]) for number in range(150)]
    held(quotas, many[140], 1)
    found = quotas.candidates(many, NOW)

    assert [one.model.id for one in found] == [one.model.id for one in many]
    assert [one.windows[1].held for one in found] == [number == 140 for number in range(150)]
    assert {one.windows[0].held for one in found} == {1}


def test_all_windows_are_listed_once_those_of_accounts_first(quotas):
    where = [place(limit(9), model=name, own=[limit(5)]) for name in "ab"]

    assert [one.pool for one in quotas.windows(where, NOW)] == [
        "quota:open#acc",
        "quota:open#acc/a",
        "quota:open#acc/b",
    ]


@pytest.mark.parametrize(
    ("zone", "first", "hours"),
    [
        ("America/Los_Angeles", "2026-11-01T07:00Z", 25),
        ("Europe/Berlin", "2026-03-28T23:00Z", 23),
        ("Australia/Lord_Howe", "2026-10-03T13:30Z", 23.5),
    ],
)
def test_a_quota_of_a_day_lasts_as_long_as_that_day(quotas, zone, first, hours):
    where = place(limit(2, zone=zone))
    begin = datetime.fromisoformat(first)
    end = begin + timedelta(hours=hours)
    second = timedelta(seconds=1)

    assert held(quotas, where, 2, begin) == [True, True]
    assert held(quotas, where, 1, end - second) == [False]
    assert held(quotas, where, 1, begin - second) == [True]
    assert held(quotas, where, 1, end) == [True]


STEPS = st.tuples(
    st.sampled_from(["reserve", "settle", "release", "told", "answered", "failed"]),
    st.integers(0, 3),
    st.integers(-30 * 86_400, 30 * 86_400) | st.integers(-100, 100),
)


@given(st.lists(STEPS, max_size=20))
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_the_clock_does_nothing_is_negative_and_nothing_stuck(tmp_path_factory, steps):
    ledger = ledger_at(tmp_path_factory.mktemp("clock") / "sessions")
    quotas, where, now = quotas_of(ledger), place(limit(5), limit(3, period="minute")), NOW
    for what, number, seconds in steps:
        now += timedelta(seconds=seconds)
        done_by(quotas, where, now)[what](str(number))
        low = ledger.read(lambda one: one.execute("select min(used) from usage").fetchone()[0])
        assert (low or 0) >= 0
        assert all(one.used >= 0 <= one.held for one in quotas.windows([where], now))

    for number in range(4):
        quotas.release(str(number))
    assert quotas.reserve("later", where, NEED, 60, now + 100 * DAY), "nothing is stuck"
    before = quotas.windows([where], NOW - 100 * DAY)
    assert [one.used for one in before] == [0, 0]


def done_by(quotas, where, now):
    """What may happen to a call, by its name; told of are a limit that is reached and its reset."""
    told = [Told("requests", "day", 5, 5, now + DAY)]
    return {
        "reserve": lambda call: quotas.reserve(call, where, NEED, 60, now),
        "settle": lambda call: quotas.settle(call, 10, now),
        "release": quotas.release,
        "told": lambda _call: quotas.note(where, told, now),
        "answered": lambda _call: quotas.learn(where, outcome(at=now), now),
        "failed": lambda _call: quotas.learn(where, outcome("server", now, http=500), now),
    }


def test_money_of_a_call_that_was_made_elsewhere_counts_in_a_quota_of_money(quotas):
    where = place(limit(1000, "nusd"))
    quotas.count(where, outcome(cost_nusd=70), NOW)

    assert stands(quotas, where) == {("nusd", "day"): (1000, 70, 0)}


def shut(quotas, where, now=NOW):
    """Until when a model is not to be asked, and whether a limit of it is closed."""
    [found] = quotas.candidates((where,), now)
    return found.state.open_until, [one.left for one in found.windows]


def test_a_model_that_is_to_pause_is_off_until_then_and_no_other(quotas):
    where, other = place(limit(9)), place(limit(9), model="n")

    quotas.pause(where, NOW + DAY, "paused by me")

    assert shut(quotas, where) == (NOW + DAY, [9])
    assert shut(quotas, other)[0] is None
    [found] = quotas.candidates((where,), NOW)
    assert (found.state.why, found.state.is_off) == ("paused by me", True)


def test_a_model_is_enabled_with_its_account_and_its_counts_of_failures_begin_anew(quotas):
    where = place(limit(9))
    quotas.pause(where, NOW + DAY, "paused by me")
    quotas.learn(where, Outcome("auth", NOW, http=401), NOW)

    quotas.enable(where)

    [found] = quotas.candidates((where,), NOW)
    assert (found.state.open_until, found.state.failures_in_a_row, found.state.why) == (None, 0, "")


def test_how_a_model_has_answered_is_forgotten_and_what_it_used_is_not(quotas):
    where = place(limit(9))
    held(quotas, where, 1)
    quotas.learn(where, Outcome("server", NOW, http=500), NOW)

    quotas.reset(where)

    [found] = quotas.candidates((where,), NOW)
    assert (found.state.failures, found.state.failures_in_a_row) == (0.0, 0)
    assert shut(quotas, where) == (None, [8])
