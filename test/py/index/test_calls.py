"""Totals of calls by what one asks for, exact to the nano-dollar, and never read twice."""

import collections
import os
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test.py.conftest import reported

from ai_sessions import times
from ai_sessions.accounting import reports
from ai_sessions.index.calls import Wanted, by
from ai_sessions.records import About
from ai_sessions.store.files.source import FileSource

BERLIN = ZoneInfo("Europe/Berlin")
ROW = {
    "name": "implement-pay",
    "command": "implement",
    "feature": "pay",
    "project": "/src/shop",
    "interface": "telegram",
}


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
    facts = {**ROW, **(row or {})}
    return {**_entry(**changes), **facts, "session": facts.pop("name")}


@pytest.mark.parametrize("key", ["day", "week", "month"])
@pytest.mark.parametrize("at", ["9999-12-31T23:59:59.999Z", "0001-01-01T00:00:00.000Z"])
@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Kiritimati"])
def test_a_time_that_some_zones_cannot_have_is_none(report, key, at, zone):
    groups = report(key, [_call(ts=at), _call()], ZoneInfo(zone))

    assert [sums["interactions"] for sums in groups.values()] == [1, 1]
    assert reports.title(key, reports.NONE) in [reports.title(key, name) for name in groups]


def test_a_group_has_its_calls_tokens_and_cost(report):
    groups = report(
        "feature", [_call(), _call(), _call({"name": "plan-ship", "feature": "ship"}, cost_nusd=9)]
    )

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
        ("interface", "telegram"),
    ],
)
def test_everything_can_be_asked_for(report, key, name):
    assert list(report(key, [_call()], UTC)) == [name]


def test_every_key_has_a_test():
    asked = test_everything_can_be_asked_for.pytestmark[0].args[1]

    assert tuple(key for key, _ in asked) == reports.KEYS


@pytest.mark.parametrize("key", [key for key in reports.KEYS if key != "session"])
def test_what_a_call_does_not_have_is_counted_all_the_same(report, key):
    bare = {"tokens": {}, "cost_nusd": None, "model": "", "status": "auth", "provider": ""}
    empty = dict.fromkeys(("command", "feature", "project", "interface"), "")
    empty["name"] = "plan"
    groups = report(key, [_call(empty, ts="", task="", **bare)])

    assert list(groups) == [reports.NONE]
    assert (groups[reports.NONE]["interactions"], groups[reports.NONE]["errors"]) == (1, 1)


def test_an_unknown_cost_is_counted_and_never_zero(report):
    groups = report("model", [_call(model="x", cost_nusd=None)])

    assert groups["x"]["cost"] is None
    assert groups["x"]["unknown_costs"] == 1


def test_the_known_part_of_a_sum_is_shown_beside_the_unknown_calls(report):
    total = report("provider", [_call(), _call(cost_nusd=None)])["claude"]

    assert (total["cost"], total["unknown_costs"], total["interactions"]) == (0.002, 1, 2)


def test_each_model_of_a_call_gets_its_tokens_and_the_asked_one_the_call(report):
    used = {"haiku": {"input": 10, "output": 1}, "opus": {"input": 90, "output": 9}}
    groups = report("model", [_call(model="opus", by_model=used)])

    assert groups["opus"]["input_tokens"] == 90
    assert groups["opus"]["interactions"] == 1
    assert groups["opus"]["cost_nusd"] == 2_000_000
    assert groups["haiku"]["input_tokens"] == 10
    assert groups["haiku"]["interactions"] == 0
    assert groups["haiku"]["cost"] == 0.0


@pytest.mark.parametrize(("other", "costs"), [(3, (7, 3)), (4, (10, 0))])
def test_each_model_of_a_call_gets_its_cost_when_that_adds_up(report, other, costs):
    used = {"opus": {"input": 90, "cost_nusd": 7}, "haiku": {"input": 10, "cost_nusd": other}}
    groups = report("model", [_call(model="opus", by_model=used, cost_nusd=10)])

    assert (groups["opus"]["cost_nusd"], groups["haiku"]["cost_nusd"]) == costs


