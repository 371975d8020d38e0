"""`todo start|end|error|report` from the command line."""

import json
import os
import subprocess

import pytest
from scripted import PLAN

from ai_sessions import config, ids
from ai_sessions.assemble import stores
from ai_sessions.records import About, Cost, Interaction
from ai_sessions.store.files import FileStore
from ai_sessions.workspace.files import Workspace
from ai_sessions.workspace.tasks import TaskState, save_state


def test_a_report_has_a_row_per_task_and_a_sum(cli, store):
    lines = cli("todo", "report", "--feature", "payment").out.splitlines()

    assert [line.split()[:2] for line in lines[1:4]] == [
        ["payment", "T1.1"],
        ["payment", "T1.1"],
        ["payment", "T1.2"],
    ]
    assert lines[-1] == "3 of 3 done, 3 calls, $0.0355"


def test_work_done_elsewhere_is_begun_and_ended(cli, root):
    assert cli("todo", "start", "checkout", "--task", "T1", "--estimate", "$1.50").code == 0
    [begun] = json.loads(cli("todo", "report", "--json").out)["todos"]
    assert cli("todo", "end", "checkout", "--task", "T1").code == 0
    [ended] = json.loads(cli("todo", "report", "--json").out)["todos"]

    assert (begun["session"], begun["state"]) == ("implement-checkout", "open")
    assert (begun["estimate"], begun["estimate_nusd"]) == (1.5, 1_500_000_000)
    assert (ended["state"], ended["interactions"]) == ("done", 0)
    assert begun["started"] <= ended["ended"]


def test_a_session_may_be_named_as_well_as_a_feature(cli, store):
    assert cli("todo", "error", "plan-search", "--task", "T1.1", "--text", "too hard").code == 0
    [item] = json.loads(cli("todo", "report", "--feature", "search", "--json").out)["todos"]

    assert (item["state"], item["text"]) == ("error", "too hard")


def test_without_sessions_nothing_is_left(cli, root, monkeypatch):
    monkeypatch.setenv("USE_SESSIONS", "false")

    assert cli("todo", "start", "checkout").code == 0
    assert not root.exists()


@pytest.mark.parametrize("amount", ["much", "-1", "nan"])
@pytest.mark.parametrize(
    ("event", "option"), [("start", "--estimate"), ("end", "--cost"), ("error", "--cost")]
)
def test_what_is_no_amount_of_dollars_is_refused(cli, root, event, option, amount):
    answer = cli("todo", event, "checkout", f"{option}={amount}")

    assert answer.code == 2
    assert f"try: {option} 1.50" in answer.err
    assert not root.exists()


def test_work_without_a_cost_is_unknown_until_somebody_says_it(cli, root):
    cli("todo", "end", "checkout", "--task", "T1")
    assert cli("todo", "report").out.splitlines()[-1] == "1 of 1 done, 0 calls, ?"

    assert cli("todo", "end", "checkout", "--task", "T1", "--cost", "$0.50").code == 0
    [item] = json.loads(cli("todo", "report", "--json").out)["todos"]
    assert (item["cost"], item["cost_nusd"], item["unknown_costs"]) == (0.5, 500_000_000, 0)
    assert cli("todo", "report").out.splitlines()[-1] == "1 of 1 done, 0 calls, $0.5000"


def test_a_sum_says_that_a_cost_is_missing(cli, store):
    cli("todo", "end", "payment", "--task", "T9")

    assert cli("todo", "report", "--feature", "payment").out.splitlines()[-1] == (
        "4 of 4 done, 3 calls, $0.0355+?"
    )


@pytest.fixture
def planned(cli, root, tmp_path, monkeypatch):
    """A repository with the feature `pay`, whose plan has T1.1, T1.2 and T1.3."""
    repo = tmp_path / "project"
    repo.mkdir()
    monkeypatch.chdir(repo)
    subprocess.run(["git", "init", "-q"], check=True)
    cli("init", "pay")
    (repo / ".ai-session/pay/plan.yaml").write_text(PLAN)
    return Workspace(str(repo), ".ai-session", "pay")


