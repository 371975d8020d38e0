"""Room under a user's limits: what a call is told, whom it waits for, what it leaves behind."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from ai_sessions.accounting.budgets import Call, Limit
from ai_sessions.errors import LimitReached, LockBusy, QuotaSpent, StorageError
from ai_sessions.ledger import pools
from ai_sessions.ledger.contract import Window
from ai_sessions.ledger.reserving import Budgets, Upcoming
from ai_sessions.records import stamp

from .conftest import CENT, NOW, call, lease, used
from .quota_places import NEED, limit, place, quotas_of
from .quota_places import NOW as QUOTA_NOW

DAY = Limit("day", 100 * CENT)
CALL = Call(
    *(NOW, "plan-a", "u1", "plan", "a", "T1.1", "/shop", "claude-opus-4-1", "claude", "green"),
    obeys=True,
)


def upcoming(id_="next", wait_s=0.0, limits=(), **changes):
    return Upcoming(id_, replace(CALL, **changes), wait_s, 60, limits)


def told(ledger, *limits, **changes):
    """Cents that a call may cost."""
    with Budgets(ledger, limits).reserve(upcoming(**changes)) as reserved:
        left = reserved.allowance.left_nusd
        return None if left is None else left / CENT


def test_before_a_refusal_calls_that_were_cut_off_are_settled(ledger):
    """They count as what they held, until their agents' logs tell what they used."""
    ledger.reserve(lease("gone", 100), [])
    ledger.presume("gone")

    def settle():
        ledger.record([call("gone", 30)])
        return True

    with Budgets(ledger, [DAY], settle=settle).reserve(upcoming()) as reserved:
        assert reserved.allowance.left_nusd == 70 * CENT
    with pytest.raises(LimitReached, match="cut off counted as what they held: 1"):
        ledger.reserve(lease("other", 100), [])
        ledger.presume("other")
        told(ledger, DAY)


def test_without_a_limit_that_holds_a_call_may_cost_anything(ledger):
    assert told(ledger) is None
    assert told(ledger, Limit("model", CENT, "haiku")) is None
    assert told(ledger, Limit("call", 7 * CENT)) == 7


@pytest.mark.parametrize(
    "limit",
    [
        DAY,
        *(Limit(scope, DAY.nusd) for scope in ("month", "session", "feature", "task")),
        Limit("model", DAY.nusd, "opus"),
    ],
    ids=lambda limit: limit.scope,
)
def test_what_was_spent_of_a_limit_is_gone(ledger, limit):
    ledger.record([call("1", 30)])

    assert told(ledger, limit) == 70


@pytest.mark.parametrize(
    ("scope", "elsewhere"),
    [
        ("session", {"uid": "u2", "session": "plan-b"}),
        ("task", {"task": "T1.2"}),
        ("task", {"feature": "b"}),
        ("task", {"project": "/wiki"}),
        ("feature", {"feature": "b"}),
        ("feature", {"project": "/wiki"}),
        ("day", {"at": stamp(NOW - timedelta(days=40))}),
        ("month", {"at": stamp(NOW - timedelta(days=40))}),
        ("model", {"model": "haiku"}),
    ],
)
def test_only_what_a_limit_is_for_counts(ledger, scope, elsewhere):
    ledger.record([call("1", 10), call("2", 30, **elsewhere)])
    limit = Limit(scope, DAY.nusd, "opus" if scope == "model" else "")

    assert told(ledger, limit) == 90


def test_a_narrow_limit_counts_its_own_calls_whenever_they_were(ledger):
    ledger.record([call("1", 40, at=stamp(NOW - timedelta(days=400)))])

    assert told(ledger, Limit("feature", DAY.nusd)) == 60


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "Asia/Kathmandu", "America/Havana", "UTC"])
def test_a_day_is_that_of_this_machines_zone(ledger, local_zone, zone):
    local_zone(zone)
    at = datetime(2026, 11, 28, 14, 57, tzinfo=UTC)
    midnight = at.astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
    before = (midnight - timedelta(seconds=1)).astimezone(UTC)
    ledger.record([call("1", 40, at=stamp(before))])
    ledger.record([call("2", 30, at=stamp(midnight.astimezone(UTC)))])

    assert told(ledger, DAY, at=at) == 70