def test_a_day_is_that_of_the_zone(report):
    late = _call(ts="2026-11-20T23:30:00.000Z")

    assert list(report("day", [late], BERLIN)) == ["2026-11-21"]
    assert list(report("day", [late], UTC)) == ["2026-11-20"]


def test_a_day_on_which_the_clocks_change_has_all_its_hours(report):
    hours = [f"2026-10-{24 + hour // 24}T{hour % 24:02d}:30:00Z" for hour in range(21, 48)]
    groups = report("day", [_call(ts=at) for at in hours], BERLIN)

    found = {name: group["interactions"] for name, group in groups.items()}
    assert found == {"2026-10-24": 1, "2026-10-25": 25, "2026-10-26": 1}


def test_days_are_in_order_of_time_and_groups_in_order_of_cost(report):
    calls = [
        _call(ts="2026-11-20T10:00:00Z", model="cheap", cost_nusd=1),
        _call(ts="2026-11-02T10:00:00Z", model="dear", cost_nusd=5),
        _call(ts="2026-10-31T10:00:00Z", model="cheap", cost_nusd=2),
    ]

    assert list(report("month", calls, UTC)) == ["2026-10", "2026-11"]
    assert list(report("week", calls, UTC)) == ["2026-W44", "2026-W45", "2026-W47"]
    assert list(report("model", calls)) == ["dear", "cheap"]


def test_a_period_has_its_beginning_and_not_its_end(report):
    times = ["2026-11-01T00:00:00Z", "2026-11-07T23:59:59Z", "2026-11-08T00:00:00Z", "broken"]
    calls = [_call(ts=at) for at in times]
    week = Wanted(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 8, tzinfo=UTC))

    assert report("provider", calls, wanted=week)["claude"]["interactions"] == 2
    assert report("provider", calls)["claude"]["interactions"] == 4


SECONDS = st.integers(1_793_000_000, 1_796_000_000)
TOKENS = st.fixed_dictionaries(dict.fromkeys(("input", "output", "cache_read"), st.integers(0, 99)))
SHARE = st.builds(
    lambda tokens, cost: {**tokens, **({} if cost is None else {"cost_nusd": cost})},
    TOKENS,
    st.one_of(st.none(), st.integers(0, 99)),
)


@st.composite
def a_call(draw):
    at = datetime.fromtimestamp(draw(SECONDS), UTC).isoformat()
    name = draw(st.sampled_from(("a", "b", "c")))
    return _call(
        {"name": f"plan-{name}", "feature": name, "command": "plan", "project": f"/src/{name}"},
        ts=draw(st.sampled_from((at, at, at, "broken"))),
        model=draw(st.sampled_from(("x", "y", ""))),
        task=draw(st.sampled_from(("", "T1"))),
        status=draw(st.sampled_from(("ok", "limit"))),
        tokens=draw(TOKENS),
        by_model=(shares := draw(st.dictionaries(st.sampled_from(("x", "z")), SHARE))),
        cost_nusd=draw(st.one_of(st.none(), st.integers(0, 2**63 - 1), st.just(_told(shares)))),
    )


def _told(shares):
    return sum(share.get("cost_nusd", 0) for share in shares.values())


