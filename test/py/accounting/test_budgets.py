"""Limits on money: what counts, what is left, when to warn and when to refuse."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_sessions.accounting import budgets
from ai_sessions.accounting.budgets import Allowance, Call, Limit, Spent
from ai_sessions.errors import ConfigError, LimitReached

DOLLAR = 1_000_000_000
NEXT = Call(
    at=datetime(2026, 11, 21, 12, tzinfo=UTC),
    session="implement-pay",
    feature="pay",
    task="T1.1",
    project="/src/shop",
    model="claude-opus-4-1",
)


def _spent(limit, *calls, zone=UTC, upcoming=NEXT):
    return budgets.spent([limit], calls, upcoming, zone)


def _call(**changes):
    call = {
        "ts": "2026-11-21T08:00:00Z",
        "session": "implement-pay",
        "feature": "pay",
        "task": "T1.1",
        "project": "/src/shop",
        "model": "claude-opus-4-1",
        "cost_nusd": DOLLAR,
    }
    return {**call, **changes}


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
    ("scope", "other"),
    [
        ("task", {"task": "T1.2"}),
        ("task", {"feature": "ship"}),
        ("task", {"project": "/src/other"}),
        ("feature", {"feature": "ship"}),
        ("feature", {"project": "/src/other"}),
        ("session", {"session": "plan-pay"}),
        ("day", {"ts": "2026-11-20T23:59:59Z"}),
        ("day", {"ts": "no time"}),
        ("month", {"ts": "2026-10-31T23:59:59Z"}),
    ],
)
def test_only_what_the_limit_is_for_counts(scope, other):
    (found,) = _spent(Limit(scope, 9 * DOLLAR), _call(), _call(**other))

    assert found.nusd == DOLLAR
    assert found.left_nusd == 8 * DOLLAR


def test_a_day_limit_counts_every_session_and_feature():
    others = _call(session="plan-x", feature="x", project="/elsewhere", model="gpt-5")

    (found,) = _spent(Limit("day", 9 * DOLLAR), _call(), others)

    assert found.nusd == 2 * DOLLAR


def test_a_day_is_that_of_the_zone():
    late = _call(ts="2026-11-20T23:30:00Z")

    (found,) = _spent(Limit("day", DOLLAR), late, zone=ZoneInfo("Europe/Berlin"))

    assert found.nusd == DOLLAR


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Pacific/Auckland", "America/Havana", "UTC"])
@pytest.mark.parametrize("scope", ["day", "month"])
def test_budgets_and_reports_count_the_same_days(report, zone, scope):
    whose, start = ZoneInfo(zone), datetime(2026, 10, 23, tzinfo=UTC)
    calls = [_call(ts=(start + timedelta(minutes=30 * n)).isoformat()) for n in range(48 * 12)]
    groups = report(scope, [{**one, "tokens": {}, "session": "plan"} for one in calls], whose)

    for one in calls[::7]:
        at = datetime.fromisoformat(one["ts"])
        (found,) = _spent(Limit(scope, DOLLAR), *calls, zone=whose, upcoming=replace(NEXT, at=at))
        name = at.astimezone(whose).date().isoformat()[: 10 if scope == "day" else 7]
        assert found.nusd == groups[name]["cost_nusd"]


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

    found = _spent(Limit("model", DOLLAR, name), upcoming=upcoming)

    assert bool(found) is holds


def test_a_limit_for_something_the_call_has_none_of_does_not_hold():
    chat = Call(NEXT.at, session="ideas")

    assert _spent(Limit("task", DOLLAR), _call(task=""), upcoming=chat) == ()
    assert _spent(Limit("feature", DOLLAR), _call(feature=""), upcoming=chat) == ()


def test_a_limit_of_one_call_does_not_look_at_earlier_ones():
    (found,) = budgets.spent([Limit("call", DOLLAR)], _never(), NEXT, UTC)

    assert found.left_nusd == DOLLAR


def test_without_limits_nothing_is_looked_at():
    assert budgets.spent([], _never(), NEXT, UTC) == ()
    assert budgets.allowance(()) == Allowance(None, ())


def test_a_cost_nobody_knows_is_told_and_not_counted():
    found = _spent(Limit("day", 2 * DOLLAR), _call(cost_nusd=None), _call())

    allowed = budgets.allowance(found)

    assert allowed.left_nusd == DOLLAR
    assert "not counted: 1" in allowed.warnings[0]


def test_the_least_that_any_limit_leaves_is_left():
    found = (
        Spent(Limit("day", 9 * DOLLAR), DOLLAR),
        Spent(Limit("task", 3 * DOLLAR), DOLLAR),
        Spent(Limit("call", 5 * DOLLAR)),
    )

    assert budgets.allowance(found) == Allowance(2 * DOLLAR, ())


@pytest.mark.parametrize(("spent", "warned"), [(799_999_999, False), (800_000_000, True)])
def test_from_four_fifths_on_there_is_a_warning(spent, warned):
    allowed = budgets.allowance([Spent(Limit("day", DOLLAR), spent)])

    assert bool(allowed.warnings) is warned


@pytest.mark.parametrize("spent", [DOLLAR, DOLLAR + 1, 99 * DOLLAR])
def test_a_limit_that_is_used_up_refuses_the_call(spent):
    limits = [Spent(Limit("day", 5 * DOLLAR)), Spent(Limit("model", DOLLAR, "opus"), spent)]

    with pytest.raises(LimitReached, match="model opus budget is used up") as caught:
        budgets.allowance(limits)

    assert caught.value.exit_code == 7


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


def test_a_call_that_cannot_fit_is_refused_before_it_is_paid():
    with pytest.raises(LimitReached, match=r"\$2\.00.*\$1\.00 left"):
        budgets.check_fits(Allowance(DOLLAR), 2 * DOLLAR)


@pytest.mark.parametrize("expected", [None, 0, DOLLAR])
def test_a_call_that_may_fit_goes_on(expected):
    budgets.check_fits(Allowance(DOLLAR), expected)
    budgets.check_fits(Allowance(None), 10**15)


@given(st.lists(st.integers(0, DOLLAR), max_size=30), st.integers(1, 5 * DOLLAR))
def test_overshoot_is_at_most_one_call(costs, limit):
    made = []
    for cost in costs:
        try:
            budgets.allowance(_spent(Limit("day", limit), *made))
        except LimitReached:
            break
        made.append(_call(cost_nusd=cost))

    total = sum(call["cost_nusd"] for call in made)
    last = made[-1]["cost_nusd"] if made else 0
    assert total <= limit + last
    assert total - last < limit


#: What happens next: a call that costs so much and does or does not stop at what it is told wants
#: to begin, or one of those under way ends.
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("begin"), st.integers(0, 3 * DOLLAR), st.booleans()),
        st.tuples(st.just("end"), st.integers(0, 9), st.none()),
    ),
    max_size=40,
)


@given(STEPS, st.integers(1, 5 * DOLLAR), st.lists(st.integers(0, DOLLAR // 10), max_size=3))
def test_calls_at_once_overshoot_by_one_at_most_whatever_they_cost(steps, limit, earlier):
    made = [_paid(cost) for cost in earlier]
    running = []
    for what, number, obeys in steps:
        if what == "end":
            made += [running.pop(number % len(running))[0]] if running else []
        elif room := _room(limit, made, [held for _call, held in running], obeys):
            cost = min(number, room.allowance.left_nusd) if obeys else number
            running.append((_paid(cost), _paid(room.held_nusd, capped=room.capped)))
    made += [call for call, _held in running]

    costs = [call["cost_nusd"] for call in made]
    assert sum(costs) <= max(limit, sum(earlier)) + max(costs, default=0)


def _paid(nusd, **more):
    return _call(cost_nusd=nusd, provider="claude", **more)


def _room(limit, calls, held, obeys):
    """None: it is refused, or has to wait."""
    upcoming = replace(NEXT, provider="claude", obeys=obeys, least_nusd=1)
    try:
        found = budgets.room([Limit("day", limit)], calls, held, upcoming, UTC)
    except LimitReached:
        return None
    return None if found.waits_for else found


def test_while_much_is_left_calls_that_stop_by_themselves_go_on_beside_each_other():
    running = []
    for _ in range(6):
        room = _room(100 * DOLLAR, [_paid(DOLLAR // 10)], running, obeys=True)
        running.append(_paid(room.held_nusd, capped=room.capped))

    assert [call["capped"] for call in running] == [False] + [True] * 5
    assert running[-1]["cost_nusd"] > DOLLAR


def _never():
    raise AssertionError("nobody should look at earlier calls")
    yield
