"""The ledger's promises: nothing counted twice, nothing given back, no limit passed by a hold."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import ai_sessions
from ai_sessions.ledger import pools
from ai_sessions.ledger.contract import END, UNPRICED, Earlier, Lease, Need, Used, Window
from ai_sessions.records import stamp

from .conftest import CENT, NOW, call, lease, ledger_at, window

PYLIB = Path(ai_sessions.__file__).parents[1]
HOLDER = Path(__file__).with_name("ledger_holder.py")


def used(ledger, pool="all", **span):
    """Cents that were used of a pool."""
    [found] = ledger.view([Window(pool, END, **span)]).windows
    return found.used / CENT


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

    assert ledger.earlier("claude", "green") == Earlier(2, 30 * CENT, 1)
    assert ledger.earlier("claude", "green").mean_nusd == 15 * CENT
    assert ledger.earlier("codex", "green").mean_nusd is None


def test_calls_that_never_had_a_price_cost_nothing_that_is_known(ledger):
    ledger.record([call("1", None, tokens={"input": 5})])

    assert ledger.earlier("claude", "green").mean_nusd == 0


def test_holds_never_pass_a_limit_together(ledger):
    ledger.record([call("1", 20)])

    assert ledger.reserve(lease("a", 50), [window(100)])
    assert not ledger.reserve(lease("b", 31), [window(100)])
    assert ledger.reserve(lease("c", 30), [window(100)])
    [found] = ledger.view([window(100)]).windows
    assert (found.used, found.held) == (20 * CENT, 80 * CENT)


def test_all_windows_have_room_or_nothing_is_held(ledger):
    needs = (Need("all", 10 * CENT), Need("model:opus", 10 * CENT))
    windows = [window(100), window(5, "model:opus*")]

    assert not ledger.reserve(Lease("a", needs), windows)
    assert ledger.view(windows).holders == ()


def test_one_call_at_a_time_may_use_more_than_it_holds(ledger):
    assert ledger.reserve(lease("a", 1, open=True), [window(100)])
    assert not ledger.reserve(lease("b", 1, open=True), [window(100)])
    assert ledger.reserve(lease("c", 1, "session:x", open=True), [window(100, "session:x")])
    assert ledger.reserve(lease("d", 1), [window(100)])
    assert [(one.call, one.open) for one in ledger.view([window(100)]).holders] == [
        ("a", True),
        ("d", False),
    ]


def test_requests_and_tokens_are_limited_in_the_same_tables(ledger):
    minute = Window("openrouter", 2, 60, 120, "requests")
    tokens = Window("openrouter", 1000, 0, 86400, "tokens")

    def ask(id_, wanted):
        needs = (Need("openrouter", 1, 60, "requests"), Need("openrouter", wanted, 0, "tokens"))
        return ledger.reserve(Lease(id_, needs), [minute, tokens])

    assert [ask("a", 600), ask("b", 600), ask("c", 400), ask("d", 0)] == [True, False, True, False]


@pytest.mark.parametrize("end", ["record", "release"])
def test_a_lease_ends_with_its_call(ledger, end):
    ledger.reserve(lease("a", 70), [window(100)])
    ledger.record([call("a", 3)]) if end == "record" else ledger.release("a")

    [found] = ledger.view([window(100)]).windows
    assert (found.used, found.held) == (3 * CENT if end == "record" else 0, 0)


def test_a_call_of_which_nobody_knows_the_end_counts_as_what_it_held(ledger):
    ledger.reserve(lease("a", 70), [window(100)])
    ledger.presume("a")
    ledger.presume("a")

    [found] = ledger.view([window(100)]).windows
    assert (found.used, found.held, found.presumed) == (70 * CENT, 0, 1)
    assert used(ledger, pools.task("/shop", "a", "T1.1")) == 70


def test_until_somebody_tells_what_it_cost(ledger):
    ledger.reserve(lease("a", 70), [window(100)])
    ledger.presume("a")
    ledger.record([call("a", None, status="interrupted")])
    assert used(ledger) == 70
    ledger.record([call("a", 3)])

    [found] = ledger.view([window(100)]).windows
    assert (found.used, found.presumed) == (3 * CENT, 0)


def test_quotas_of_a_call_that_was_cut_off_are_used(ledger):
    minute = Window("openrouter", 2, 60, 120, "requests")
    ledger.reserve(Lease("a", (Need("openrouter", 1, 60, "requests"),), facts=call("a")), [minute])
    ledger.presume("a")

    assert ledger.view([minute]).windows[0].used == 1


def hung(root: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(HOLDER), str(root)],
        **{"stdout": subprocess.PIPE, "stdin": subprocess.PIPE, "text": True},
        env={**os.environ, "PYTHONPATH": str(PYLIB)},
    )


def test_a_killed_call_counts_as_what_it_held(root, ledger):
    process = hung(root)
    with process:
        assert process.stdout.readline() == "held\n"
        [before] = ledger.view([window(100)]).windows
        process.send_signal(signal.SIGKILL)
    [after] = ledger.view([window(100)]).windows

    assert (before.used, before.held) == (0, 70 * CENT)
    assert (after.used, after.held, after.presumed) == (70 * CENT, 0, 1)


def test_a_lease_of_another_machine_ends_with_its_time(root, ledger, monkeypatch):
    soon = pools.bucket_of(stamp(NOW)) + 10**12
    ledger.reserve(lease("a", 70, until=1), [window(100)])
    ledger.reserve(lease("b", 20, until=soon), [window(100)])
    monkeypatch.setattr("ai_sessions.processes.table.machine", lambda: "another")

    [found] = ledger.view([window(100)]).windows
    assert (found.used, found.held) == (70 * CENT, 20 * CENT)


def test_a_number_that_another_process_has_now_is_no_owner(root, ledger, monkeypatch):
    ledger.reserve(lease("a", 70), [window(100)])
    real = ai_sessions.processes.table.of(os.getpid())
    real.start += "0"
    monkeypatch.setattr("ai_sessions.processes.table.of", lambda _pid: real)

    assert ledger.view([window(100)]).windows[0].used == 70 * CENT


def test_threads_that_reserve_at_once_hold_no_more_than_there_is(root):
    def try_one(number: int) -> bool:
        return ledger_at(root).reserve(lease(str(number), 10), [window(95)])

    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(try_one, range(24)))
    assert sum(got) == 9


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
    """The last word on each call, but a known cost before an unknown one."""
    ledger = ledger_at(tmp_path_factory.mktemp("ledger"))
    for id_, facts in told:
        ledger.record([call(id_, **facts)])
    last = {}
    for id_, facts in told:
        before = last.get(id_, {})
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