def slowly(key, calls, zone):
    """Group -> calls, errors, unknown costs, nano-dollars, tokens in."""
    groups = collections.defaultdict(lambda: [0] * 5)
    for one in calls:
        at = times.read(one["ts"])
        local = at.astimezone(zone) if at else None
        periods = {
            "day": local and local.date().isoformat(),
            "month": local and local.date().isoformat()[:7],
            "week": local and "{:04d}-W{:02d}".format(*local.isocalendar()[:2]),
            "task": one["task"] and f"{one['feature']} {one['task']}",
        }
        name = periods[key] if key in periods else one[key]
        sums = groups[name or reports.NONE]
        cost = one["cost_nusd"]
        for place, more in enumerate((1, one["status"] != "ok", cost is None, cost or 0)):
            sums[place] += more
        shares = one["by_model"] if key == "model" else {}
        for model, tokens in (shares or {name: one["tokens"]}).items():
            groups[model or reports.NONE][4] += tokens["input"]
        costs = {model: tokens.get("cost_nusd") for model, tokens in shares.items()}
        if costs and None not in costs.values() and _told(shares) == cost:
            sums[3] -= cost
            for model, nusd in costs.items():
                groups[model][3] += nusd
    return dict(groups)


@settings(deadline=None)
@given(st.lists(a_call(), max_size=25), st.sampled_from(reports.KEYS))
def test_figures_are_those_of_reading_all_logs(calls, key):
    names = ("interactions", "errors", "unknown_costs", "cost_nusd", "input_tokens")
    found = reported(key, calls, BERLIN)

    assert {name: [group[one] for one in names] for name, group in found.items()} == slowly(
        key, calls, BERLIN
    )


def test_calls_that_were_carried_over_count_as_many_as_they_were(report):
    carries = {"interactions": 7, "unknown_costs": 2, "errors": 3}
    groups = report("model", [_call(status="carried", detail=carries)])

    (found,) = groups.values()
    assert (found["interactions"], found["unknown_costs"], found["errors"]) == (7, 2, 3)


def test_only_what_is_new_is_read(library, monkeypatch):
    library.say("plan-a", "hello")
    library.say("plan-b", "hello")
    by(library.index, "session")
    library.say("plan-a", "more")
    library.store.rename("plan-b", "plan-c")
    monkeypatch.setattr(FileSource, "follow", once_each(FileSource.follow))

    found = by(library.index, "session").answer
    assert {name: one["interactions"] for name, one in found.items()} == {"plan-a": 2, "plan-c": 1}
    assert by(library.index, "session").answer == found


def test_sums_forget_a_session_that_is_gone_and_calls_that_are_gone(library):
    for name in ("plan-a", "plan-a", "plan-b"):
        library.say(name, "hello", feature="pay")
    by(library.index, "feature")
    library.store.discard("plan-a")
    assert by(library.index, "feature").answer["pay"]["interactions"] == 1

    library.store.discard("plan-b")
    library.store.ensure("plan-b", About("plan", "pay"))
    assert by(library.index, "feature").answer == {}


def once_each(inner):
    seen = []

    def follow(source, name, bookmark=""):
        assert name not in seen
        seen.append(name)
        increment = inner(source, name, bookmark)
        assert increment.whole is (name == "plan-c")
        return increment

    return follow


def test_a_session_that_cannot_be_read_is_told_and_hides_no_other(library):
    library.say("plan-a", "hello")
    library.say("plan-b", "hello")
    (library.root / "plan-a/journal.jsonl").unlink()
    os.mkfifo(library.root / "plan-a/journal.jsonl")

    told = by(library.index, "session")
    assert list(told.answer) == ["plan-b"]
    assert [line.partition(" is ")[0] for line in told.unreadable] == ["plan-a"]


@settings(deadline=None)
@given(st.lists(st.one_of(st.none(), st.integers(0, 10**12)), max_size=60), st.randoms())
def test_groups_add_up_to_the_total_in_any_order(costs, random):
    calls = [
        _call({"name": f"s{number % 3}", "feature": f"f{number % 3}"}, cost_nusd=cost)
        for number, cost in enumerate(costs)
    ]
    random.shuffle(calls)

    groups = reported("feature", calls).values()

    assert sum(group["unknown_costs"] for group in groups) == costs.count(None)
    assert sum(group["cost_nusd"] for group in groups) == sum(filter(None, costs))
