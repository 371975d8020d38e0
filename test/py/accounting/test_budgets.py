"""Limits on money: what counts, what is left, when to warn and when to refuse."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ai_sessions.accounting import budgets
from ai_sessions.accounting.budgets import Allowance, Call, Limit, Room, Spent
from ai_sessions.errors import ConfigError, LimitReached
from ai_sessions.ledger.contract import Earlier, Holder

DOLLAR = 1_000_000_000
NEXT = Call(
    at=datetime(2026, 11, 21, 12, tzinfo=UTC),
    session="implement-pay",
    feature="pay",
    task="T1.1",
    project="/src/shop",
    model="claude-opus-4-1",
)


def test_limits_are_written_in_dollars():
    found = budgets.limits_of({"day": 5, "feature": "12.50", "models": {"opus": 0.1}})

    assert found == (
        Limit("day", 5 * DOLLAR),
        Limit("feature", 12_500_000_000),
        Limit("model", 100_000_000, "opus"),
    )


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ({"yaer": 5}, "yaer"),
        ({"model": 5}, "model"),
        ({"day": 0}, "day=0"),
        ({"day": -1}, "day=-1"),
        ({"day": "lots"}, "lots"),
        ({"day": True}, "True"),
        ({"day": None}, "None"),
        ({"day": float("inf")}, "inf"),
        ({"models": 5}, "models=5"),
        ({"models": {"opus": "x"}}, "opus='x'"),
    ],
)
def test_a_limit_that_is_none_is_named(written, told):
    with pytest.raises(ConfigError, match=told):
        budgets.limits_of(written)


@pytest.mark.parametrize(
    ("name", "model", "holds"),
    [
        ("opus", "claude-opus-4-1", True),
        ("claude-opus-4-1", "claude-opus-4-1", True),
        ("opus", "opus", True),
        ("gpt-5", "gpt-5-mini", True),
        ("opus", "claude-sonnet-4-5", False),
        ("opus", "opusculum", False),
        ("opus", "", False),
    ],
)
def test_a_family_name_covers_its_models(name, model, holds):
    upcoming = Call(NEXT.at, model=model)

    assert bool(budgets.holding_for([Limit("model", DOLLAR, name)], upcoming)) is holds


@pytest.mark.parametrize("scope", ["task", "feature", "session"])
def test_a_limit_for_something_the_call_has_none_of_does_not_hold(scope):
    assert budgets.holding_for([Limit(scope, DOLLAR)], Call(NEXT.at)) == ()
    assert budgets.holding_for([Limit(scope, DOLLAR)], NEXT) == (Limit(scope, DOLLAR),)


def test_a_call_that_nobody_is_billed_for_keeps_no_limit_on_money():
    limit = Limit("day", "day", 10)

    assert budgets.holding_for([limit], NEXT) == (limit,)
    assert budgets.holding_for([limit], replace(NEXT, is_free=True)) == ()


def test_without_limits_a_call_may_cost_anything():
    assert budgets.allowance(()) == Allowance(None, ())
    assert budgets.room((), (), NEXT, Earlier()) == Room(Allowance())


def test_calls_whose_cost_nobody_knows_are_told():
    allowed = budgets.allowance([Spent(Limit("day", 2 * DOLLAR), DOLLAR, unpriced=1, presumed=2)])

    assert allowed.left_nusd == DOLLAR
    assert allowed.warnings == (
        "day budget: calls without a known price, not counted: 1",
        "day budget: calls cut off, counted as what they held: 2",
    )


def test_the_least_that_any_limit_leaves_is_left():
    found = (
        Spent(Limit("day", 9 * DOLLAR), DOLLAR),
        Spent(Limit("task", 3 * DOLLAR), DOLLAR),
        Spent(Limit("call", 5 * DOLLAR)),
    )

    assert budgets.allowance(found) == Allowance(2 * DOLLAR, (), "task")


@pytest.mark.parametrize(("spent", "warned"), [(799_999_999, False), (800_000_000, True)])
def test_from_four_fifths_on_there_is_a_warning(spent, warned):
    allowed = budgets.allowance([Spent(Limit("day", DOLLAR), spent)])

    assert bool(allowed.warnings) is warned


@pytest.mark.parametrize("spent", [DOLLAR, DOLLAR + 1, 99 * DOLLAR])
def test_a_limit_that_is_used_up_refuses_the_call(spent):
    limits = [Spent(Limit("day", 5 * DOLLAR)), Spent(Limit("model", DOLLAR, "opus"), spent)]

    with pytest.raises(LimitReached, match="model opus budget is used up") as caught:
        budgets.allowance(limits)

    assert (caught.value.exit_code, caught.value.facts["budget"]) == (7, "model")


def test_a_refusal_says_that_calls_were_cut_off_and_what_they_count_as():
    with pytest.raises(LimitReached) as caught:
        budgets.allowance([Spent(Limit("month", DOLLAR), DOLLAR, presumed=1)])

    assert caught.value.message == (
        "the month budget is used up: $1.00 of $1.00 spent,"
        " calls cut off counted as what they held: 1"
    )


@pytest.mark.parametrize(
    ("scope", "hint"),
    [
        ("day", "raise BUDGET_DAY, or wait until tomorrow"),
        ("month", "raise BUDGET_MONTH, or wait for the next month"),
        ("feature", "raise BUDGET_FEATURE"),
        ("task", "raise BUDGET_TASK"),
        ("model", "raise BUDGET_MODEL"),
    ],
)
def test_only_a_limit_whose_time_ends_says_to_wait(scope, hint):
    with pytest.raises(LimitReached) as caught:
        budgets.allowance([Spent(Limit(scope, DOLLAR), DOLLAR)])

    assert caught.value.hint == hint


def test_a_refusal_says_when_the_period_ends():
    ends = "2026-12-01T00:00:00.000Z"
    day = Spent(Limit("day", 2 * DOLLAR), DOLLAR, until=ends)
    with pytest.raises(LimitReached) as used_up:
        budgets.allowance([replace(day, nusd=2 * DOLLAR)])
    with pytest.raises(LimitReached) as too_dear:
        budgets.check_fits(budgets.allowance([Spent(Limit("task", 3 * DOLLAR)), day]), 2 * DOLLAR)

    told = {"budget": "day", "until": ends}
    assert used_up.value.facts == too_dear.value.facts == told


def test_a_call_that_cannot_fit_is_refused_before_it_is_paid():
    with pytest.raises(LimitReached, match=r"\$2\.00.*\$1\.00 left"):
        budgets.check_fits(Allowance(DOLLAR), 2 * DOLLAR)


@pytest.mark.parametrize("expected", [None, 0, DOLLAR])
def test_a_call_that_may_fit_goes_on(expected):
    budgets.check_fits(Allowance(DOLLAR), expected)
    budgets.check_fits(Allowance(None), 10**15)


#: What happens next: a call that costs so much and does or does not stop at what it is told wants
#: to begin, or one of those under way ends.
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("begin"), st.integers(0, 3 * DOLLAR), st.booleans()),
        st.tuples(st.just("end"), st.integers(0, 9), st.none()),
    ),
    max_size=40,
)


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(STEPS, st.integers(1, 5 * DOLLAR), st.none() | st.integers(0, DOLLAR // 10))
def test_calls_at_once_overshoot_by_one_at_most_whatever_they_cost(steps, limit, mean):
    made: list[int] = []
    running: list[tuple[int, Holder]] = []
    for what, number, obeys in steps:
        if what == "end":
            made += [running.pop(number % len(running))[0]] if running else []
        elif room := _room(limit, made, [holder for _cost, holder in running], obeys, mean):
            cost = min(number, room.allowance.left_nusd) if obeys else number
            running.append((cost, Holder("", 1, room.open, room.held_nusd)))
    made += [cost for cost, _holder in running]

    assert sum(made) <= limit + max(made, default=0)


def _room(limit, made, holders, obeys, mean=DOLLAR // 10):
    """None: it is refused, or has to wait."""
    upcoming = replace(NEXT, obeys=obeys, least_nusd=1)
    held = sum(holder.held for holder in holders)
    earlier = Earlier() if mean is None else Earlier(1, mean)
    try:
        found = budgets.room(
            [Spent(Limit("day", limit), sum(made), held=held)], holders, upcoming, earlier
        )
    except LimitReached:
        return None
    return None if found.waits_for else found


def test_the_first_may_cost_all_that_is_left_and_those_beside_it_an_equal_share():
    holders: list[Holder] = []
    told = []
    for _ in range(4):
        room = _room(100 * DOLLAR, [], holders, obeys=True)
        told.append(room.allowance.left_nusd * 10 // DOLLAR)
        holders.append(Holder("", 1, room.open, room.held_nusd))

    assert [holder.open for holder in holders] == [True, False, False, False]
    assert told == [1000, 499, 166, 83], "all; half, a third, a quarter of what was left then"


def test_one_that_does_not_stop_by_itself_waits_for_the_first():
    first = Holder("a", 1, True, DOLLAR // 10)

    assert _room(100 * DOLLAR, [], [first], obeys=False) is None
    assert _room(100 * DOLLAR, [], [replace(first, open=False)], obeys=False).open


def test_a_share_of_less_than_such_calls_cost_is_waited_for():
    first = Holder("a", 1, True, DOLLAR // 2)

    assert _room(DOLLAR, [], [first], obeys=True, mean=DOLLAR // 2) is None


def test_where_nobody_knows_what_such_a_call_costs_it_holds_all_that_is_left():
    assert _room(DOLLAR, [DOLLAR // 4], [], obeys=True, mean=None).held_nusd == 3 * DOLLAR // 4


def test_calls_that_are_free_hold_nothing_and_wait_for_nobody():
    first = Holder("a", 1, True, DOLLAR)
    found = [Spent(Limit("day", DOLLAR), held=DOLLAR)]
    room = budgets.room(found, [first], NEXT, Earlier(unpriced=3))

    assert room == Room(Allowance(DOLLAR, (), "day"))


def test_a_model_with_a_price_is_not_free_because_others_were():
    priced = replace(NEXT, least_nusd=1)

    assert budgets.expected(Earlier(unpriced=3), priced) is None
    assert budgets.expected(Earlier(2, 10, unpriced=3), priced) == 5


def test_a_call_that_usually_costs_more_than_is_left_is_refused():
    found = [Spent(Limit("day", DOLLAR), DOLLAR // 2)]

    with pytest.raises(LimitReached, match=r"about \$0.6000, the budget has \$0.5000"):
        budgets.room(found, (), NEXT, Earlier(1, 6 * DOLLAR // 10))


def test_a_limit_on_one_call_is_shared_with_nobody():
    found = [Spent(Limit("call", DOLLAR))]
    room = budgets.room(found, [Holder("a", 1, True, DOLLAR)], NEXT, Earlier(1, 2 * DOLLAR))

    assert (room.allowance.left_nusd, room.waits_for) == (DOLLAR, None)
