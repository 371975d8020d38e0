"""Budgets shared by processes: never counted on twice, free again when a holder dies."""

import contextlib
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import ai_sessions
from ai_sessions.budgets import Call, Limit
from ai_sessions.errors import LimitReached
from ai_sessions.ledger import FOLDER, Ledger
from ai_sessions.records import About, Cost, Interaction, stamp
from ai_sessions.store.files import FileStore

NOW = datetime.now(UTC)
CENT = 10_000_000
DAY = Limit("day", 100 * CENT)
CALL = Call(NOW, "plan-a", "a", "T1.1", "/src/shop", "opus", "claude", "green")
PYLIB = Path(ai_sessions.__file__).parents[1]
CALLER = Path(__file__).with_name("ledger_caller.py")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "sessions"


def spend(root: Path, cents: int | None, session: str = "plan-a", **changes: object) -> None:
    store = FileStore(root, fsync="none")
    about = About(*changes.pop("about", ("plan", "a", "/src/shop")))  # type: ignore[misc]
    store.ensure(session, about)
    cost = Cost() if cents is None else Cost(cents * CENT, "client")
    facts = {"at": stamp(NOW), "provider": "claude", "model": "opus", "purpose": "green"}
    facts |= {"task": "T1.1", **changes}
    store.append(session, [Interaction(id=os.urandom(8).hex(), messages=(), cost=cost, **facts)])  # type: ignore[arg-type]


def left(root: Path, *limits: Limit, call: Call = CALL, **more: bool) -> int | None:
    with Ledger(root, limits, **more).hold(call, None, 0) as allowed:
        return allowed.left_nusd


def test_without_a_limit_that_holds_nothing_is_touched(root):
    assert left(root) is None
    assert left(root, Limit("model", CENT, "haiku")) is None
    assert left(root, Limit("call", 7 * CENT)) == 7 * CENT
    assert not root.exists()


def test_a_call_that_leaves_no_trace_keeps_the_limit_all_the_same(root):
    assert left(root, DAY, holds=False) == 100 * CENT
    assert not root.exists()

    spend(root, 100)
    with pytest.raises(LimitReached, match="day budget is used up"):
        left(root, DAY, holds=False)


def test_what_was_spent_today_is_gone(root):
    spend(root, 30)
    spend(root, 20, "review-b", about=("review", "b", "/src/wiki"))

    assert left(root, DAY) == 50 * CENT


def test_what_was_spent_in_earlier_months_is_not(root):
    for _ in range(2):
        spend(root, 50, at=stamp(NOW - timedelta(days=40)))

    assert left(root, DAY, Limit("month", 90 * CENT)) == 90 * CENT


@pytest.mark.parametrize(
    ("scope", "elsewhere"),
    [
        ("session", {"session": "plan-b"}),
        ("task", {"task": "T1.2"}),
        ("feature", {"session": "plan-b", "about": ("plan", "b", "/src/shop")}),
        ("feature", {"session": "plan-b", "about": ("plan", "a", "/src/wiki")}),
    ],
)
def test_a_narrow_limit_counts_its_own_calls_whenever_they_were(root, scope, elsewhere):
    spend(root, 40, at=stamp(NOW - timedelta(days=400)))
    spend(root, 30, **elsewhere)

    assert left(root, Limit(scope, 100 * CENT)) == 60 * CENT


def test_a_model_is_known_from_totals_without_reading_journals(root):
    spend(root, 40, at=stamp(NOW - timedelta(days=400)), model="claude-opus-4-1")
    spend(root, 20, model="haiku")

    assert left(root, Limit("model", 100 * CENT, "opus")) == 60 * CENT


def test_imported_calls_do_not_count(root):
    spend(root, 500, "import-claude-shop", about=("import", "", "/src/shop"))

    assert left(root, DAY) == 100 * CENT


