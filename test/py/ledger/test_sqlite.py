"""The ledger's promises: no limit passed by a hold, nothing given back."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import ai_sessions
from ai_sessions.ledger import pools, reading
from ai_sessions.ledger.contract import Lease, Need, Window
from ai_sessions.records import stamp

from .conftest import CENT, NOW, call, lease, ledger_at, used, window

PYLIB = Path(ai_sessions.__file__).parents[1]
HOLDER = Path(__file__).with_name("ledger_holder.py")


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


def test_imported_calls_that_are_in_another_session_are_withdrawn_and_no_others(root, ledger):
    ledger.record([call("u1:a", 5, command="import"), call("u1:b", 5, command="import")])
    ledger.record([call("u1:a2", 7), call("a", 9)])
    with reading.opened(str(root)) as before:
        version = before.latest()["u1"]

    ledger.withdraw_imported({"a", "a2"})

    with reading.opened(str(root)) as after:
        assert [one["id"] for one in after.calls("u1")] == ["u1:b", "u1:a2", "a"]
        assert after.latest()["u1"] > version
    assert used(ledger) == 16