@pytest.mark.parametrize(
    "later", [{"session": "renamed"}, {"uid": "u9"}], ids=["renamed", "made anew"]
)
def test_neither_another_name_nor_a_new_session_gives_the_budget_back(ledger, later):
    ledger.record([call("1", 30)])

    assert told(ledger, Limit("session", DAY.nusd), **later) == 70


def test_a_call_of_no_model_is_taken_for_one_of_the_model_used_last(ledger):
    limit = Limit("model", 100 * CENT, "opus")
    assert told(ledger, limit, model="") is None
    ledger.record([call("1", 100)])

    with pytest.raises(LimitReached, match="model opus budget is used up"):
        told(ledger, limit, model="")


def test_an_alias_is_taken_for_the_model_used_last_that_has_it_as_a_word(ledger):
    limit = Limit("model", 100 * CENT, "claude-opus-4-1")
    ledger.record([call("1", 40)])

    assert told(ledger, limit, model="opus") == 60
    assert told(ledger, limit, model="haiku") is None


ALIASES = [
    ("claude-sonnet-5-5", "sonnet"),
    ("claude-sonnet-4-5", "sonnet"),
    ("claude-sonnet-5-5", "sonnet[1m]"),
    ("sonnet", "sonnet[1m]"),
    ("claude-sonnet-5-5", "Sonnet"),
    ("claude-sonnet-5-5", "opusplan"),
    ("sonnet", "best"),
]


@pytest.mark.parametrize(("limited", "name"), ALIASES)
@pytest.mark.parametrize("last", ["claude-opus-4-1", "claude-sonnet-4-1", "claude-sonnet-5-5"])
def test_a_budget_holds_for_every_alias_that_may_stand_for_its_model(ledger, limited, name, last):
    limit = Limit("model", 100 * CENT, limited)
    ledger.record(
        [call("1", 100, model=f"claude-{limited}-5-5" if limited == "sonnet" else limited)]
    )
    ledger.record([call("2", 1, model=last)])

    with pytest.raises(LimitReached, match=f"model {limited} budget is used up"):
        told(ledger, limit, model=name)


@pytest.mark.parametrize(
    ("limited", "name", "provider"),
    [
        ("claude-sonnet-5-5", "opus", "claude"),
        ("claude-sonnet-5-5", "claude-sonnet-4-5", "claude"),
        ("gpt-5-mini", "gpt-5", "codex"),
        ("gpt-5", "opusplan", "claude"),
        ("claude-sonnet-5-5", "llama3", "openai"),
    ],
)
def test_a_budget_holds_for_no_name_that_is_another_model(ledger, limited, name, provider):
    ledger.record([call("1", 100, model=limited, provider=provider)])

    limit = Limit("model", 100 * CENT, limited)
    assert told(ledger, limit, model=name, provider=provider) is None


@pytest.mark.parametrize("name", ["claude-opus-4-1-20250805", "anthropic/claude-opus-4-1"])
def test_a_budget_holds_for_other_spellings_of_its_model(ledger, name):
    ledger.record([call("1", 100)])

    with pytest.raises(LimitReached, match="budget is used up"):
        told(ledger, Limit("model", 100 * CENT, "claude-opus-4-1"), model=name)


@pytest.mark.parametrize("last", ["claude-opus-4-1", "claude-sonnet-4-1"])
def test_a_call_by_an_alias_holds_its_part_once_in_each_budget_that_it_may_count_in(ledger, last):
    names = ("sonnet", "claude-sonnet-5-5", "claude-sonnet-4-5")
    limits = [Limit("model", 100 * CENT, name) for name in names]
    ledger.record([call("1", 40, model=last)])

    with Budgets(ledger, limits).reserve(upcoming("under way", model="sonnet")):
        found = ledger.view([Window(pools.family(one), 100 * CENT) for one in names]).windows
        assert [one.held for one in found] == [40 * CENT] * 3
        for limit in limits:
            with pytest.raises(LimitReached, match="may need all that is left"):
                told(ledger, limit, model="sonnet")


def test_calls_of_no_model_hold_their_part_of_that_ones_budget(ledger):
    opus = Limit("model", 100 * CENT, "opus")
    kept = Budgets(ledger, [opus])
    ledger.record([call("1", 40)])

    with kept.reserve(upcoming("under way", model="")):
        [found] = ledger.view([Window(pools.family("opus"), opus.nusd)]).windows
        assert (found.used, found.held) == (40 * CENT, 40 * CENT)
        with pytest.raises(LimitReached, match="may need all that is left"):
            told(ledger, opus, model="")