def test_a_call_that_usually_costs_more_than_is_left_is_refused(root):
    spend(root, 80)

    with pytest.raises(LimitReached, match=r"about \$0.8000, the budget has \$0.2000"):
        left(root, DAY)


def test_a_prompt_that_alone_costs_more_than_a_call_may_is_refused(root):
    with (
        pytest.raises(LimitReached),
        Ledger(root, [Limit("call", CENT)]).hold(CALL, 2 * CENT, 0),
    ):
        pass


def test_from_80_percent_on_it_is_said(root):
    for _ in range(8):
        spend(root, 10)
    with Ledger(root, [DAY]).hold(CALL, None, 0) as allowed:
        assert allowed.warnings == ("day budget: $0.8000 of $1.00 spent, $0.2000 left",)


def test_the_first_call_holds_all_because_nobody_knows_what_it_costs(root):
    with Ledger(root, [DAY]).hold(CALL, None, 0):
        with pytest.raises(LimitReached, match=f"process {os.getpid()}"):
            left(root, DAY)
        assert left(root, Limit("session", CENT), call=replace(CALL, session="plan-b")) == CENT
    assert left(root, DAY) == 100 * CENT


def test_calls_go_on_side_by_side_while_there_is_room_for_the_dearest(root):
    spend(root, 30)
    ledger = Ledger(root, [DAY])
    with ledger.hold(CALL, None, 0) as first, ledger.hold(CALL, None, 0) as second:
        assert (first.left_nusd, second.left_nusd) == (70 * CENT, 40 * CENT)
        with pytest.raises(LimitReached):
            left(root, DAY)


def test_one_that_waits_goes_on_when_the_other_is_on_record(root):
    other = Ledger(root, [DAY]).hold(CALL, None, 0)
    other.__enter__()
    told: list[str] = []

    def end(text: str) -> None:
        told.append(text)
        spend(root, 25)
        other.__exit__(None, None, None)

    with Ledger(root, [DAY], tell=end).hold(CALL, None, 30) as allowed:
        assert allowed.left_nusd == 75 * CENT
    assert told[0].startswith("waiting: what is left of the budget")


def test_a_call_that_failed_gives_its_hold_back(root):
    with contextlib.suppress(ValueError), Ledger(root, [DAY]).hold(CALL, None, 0):
        raise ValueError
    assert left(root, DAY) == 100 * CENT
    assert list((root / FOLDER).glob("*.json")) == []


def test_a_damaged_hold_holds_nothing(root):
    with Ledger(root, [DAY]).hold(CALL, None, 0):
        [path] = (root / FOLDER).glob("*.json")
        path.write_text("{")
        assert left(root, DAY) == 100 * CENT


def caller(root: Path, *words: str) -> subprocess.Popen[str]:
    """A process that makes calls: `spend LIMIT COST` in cents, or `hang LIMIT`."""
    return subprocess.Popen(
        [sys.executable, str(CALLER), str(root), *words],
        stdout=subprocess.PIPE,
        stdin=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(PYLIB)},
    )


def test_a_killed_holder_holds_nothing(root):
    process = caller(root, "hang", "100")
    assert process.stdout and process.stdout.readline() == "held\n"
    with pytest.raises(LimitReached):
        left(root, DAY)

    process.send_signal(signal.SIGKILL)
    process.wait()

    assert left(root, DAY) == 100 * CENT
    process.stdout.close()


def test_processes_that_call_at_once_overshoot_by_one_call_at_most(root):
    """Five of them, each until it is refused; a call costs 7 cents of 50."""
    processes = [caller(root, "spend", "50", "7") for _ in range(5)]
    with ThreadPoolExecutor() as pool:
        outs = list(pool.map(lambda process: process.communicate()[0], processes))

    made = sum(int(out) for out in outs)
    total = sum(session.totals.cost_nusd for session in FileStore(root).sessions())
    assert total == made * 7 * CENT
    assert made == 7
    assert list((root / FOLDER).glob("*.json")) == []
