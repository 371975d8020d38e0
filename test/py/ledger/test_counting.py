"""The ledger's sums: each call in every pool that it is of, nothing counted twice."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ai_sessions.ledger import counting, pools
from ai_sessions.ledger.contract import END, UNPRICED, Earlier, Lease, Need, Used, Window

from .conftest import CENT, call, ledger_at, used, window


def test_a_call_counts_in_every_pool_it_is_of(ledger):
    ledger.record([call("1"), call("2", 5, task="T2", model="haiku", uid="u2", session="plan-b")])

    assert used(ledger) == 15
    assert used(ledger, pools.feature("/shop", "a")) == 15
    assert used(ledger, pools.task("/shop", "a", "T1.1")) == 10
    assert used(ledger, pools.session("u1")) == used(ledger, pools.session_name("plan-a")) == 10
    assert used(ledger, pools.model("claude-opus-4-1")) == 10


@pytest.mark.parametrize(
    ("family", "cents"), [("opus", 10), ("claude", 10), ("opus-4", 10), ("haiku", 5), ("opu", 0)]
)
def test_a_familys_name_covers_its_models(ledger, family, cents):
    ledger.record([call("1"), call("2", 5, model="Haiku")])

    assert used(ledger, pools.family(family)) == cents


def test_what_a_call_spent_on_other_models_counts_for_those(ledger):
    costs = {"claude-opus-4-1": 10 * CENT, "haiku": 20 * CENT}
    by_model = {name: {"input": 1, "cost_nusd": nusd} for name, nusd in costs.items()}
    ledger.record([call("1", 30, by_model=by_model)])

    assert used(ledger, pools.family("opus")) == 10
    assert used(ledger, pools.family("haiku")) == 20
    assert used(ledger) == 30


def test_a_call_counts_once_however_often_it_is_told(ledger):
    for _ in range(3):
        ledger.record([call("1"), call("1")])

    assert used(ledger) == 10


def test_a_later_word_on_its_cost_counts(ledger):
    ledger.record([call("1")])
    ledger.record([call("1", 25)])
    ledger.record([call("1", None)])

    assert used(ledger) == 25
    assert used(ledger, pools.task("/shop", "a", "T1.1")) == 25


def test_a_call_that_moved_counts_where_it_is(ledger):
    ledger.record([call("1")])
    ledger.record([call("1", uid="u2", session="plan-b")])

    assert used(ledger, pools.session("u1")) == 0
    assert used(ledger, pools.session("u2")) == 10
    assert used(ledger) == 10


def test_an_imported_call_counts_nowhere(ledger):
    ledger.record([call("1", command="import")])

    assert used(ledger) == used(ledger, pools.family("opus")) == 0


def test_calls_without_a_price_are_counted_as_such(ledger):
    ledger.record([call("1", None, tokens={"input": 5})])

    [found] = ledger.view([window(100)]).windows
    assert found == Used(window(100), unpriced=1)


def test_money_of_a_time_is_that_of_its_quarters_of_an_hour(ledger):
    quarter = pools.BUCKET_US
    ledger.record([call("1", at="2026-11-28T10:59:59.000Z")])
    ledger.record([call("2", 5, at="2026-11-28T11:00:00.000Z"), call("3", 1, at="no time")])
    eleven = pools.bucket_of("2026-11-28T11:00:00.000Z")

    assert used(ledger, since=eleven, until=eleven + quarter) == 5
    assert used(ledger, since=eleven - quarter, until=eleven) == 10
    assert used(ledger, since=0) == 16


def test_sums_beyond_64_bits_stay_at_the_most_there_is(ledger):
    ledger.record([call("1", cost_nusd=END), call("2", cost_nusd=END)])

    [found] = ledger.view([window(1)]).windows
    assert found.used == END


def test_earlier_calls_of_a_kind_are_summed(ledger):
    ledger.record([call("1", 10), call("2", 20), call("3", 0, status="auth")])
    ledger.record([call("4", 99, purpose="x")])
    ledger.record([call("5", None, tokens={"input": 5}), call("6", None, status="timeout")])

    assert ledger.earlier("claude", "green") == Earlier(2, 30 * CENT, 1, "claude-opus-4-1")
    assert ledger.earlier("claude", "green").mean_nusd == 15 * CENT
    assert ledger.earlier("codex", "green").mean_nusd is None


def test_calls_that_never_had_a_price_cost_nothing_that_is_known(ledger):
    ledger.record([call("1", None, tokens={"input": 5})])

    assert ledger.earlier("claude", "green").mean_nusd == 0


FACTS = st.fixed_dictionaries(
    {
        "cost_nusd": st.none() | st.integers(0, 100),
        "task": st.sampled_from(["T1", "T2"]),
        "model": st.sampled_from(["opus", "haiku"]),
        "uid": st.sampled_from(["", "u1"]),
        "tokens": st.sampled_from([{}, {"input": 1}]),
    }
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.sampled_from("abcd"), FACTS), max_size=12), st.randoms())
def test_in_whatever_order_calls_are_told_sums_are_those_of_the_calls(
    tmp_path_factory, told, mixed
):
    """The last word on each call, but a known cost before an unknown one, and of a call that has a
    session what that session says.
    """
    ledger = ledger_at(tmp_path_factory.mktemp("ledger"))
    for id_, facts in told:
        ledger.record([call(id_, **facts)])
    last = {}
    for id_, facts in told:
        before = last.get(id_, {})
        if before.get("uid") and not facts["uid"]:
            continue
        keeps = before.get("cost_nusd") is not None and facts["cost_nusd"] is None
        last[id_] = {**before, "uid": facts["uid"]} if keeps else facts
    anew = ledger_at(tmp_path_factory.mktemp("ledger"))
    calls = [call(id_, **facts) for id_, facts in last.items()]
    mixed.shuffle(calls)
    anew.record(calls)

    names = ("all", "session:u1", "model:opus*", pools.task("/shop", "a", "T1"))
    windows = [Window(name, 10**6) for name in names]
    assert ledger.view(windows) == anew.view(windows)


def test_a_unit_of_its_own_is_no_money(ledger):
    ledger.record([call("1", None, tokens={"input": 5})])

    assert ledger.view([Window("all", 9, unit=UNPRICED)]).windows[0].used == 1
    assert used(ledger) == 0


def buckets(ledger, pool, unit):
    query = "select bucket from usage where pool = ? and unit = ? order by bucket"
    return ledger.read(lambda one: [row[0] for row in one.execute(query, (pool, unit))])


@pytest.mark.parametrize(
    ("unit", "kept_minutes"), [("requests/minute", 120), ("requests", 45 * 1440)]
)
def test_what_no_window_reaches_back_to_is_forgotten(ledger, unit, kept_minutes):
    now = 10**15
    for ago in (kept_minutes + 1, kept_minutes, 1, 0):
        used = ("quota:a#", unit, now - ago * 60_000_000, 1)
        ledger.write(lambda one, used=used: counting.add_to_quota(used, one))
    ledger.write(lambda one: counting.add_to_quota(("quota:b#", unit, now, 1), one))

    assert buckets(ledger, "quota:a#", unit) == [
        now - ago * 60_000_000 for ago in (kept_minutes, 1, 0)
    ]


def test_money_of_a_quota_is_none_of_a_budget(ledger):
    needs = (Need("all", 3 * CENT), Need("quota:a#", 9 * CENT, unit="nusd"))
    ledger.reserve(Lease("a", needs, facts=call("a", None)), [])
    ledger.presume("a")

    assert used(ledger) == 3
    assert used(ledger, "quota:a#") == 9


def test_of_many_quotas_the_sums_are_asked_for_in_parts(ledger):
    spans = [(f"quota:{number}#", "requests", 0, 9) for number in range(250)]
    ledger.write(lambda one: counting.add_to_quota(("quota:249#", "requests", 5, 7), one))
    ledger.reserve(Lease("a", (Need("quota:120#", 2, 3, "requests"),)), [])
    found = ledger.read(lambda one: counting.quota_sums(one, spans))

    assert {number: sums for number, sums in enumerate(found) if any(sums)} == {
        249: (7, 0, 5),
        120: (0, 2, None),
    }
