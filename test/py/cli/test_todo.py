"""`todo start|end|error|report` from the command line."""

import json
import os

import pytest

from ai_sessions.store.files import FileStore


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


@pytest.mark.parametrize("estimate", ["much", "-1", "nan"])
def test_an_estimate_is_an_amount_of_dollars(cli, root, estimate):
    answer = cli("todo", "start", "checkout", f"--estimate={estimate}")

    assert answer.code == 2
    assert not root.exists()


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