def test_a_cut_off_call_of_no_model_stays_in_the_budget_it_was_held_in(ledger):
    opus = Limit("model", 100 * CENT, "opus")
    ledger.record([call("1", 40)])
    with Budgets(ledger, [opus]).reserve(upcoming("cut off", model="")) as reserved:
        reserved.called = True
    assert used(ledger, pools.family("opus")) == 80

    ledger.record([call("cut off", None, model="", status="interrupted", tokens={})])
    assert used(ledger, pools.family("opus")) == 80


def test_a_call_without_a_session_counts_in_all_but_sessions(ledger):
    ledger.record([call("1", 30, uid="", session="")])

    assert told(ledger, DAY, Limit("session", 99 * CENT), uid="") == 70
    assert told(ledger, Limit("session", 99 * CENT), uid="") == 99


def test_limits_of_the_call_alone_count_too(ledger):
    assert told(ledger, DAY, limits=(Limit("task", 5 * CENT),)) == 5


def test_a_limit_that_is_used_up_refuses(ledger):
    ledger.record([call("1", 100)])

    with pytest.raises(LimitReached, match=r"day budget is used up: \$1.00 of"):
        told(ledger, DAY)


def test_a_prompt_that_alone_costs_more_than_is_left_is_refused(ledger):
    with pytest.raises(LimitReached, match="would cost about"):
        told(ledger, DAY, least_nusd=101 * CENT)


def test_a_call_that_was_not_made_leaves_nothing(ledger):
    with pytest.raises(ValueError, match="before"), Budgets(ledger, [DAY]).reserve(upcoming()):
        raise ValueError("before")

    assert told(ledger, DAY) == 100


@pytest.mark.parametrize("stopped", [KeyboardInterrupt, StorageError])
def test_one_that_was_made_and_is_not_on_record_counts_as_what_it_held(ledger, stopped):
    ledger.record([call("1", 20)])
    with pytest.raises(stopped), Budgets(ledger, [DAY]).reserve(upcoming()) as reserved:
        reserved.called = True
        raise stopped("x")

    with Budgets(ledger, [DAY]).reserve(upcoming("after")) as reserved:
        assert reserved.allowance.left_nusd == 60 * CENT
        assert "cut off, counted as what they held: 1" in reserved.allowance.warnings[0]


def test_one_that_is_on_record_holds_nothing_any_more(ledger):
    with Budgets(ledger, [DAY]).reserve(upcoming()) as reserved:
        reserved.called = True
        ledger.record([call("next", 3)])

    assert told(ledger, DAY) == 97


def test_without_a_limit_a_call_is_known_to_be_under_way_all_the_same(ledger):
    ledger.record([call("1", 20)])
    with Budgets(ledger, []).reserve(upcoming()) as reserved:
        [found] = ledger.view([Window(pools.ALL, 1)]).windows
        assert found.held == 20 * CENT
        reserved.called = True

    assert told(ledger, DAY) == 60


def test_calls_beside_each_other_are_told_what_all_can_cost_together(ledger):
    ledger.record([call("1", 10)])
    budgets = Budgets(ledger, [DAY])
    with budgets.reserve(upcoming("a")) as first, budgets.reserve(upcoming("b")) as second:
        assert first.allowance.left_nusd == 90 * CENT
        assert second.allowance.left_nusd == 40 * CENT
        with pytest.raises(LimitReached, match="may need all that is left"):
            told(ledger, DAY, obeys=False)


def test_a_free_call_has_room_where_another_used_more_than_it_held(ledger):
    ledger.record([call("1", 10), call("2", None, purpose="free", tokens={"input": 1})])
    with Budgets(ledger, [DAY]).reserve(upcoming("open")):
        ledger.record([call("3", 85)])
        assert told(ledger, DAY, purpose="free") == 5


def test_a_call_waits_for_none_that_other_limits_are_for(ledger):
    mine = Limit("session", 50 * CENT)
    with Budgets(ledger, [mine]).reserve(upcoming("a")):
        assert told(ledger, mine, session="plan-b", uid="u2") == 50


