"""Budgets shared by processes: never counted on twice, free again when a holder dies."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import ai_sessions
from ai_sessions.accounting.budgets import Call, Limit
from ai_sessions.errors import LimitReached, StorageError
from ai_sessions.index import NAME, Index
from ai_sessions.ledger.holding import Ledger
from ai_sessions.ledger.notes import FOLDER
from ai_sessions.records import About, Cost, Interaction, stamp
from ai_sessions.store.files import FileStore

Tell = Callable[[str], None]

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


def ledger_of(root: Path, limits: Sequence[Limit], tell: Tell = lambda _text: None) -> Ledger:
    return Ledger(root, limits, Index(FileStore(root).source(), str(root)), tell=tell)


def left(root: Path, *limits: Limit, call: Call = CALL) -> int | None:
    with ledger_of(root, limits).hold(call, 0) as allowed:
        return allowed.left_nusd


def unseen(root: Path, *costs: int | None, call: Call = CALL) -> None:
    """A call without a session that cost so many cents."""
    made = [
        {"model": call.model, "status": "ok", "cost_nusd": cost if cost is None else cost * CENT}
        for cost in costs
    ]
    with ledger_of(root, [DAY]).hold(call, 0, lambda: made):
        pass


def test_without_a_limit_that_holds_nothing_is_touched(root):
    assert left(root) is None
    assert left(root, Limit("model", CENT, "haiku")) is None
    assert left(root, Limit("call", 7 * CENT)) == 7 * CENT
    assert not root.exists()


@pytest.mark.parametrize(
    "limit",
    [
        DAY,
        Limit("month", 100 * CENT),
        Limit("feature", 100 * CENT),
        Limit("task", 100 * CENT),
        Limit("model", 100 * CENT, "opus"),
    ],
    ids=lambda limit: limit.scope,
)
def test_a_call_without_a_session_leaves_its_sum(root, limit):
    unseen(root, 20, 10)

    assert left(root, limit) == 70 * CENT
    assert left(root, Limit("session", 100 * CENT)) == 100 * CENT


def test_such_a_sum_is_nobodys_elses_and_no_session(root):
    unseen(root, 20)
    other = replace(CALL, feature="b", task="T2", model="haiku")

    assert (
        left(root, Limit("task", 100 * CENT), Limit("feature", 99 * CENT), call=other) == 99 * CENT
    )
    assert list(FileStore(root).sessions()) == []


def test_what_it_leaves_is_private_and_has_not_a_word_of_it(root):
    unseen(root, 20)
    path = root / FOLDER / "spent.jsonl"

    assert path.stat().st_mode & 0o777 == 0o600
    assert set(json.loads(path.read_text())) == {
        *("ts", "session", "feature", "task", "project", "model", "provider", "purpose"),
        *("status", "cost_nusd"),
    }


def test_one_of_unknown_cost_is_told(root):
    unseen(root, None)

    with ledger_of(root, [DAY]).hold(CALL, 0) as allowed:
        assert allowed.warnings == ("day budget: calls without a known price, not counted: 1",)


@pytest.mark.parametrize("stopped", [KeyboardInterrupt, SystemExit])
def test_one_that_was_stopped_may_have_cost(root, stopped):
    with pytest.raises(stopped), ledger_of(root, [DAY]).hold(CALL, 0, list):
        raise stopped

    with ledger_of(root, [DAY]).hold(CALL, 0) as allowed:
        assert "not counted: 1" in allowed.warnings[0]


def test_a_note_that_was_cut_off_is_left_out_and_the_next_is_whole(root):
    unseen(root, 20)
    path = root / FOLDER / "spent.jsonl"
    path.write_text(path.read_text()[:40])
    unseen(root, 10)
    path.write_text(path.read_text() + "[]\n{}\n3\n")

    assert left(root, DAY) == 90 * CENT


def test_notes_that_were_read_are_not_read_again(root):
    unseen(root, 20, 10)
    assert left(root, DAY) == 70 * CENT
    path = root / FOLDER / "spent.jsonl"
    with path.open("r+b") as file:
        file.write(b"#" * 40)
    unseen(root, 5)

    assert left(root, DAY) == 65 * CENT


def test_notes_are_read_anew_where_the_index_is_gone(root):
    unseen(root, 20)
    assert left(root, DAY) == 80 * CENT
    (root / NAME).unlink()
    unseen(root, 10)

    assert left(root, DAY) == 70 * CENT


def test_only_notes_of_the_time_of_a_limit_count(root):
    unseen(root, 20, call=replace(CALL, at=NOW - timedelta(days=400)))
    unseen(root, 10)

    assert left(root, DAY, Limit("month", 99 * CENT)) == 89 * CENT
    assert left(root, Limit("feature", 100 * CENT)) == 70 * CENT
    assert left(root, Limit("model", 100 * CENT, "opus")) == 70 * CENT


def test_a_model_counts_every_note_however_many_there_are(root):
    old = replace(CALL, at=NOW - timedelta(days=400), feature="b")
    unseen(root, *[1] * 110, None, call=old)

    assert left(root, Limit("model", 200 * CENT, "opus")) == 90 * CENT


def test_where_nothing_can_be_left_it_is_said_and_the_limit_holds(root):
    root.parent.mkdir(exist_ok=True)
    spend(root, 30)
    (root / FOLDER).write_text("in the way")
    told: list[str] = []

    with ledger_of(root, [DAY], tell=told.append).hold(CALL, 0, list) as allowed:
        assert allowed.left_nusd == 70 * CENT
    assert told == [
        f"warning: this call does not count towards your budgets: {root}/{FOLDER}: not a folder"
    ]
    with pytest.raises(StorageError), ledger_of(root, [DAY]).hold(CALL, 0):
        pass


def test_what_was_spent_today_is_gone(root):
    spend(root, 30)
    spend(root, 20, "review-b", about=("review", "b", "/src/wiki"))

    assert left(root, DAY) == 50 * CENT


def test_a_day_is_that_of_this_machines_zone(root, local_zone):
    local_zone("Pacific/Auckland")  # where it is 03:57 on the 29th
    spend(root, 40, at="2026-11-28T10:59:59.000Z", session="plan-yesterday")
    spend(root, 30, at="2026-11-28T11:00:00.000Z")

    at = datetime(2026, 11, 28, 14, 57, tzinfo=UTC)
    assert left(root, DAY, call=replace(CALL, at=at)) == 70 * CENT


@pytest.mark.parametrize(("day", "counts"), [("2026-10-31", 0), ("2026-11-01", 40)])
def test_a_month_counts_sessions_that_were_used_on_its_first_day_alone(root, day, counts):
    then = datetime.fromisoformat(f"{day}T12:00:00+00:00")
    store = FileStore(root, fsync="none", now=lambda: then)
    store.ensure("plan-a", About("plan", "a", "/src/shop"))
    paid = Cost(40 * CENT, "client")
    store.append("plan-a", [Interaction("i", stamp(then), "claude", "opus", (), cost=paid)])

    later = replace(CALL, at=datetime(2026, 11, 20, 12, tzinfo=UTC))
    assert left(root, Limit("month", 100 * CENT), call=later) == (100 - counts) * CENT


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
    dear = replace(CALL, least_nusd=2 * CENT)
    with pytest.raises(LimitReached):
        left(root, Limit("call", CENT), call=dear)


def test_from_80_percent_on_it_is_said(root):
    for _ in range(8):
        spend(root, 10)
    with ledger_of(root, [DAY]).hold(CALL, 0) as allowed:
        assert allowed.warnings == ("day budget: $0.8000 of $1.00 spent, $0.2000 left",)


def test_the_first_call_holds_all_because_nobody_knows_what_it_costs(root):
    with ledger_of(root, [DAY]).hold(CALL, 0):
        with pytest.raises(LimitReached, match=f"process {os.getpid()}"):
            left(root, DAY)
        assert left(root, Limit("session", CENT), call=replace(CALL, session="plan-b")) == CENT
    assert left(root, DAY) == 100 * CENT


def test_the_first_may_cost_all_that_is_left_and_those_beside_it_what_they_hold(root):
    spend(root, 10)
    ledger = ledger_of(root, [DAY])
    obeys = replace(CALL, obeys=True)
    with ledger.hold(obeys, 0) as first, ledger.hold(obeys, 0) as second:
        assert first.left_nusd == 90 * CENT
        assert second.left_nusd == 36 * CENT, "nine tenths of half of what 10 leave of 90"
        with ledger.hold(obeys, 0) as third:
            assert third.left_nusd == 18 * CENT
            with ledger.hold(obeys, 0) as fourth:
                assert fourth.left_nusd == 18 * CENT, "of twice the dearest"
                with pytest.raises(LimitReached):
                    left(root, DAY, call=obeys)


def test_one_that_does_not_stop_by_itself_waits_for_the_other(root):
    spend(root, 1)
    with ledger_of(root, [DAY]).hold(CALL, 0), pytest.raises(LimitReached):
        left(root, DAY)


def test_beside_calls_that_are_told_their_part_one_may_be_told_nothing(root):
    spend(root, 1)
    obeys = replace(CALL, obeys=True)
    with contextlib.ExitStack() as first:
        first.enter_context(ledger_of(root, [DAY]).hold(CALL, 0))
        with ledger_of(root, [DAY]).hold(obeys, 0) as allowed:
            assert allowed.left_nusd == 49 * CENT * 9 // 10
            first.close()
            assert left(root, DAY) == 50 * CENT


@pytest.mark.parametrize("cents", [0, None])
def test_calls_that_are_free_or_have_no_price_do_not_wait(root, cents):
    spend(root, cents)
    with ledger_of(root, [DAY]).hold(CALL, 0), ledger_of(root, [DAY]).hold(CALL, 0) as allowed:
        assert allowed.left_nusd == 100 * CENT


def test_a_model_with_a_price_waits_although_its_provider_was_free_until_now(root):
    spend(root, None, model="llama")
    dear = replace(CALL, least_nusd=1)
    with ledger_of(root, [DAY]).hold(dear, 0), pytest.raises(LimitReached):
        left(root, DAY, call=dear)


def test_that_calls_failed_for_nothing_does_not_make_them_free(root):
    spend(root, 0, status="auth")
    with ledger_of(root, [DAY]).hold(CALL, 0), pytest.raises(LimitReached):
        left(root, DAY)


def test_a_call_waits_for_none_that_other_limits_are_for(root):
    spend(root, 1)
    mine, other = Limit("session", 50 * CENT), replace(CALL, session="plan-b")
    with ledger_of(root, [mine]).hold(CALL, 0), ledger_of(root, [mine]).hold(other, 0) as allowed:
        assert allowed.left_nusd == 50 * CENT


def test_one_that_waits_goes_on_when_the_other_is_on_record(root):
    other = ledger_of(root, [DAY]).hold(CALL, 0)
    other.__enter__()
    told: list[str] = []

    def end(text: str) -> None:
        told.append(text)
        spend(root, 25)
        other.__exit__(None, None, None)

    with ledger_of(root, [DAY], tell=end).hold(CALL, 30) as allowed:
        assert allowed.left_nusd == 75 * CENT
    assert told[0].startswith("waiting: what is left of the budget")


def test_a_call_that_failed_gives_its_hold_back(root):
    with contextlib.suppress(ValueError), ledger_of(root, [DAY]).hold(CALL, 0):
        raise ValueError
    assert left(root, DAY) == 100 * CENT
    assert list((root / FOLDER).glob("*.json")) == []


def test_a_damaged_hold_holds_nothing(root):
    with ledger_of(root, [DAY]).hold(CALL, 0):
        [path] = (root / FOLDER).glob("*.json")
        path.write_text("{")
        assert left(root, DAY) == 100 * CENT


def caller(root: Path, *words: str) -> subprocess.Popen[str]:
    """A process that makes calls, as `ledger_caller.py` says."""
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


def test_a_killed_one_without_a_session_may_have_cost(root):
    process = caller(root, "hang-unseen", "100")
    assert process.stdout and process.stdout.readline() == "held\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()

    with ledger_of(root, [DAY]).hold(CALL, 0) as allowed:
        assert "not counted: 1" in allowed.warnings[0]


def costs_of(processes: list[subprocess.Popen[str]]) -> list[int]:
    """What every call of these processes cost, once all have been refused."""
    with ThreadPoolExecutor() as pool:
        outs = list(pool.map(lambda process: process.communicate()[0], processes))
    assert [process.returncode for process in processes] == [0] * len(processes)
    return [int(line) for out in outs for line in out.split()]


@pytest.mark.parametrize(
    ("what", "costs"),
    [
        ("spend", ["7"]),
        ("spend", ["1", "2", "30"]),
        ("obey", ["7"]),
        ("obey", ["1", "2", "30"]),
    ],
    ids=["even", "rising", "even and obeying", "rising and obeying"],
)
def test_processes_that_call_at_once_overshoot_by_one_call_at_most(root, what, costs):
    """Five of them, each until it is refused, on 50 cents."""
    made = costs_of([caller(root, what, "50", *costs) for _ in range(5)])

    total = sum(session.totals.cost_nusd for session in FileStore(root).sessions())
    assert total == sum(made)
    assert total < 50 * CENT + max(made)
    assert total > 50 * CENT - 30 * CENT, "what is there may be used"
    assert list((root / FOLDER).glob("*.json")) == []