def test_a_task_that_the_plan_does_not_have_is_refused_with_the_near_ones(cli, planned, root):
    answer = cli("todo", "start", "pay", "--task", "T1.9")

    assert answer.code == 4
    assert "pay has no task T1.9" in answer.err
    assert "nearest: T1." in answer.err
    assert not root.exists()


def test_a_task_is_noted_as_its_plan_writes_it(cli, planned):
    assert cli("todo", "start", "pay", "--task", "t1.2").code == 0
    [item] = json.loads(cli("todo", "report", "--json").out)["todos"]

    assert item["task"] == "T1.2"


def test_work_on_a_whole_feature_names_no_task(cli, planned):
    assert cli("todo", "start", "pay").code == 0


@pytest.mark.parametrize(("state", "told"), [("blocked", "blocked"), ("red", "open")])
def test_the_report_has_a_task_as_its_plan_has_it(cli, planned, root, state, told):
    store = FileStore(root, fsync="none")
    store.ensure("implement-pay", About("implement", "pay", planned.repo))
    at = "2026-11-28T10:00:00.000Z"
    store.append("implement-pay", [Interaction("i", at, "claude", "m", (), task="T1.1")])
    save_state(planned, "T1.1", TaskState(state, at=at))
    [item] = json.loads(cli("todo", "report", "--json").out)["todos"]

    assert (item["state"], item["ended"]) == (told, None)


def test_a_session_from_elsewhere_cannot_point_out_of_its_project(cli, planned, root):
    store = FileStore(root, fsync="none")
    store.ensure("implement-x", About("implement", "../.ai-session/pay", planned.repo))
    store.append("implement-x", [Interaction("i", "", "claude", "m", (), task="T1.1")])
    save_state(planned, "T1.1", TaskState("blocked"))
    [item] = json.loads(cli("todo", "report", "--json").out)["todos"]

    assert item["state"] == "done"
    assert cli("todo", "end", "implement-x", "--task", "T9").code == 0  # of no plan at all


def test_a_plan_that_cannot_be_read_stops_no_report(cli, planned, root):
    cli("todo", "start", "pay", "--task", "T1.1")
    (root.parent / "project/.ai-session/pay/plan.yaml").write_text("tasks: [")
    answer = cli("todo", "report")

    assert answer.code == 0
    assert answer.out.splitlines()[1].split()[:3] == ["pay", "T1.1", "open"]


def test_a_report_of_days_leaves_the_others_out(cli, store):
    found = json.loads(cli("todo", "report", "10d", "--json").out)["todos"]

    assert {item["session"] for item in found} == {"implement-payment", "plan-search"}


def test_a_report_as_markdown(cli, store):
    assert cli("todo", "report", "--md").out.split()[:5] == ["|", "feature", "|", "task", "|"]


def test_one_session_that_cannot_be_read_is_named_and_stops_no_report(cli, store, root):
    cli("todo", "start", "payment", "--task", "T9.9")
    journal = root / "plan-search/journal.jsonl"
    journal.unlink()
    os.mkfifo(journal)
    answer = cli("todo", "report")

    assert answer.code == 0
    assert "T9.9" in answer.out
    assert "left out: " in answer.err
    assert "not a regular file" in answer.err


def test_an_empty_report_says_what_makes_todos(cli, root):
    answer = cli("todo", "report")

    assert (answer.code, answer.out) == (0, "")
    assert "implement.sh" in answer.err


def test_a_wrong_day_is_refused(cli, store: FileStore):
    assert cli("todo", "report", "someday").code == 2


def test_calls_without_a_session_are_in_the_report(cli, root):
    alone = stores.store(config.load({"SESSION_DIR": str(root)}), False)
    alone.ensure("verify-pay", About("verify", "pay", "/shop"))
    paid = Cost(7 * 10**9, "client")
    call = Interaction(ids.new(), "2026-11-28T10:00:00.000Z", "echo", "m", (), cost=paid)
    alone.append("verify-pay", [call])

    assert "1 call, $7.00" in cli("todo", "report").out
