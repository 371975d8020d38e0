"""Totals of calls by what one asks for, exact to the nano-dollar."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_sessions.accounting import reports

BERLIN = ZoneInfo("Europe/Berlin")
ROW = {"name": "implement-pay", "command": "implement", "feature": "pay", "project": "/src/shop"}


def _entry(**changes):
    entry = {
        "type": "interaction",
        "ts": "2026-11-20T10:00:00.000Z",
        "provider": "claude",
        "model": "claude-sonnet-4-5",
        "task": "T1.1",
        "tokens": {"input": 1000, "output": 50, "cache_read": 600, "cache_write": 0},
        "cost_nusd": 2_000_000,
        "cost_source": "client",
        "status": "ok",
        "by_model": {},
    }
    return {**entry, **changes}


def _call(row=None, **changes):
    return reports.call({**ROW, **(row or {})}, _entry(**changes))


def test_a_group_has_its_calls_tokens_and_cost():
    groups = reports.by("feature", [_call(), _call(), _call({"feature": "ship"}, cost_nusd=9)])

    assert list(groups) == ["pay", "ship"]
    assert groups["pay"]["interactions"] == 2
    assert groups["pay"]["input_tokens"] == 2000
    assert groups["pay"]["cache_read_tokens"] == 1200
    assert groups["pay"]["cost_nusd"] == 4_000_000
    assert groups["pay"]["cost"] == 0.004
    assert groups["pay"]["cache_share"] == 0.6


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("session", "implement-pay"),
        ("feature", "pay"),
        ("task", "pay T1.1"),
        ("command", "implement"),
        ("provider", "claude"),
        ("model", "claude-sonnet-4-5"),
        ("day", "2026-11-20"),
        ("week", "2026-W47"),
        ("month", "2026-11"),
        ("project", "/src/shop"),
    ],
)
def test_everything_can_be_asked_for(key, name):
    assert list(reports.by(key, [_call()], UTC)) == [name]


def test_every_key_has_a_test():
    asked = test_everything_can_be_asked_for.pytestmark[0].args[1]

    assert tuple(key for key, _ in asked) == reports.KEYS


@pytest.mark.parametrize("key", reports.KEYS)
def test_what_a_call_does_not_have_is_counted_all_the_same(key):
    bare = {"tokens": {}, "cost_nusd": None, "model": "", "status": "auth"}

    groups = reports.by(key, [reports.call({"name": ""}, bare)])

    assert list(groups) == [reports.NONE]
    assert (groups[reports.NONE]["interactions"], groups[reports.NONE]["errors"]) == (1, 1)


def test_an_unknown_cost_is_counted_and_never_zero():
    groups = reports.by("model", [_call(model="x", cost_nusd=None)])

    assert groups["x"]["cost"] is None
    assert groups["x"]["unknown_costs"] == 1


def test_the_known_part_of_a_sum_is_shown_beside_the_unknown_calls():
    total = reports.by("provider", [_call(), _call(cost_nusd=None)])["claude"]

    assert (total["cost"], total["unknown_costs"], total["interactions"]) == (0.002, 1, 2)


def test_each_model_of_a_call_gets_its_tokens_and_the_asked_one_the_call():
    used = {"haiku": {"input": 10, "output": 1}, "opus": {"input": 90, "output": 9}}
    groups = reports.by("model", [_call(model="opus", by_model=used)])

    assert groups["opus"]["input_tokens"] == 90
    assert groups["opus"]["interactions"] == 1
    assert groups["opus"]["cost_nusd"] == 2_000_000
    assert groups["haiku"]["input_tokens"] == 10
    assert groups["haiku"]["interactions"] == 0
    assert groups["haiku"]["cost"] == 0.0


def test_a_day_is_that_of_the_zone():
    late = _call(ts="2026-11-20T23:30:00.000Z")

    assert list(reports.by("day", [late], BERLIN)) == ["2026-11-21"]
    assert list(reports.by("day", [late], UTC)) == ["2026-11-20"]


def test_a_day_on_which_the_clocks_change_has_all_its_hours():
    hours = [f"2026-10-{24 + hour // 24}T{hour % 24:02d}:30:00Z" for hour in range(21, 48)]
    groups = reports.by("day", [_call(ts=at) for at in hours], BERLIN)

    found = {name: group["interactions"] for name, group in groups.items()}
    assert found == {"2026-10-24": 1, "2026-10-25": 25, "2026-10-26": 1}


def test_a_week_is_titled_with_its_days_and_other_groups_with_their_names():
    assert reports.title("week", "2026-W48") == "2026-W48 (Nov 23-29)"
    assert reports.title("week", reports.NONE) == reports.NONE
    assert reports.title("day", "2026-11-28") == "2026-11-28"


def test_days_are_in_order_of_time_and_groups_in_order_of_cost():
    calls = [
        _call(ts="2026-11-20T10:00:00Z", model="cheap", cost_nusd=1),
        _call(ts="2026-11-02T10:00:00Z", model="dear", cost_nusd=5),
        _call(ts="2026-10-31T10:00:00Z", model="cheap", cost_nusd=2),
    ]

    assert list(reports.by("month", calls, UTC)) == ["2026-10", "2026-11"]
    assert list(reports.by("week", calls, UTC)) == ["2026-W44", "2026-W45", "2026-W47"]
    assert list(reports.by("model", calls)) == ["dear", "cheap"]


def test_a_period_has_its_beginning_and_not_its_end():
    times = ["2026-11-01T00:00:00Z", "2026-11-07T23:59:59Z", "2026-11-08T00:00:00Z", "broken"]
    calls = [_call(ts=at) for at in times]

    found = list(reports.between(calls, datetime(2026, 11, 1, tzinfo=UTC), _utc(2026, 11, 8)))

    assert [one["ts"] for one in found] == times[:2]
    assert len(list(reports.between(calls))) == 4


@pytest.mark.parametrize(
    ("value", "drawn"),
    [(0, ""), (-1, ""), (0.001, "▏"), (1, "▌"), (8, "████"), (5, "██▌"), (99, "████")],
)
def test_a_bar_is_drawn_in_eighths(value, drawn):
    assert reports.bar(value, 8, width=4) == drawn


@given(st.lists(st.one_of(st.none(), st.integers(0, 10**12)), max_size=60), st.randoms())
def test_groups_add_up_to_the_total_in_any_order(costs, random):
    calls = [
        _call({"feature": f"f{number % 3}"}, cost_nusd=cost) for number, cost in enumerate(costs)
    ]
    random.shuffle(calls)

    groups = reports.by("feature", calls).values()

    assert sum(group["unknown_costs"] for group in groups) == costs.count(None)
    assert sum(group["cost_nusd"] for group in groups) == sum(filter(None, costs))


def test_a_hundred_thousand_calls_add_up_to_the_nano_dollar():
    one = _call(cost_nusd=1_234_567)

    (group,) = reports.by("provider", (one for _ in range(100_000))).values()
    assert group["cost_nusd"] == 123_456_700_000


def _utc(*parts):
    return datetime(*parts, tzinfo=UTC)