def test_one_that_waits_goes_on_when_the_other_is_on_record(ledger, monkeypatch):
    said: list[str] = []
    other = Budgets(ledger, [DAY]).reserve(upcoming("other"))
    other.__enter__()
    clock = iter(range(99))
    monkeypatch.setattr("ai_sessions.ledger.reserving.time.monotonic", lambda: next(clock))

    def pause(_seconds):
        if said:
            ledger.record([call("other", 25)])

    monkeypatch.setattr("ai_sessions.ledger.reserving.time.sleep", pause)
    with Budgets(ledger, [DAY], tell=said.append).reserve(upcoming(wait_s=30)) as reserved:
        assert reserved.allowance.left_nusd == 75 * CENT
    assert said[0].startswith("waiting: what is left of the budget is held by process")


def test_where_the_ledger_cannot_be_asked_only_calls_without_a_limit_go_on(root, ledger):
    root.parent.mkdir(exist_ok=True)
    root.write_text("in the way")
    said: list[str] = []

    with pytest.raises(StorageError):
        told(ledger, DAY)
    with Budgets(ledger, [], tell=said.append).reserve(upcoming()) as reserved:
        assert reserved.allowance.left_nusd is None
    assert said == [], "who cannot put the call on record says so"


def test_a_call_that_others_are_always_faster_than_is_refused_some_time(ledger, monkeypatch):
    monkeypatch.setattr(ledger, "reserve", lambda _lease, _windows: False)
    monkeypatch.setattr("ai_sessions.ledger.reserving._TRIES", 3)

    with pytest.raises(LockBusy, match="again and again"):
        told(ledger, DAY)


def quota(ledger, *limits):
    quotas = quotas_of(ledger)
    return partial(quotas.needs, place(*limits), NEED, QUOTA_NOW)


def test_money_and_quotas_are_held_together_or_not_at_all(ledger):
    ledger.record([call("1", 10)])
    hold = quota(ledger, limit(1))
    budgets = Budgets(ledger, [DAY])

    with budgets.reserve(replace(upcoming("a"), hold=hold)):
        with pytest.raises(QuotaSpent, match="quota:open#acc: 1 of 1 requests used"):
            budgets.reserve(replace(upcoming("b"), hold=hold)).__enter__()
        [found] = ledger.view([Window("all", 100 * CENT)]).windows
        assert found.held == 10 * CENT, "that of the first alone"


def test_a_call_that_was_not_made_gives_both_back(ledger):
    hold = quota(ledger, limit(1))
    for id_ in ("a", "b"):
        with Budgets(ledger, [DAY]).reserve(replace(upcoming(id_), hold=hold)):
            pass


def test_one_that_was_made_counts_in_both(ledger):
    hold = quota(ledger, limit(1))
    with Budgets(ledger, [DAY]).reserve(replace(upcoming("a"), hold=hold)) as reserved:
        reserved.called = True

    with pytest.raises(QuotaSpent), Budgets(ledger, []).reserve(replace(upcoming("b"), hold=hold)):
        pass


def test_a_budget_that_is_used_up_is_no_spent_quota(ledger):
    ledger.record([call("1", 100)])
    hold = quota(ledger, limit(0))

    with (
        pytest.raises(LimitReached, match="budget is used up") as error,
        Budgets(ledger, [DAY]).reserve(replace(upcoming("a"), hold=hold)),
    ):
        pass
    assert not isinstance(error.value, QuotaSpent)


def test_a_quota_holds_without_any_budget_and_makes_nobody_wait(ledger):
    hold = quota(ledger, limit(2))
    kept = Budgets(ledger, [])

    def reserve(id_):
        return kept.reserve(replace(upcoming(id_, wait_s=99), hold=hold))

    with reserve("a"), reserve("b"), pytest.raises(QuotaSpent), reserve("c"):
        pass


def test_a_minute_that_ends_while_a_call_waits_for_money_is_not_held(ledger):
    """What it holds of quotas is asked for again, once there is room for its money."""
    times = iter([QUOTA_NOW])
    where = place(limit(1, period="minute"))
    hold = lambda: quotas_of(ledger).needs(where, NEED, next(times))  # noqa: E731
    other = Budgets(ledger, [DAY]).reserve(upcoming("other"))
    other.__enter__()

    def say(_text):
        other.__exit__(None, None, None)

    with Budgets(ledger, [DAY], tell=say).reserve(replace(upcoming("a", 30), hold=hold)):
        assert next(times, None) is None
