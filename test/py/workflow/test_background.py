"""Work in a process of its own; here that process is a script that does as it is told."""

import json
import os
import sys
import threading
from pathlib import Path

import pytest

from ai_sessions import ids
from ai_sessions.errors import LockBusy, NotFound
from ai_sessions.workflow import background
from ai_sessions.workflow.background import Asked, Runs
from ai_sessions.workspace.files import Workspace
from ai_sessions.workspace.lock import lock_feature

#: In place of the command line: tells its words, then ends as the variable says.
SCRIPT = """\
import json, os, signal, sys
at = [os.getcwd(), os.getsid(0)]
read = sys.stdin.read()
print(json.dumps({"event": "note", "words": sys.argv[1:], "at": at, "read": read}), flush=True)
how = os.environ["HOW"]
if how == "wait":
    open(os.environ["GATE"]).read()
elif how == "killed":
    os.kill(os.getpid(), signal.SIGKILL)
code = 5 if how == "refused" else 0
print(json.dumps({"event": "result", "ok": not code, "code": code}), flush=True)
sys.exit(code)
"""


@pytest.fixture
def runs(tmp_path, monkeypatch):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    monkeypatch.setattr(background, "_LAUNCH", script)
    return Runs(tmp_path / "runs")


@pytest.fixture
def gate(tmp_path):
    """A process that waits goes on when this is opened for writing."""
    os.mkfifo(tmp_path / "gate")
    return tmp_path / "gate"


def begun(runs, space, how, gate="", task="T1.1", options=()):
    return runs.begin(space, Asked(task, options, "phone"), {"HOW": how, "GATE": str(gate)})


def ended(runs, id_):
    """Its facts when its process, a child of ours, has been waited for."""
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and "(wait)" in thread.name:
            thread.join()
    return runs.read(id_)


@pytest.mark.parametrize(
    ("how", "state", "code"),
    [("good", "ended", 0), ("refused", "ended", 5), ("killed", "killed", None)],
)
def test_a_run_that_is_over_tells_how_it_ended(runs, space, how, state, code):
    found = ended(runs, begun(runs, space, how)["id"])

    assert (found["state"], found["code"], found["by"]) == (state, code, "phone")


def test_a_run_is_the_command_with_its_options_in_the_repository(runs, space):
    run = ended(runs, begun(runs, space, "good", options=("--tdd",))["id"])
    (line, _) = runs.lines(run["id"])

    wanted = ["implement", "pay", "--task=T1.1", "--jsonl", "--tdd"]
    folder, session = line.told["at"]
    assert (line.told["words"], folder) == (wanted, space.repo)
    assert session == run["pid"]  # no signal to ours, such as Ctrl-C, reaches it
    assert [one.told["event"] for one in runs.lines(run["id"], line.end)] == ["result"]


def test_a_second_start_is_refused_while_one_is_at_work(runs, space, gate):
    run = begun(runs, space, "wait", gate)
    with pytest.raises(LockBusy, match=f"T1.1 of pay is under way: run {run['id']}"):
        begun(runs, space, "good", task="T1.3")
    assert Runs(runs._folder).read(run["id"])["state"] == "running"
    gate.write_text("")

    assert ended(runs, run["id"])["code"] == 0
    assert begun(runs, space, "good", task="T1.3")["task"] == "T1.3"


def test_another_feature_is_begun_meanwhile(runs, space, gate):
    other = Workspace(space.repo, space.root, "refund")
    other.write(space.text("plan.yaml").replace("feature: pay", "feature: refund"), "plan.yaml")
    run = begun(runs, space, "wait", gate)
    begun(runs, other, "good")
    gate.write_text("")

    assert ended(runs, run["id"])["state"] == "ended"
    assert [one["feature"] for one in runs.all()] == ["refund", "pay"]


def test_a_start_is_refused_while_somebody_works_on_the_feature_in_a_terminal(runs, space):
    lock = lock_feature(space, 0, print)
    with pytest.raises(LockBusy, match="pay is in use by pid"):
        begun(runs, space, "good")
    lock.release()

    assert begun(runs, space, "good")["feature"] == "pay"


def test_a_run_is_told_to_end_and_one_that_has_ended_is_not(runs, space, gate):
    run = begun(runs, space, "wait", gate)

    assert runs.stop(run["id"])
    assert ended(runs, run["id"])["state"] == "killed"
    assert not runs.stop(run["id"])


@pytest.mark.parametrize("task", ["T9.9", "", "--all"])
def test_a_task_that_the_plan_does_not_have_is_not_begun(runs, space, task):
    with pytest.raises(NotFound):
        begun(runs, space, "good", task=task)
    assert runs.all() == []


@pytest.mark.parametrize("id_", ["", "..", "x", "0198f3a1-0000-7000-8000-000000000000"])
def test_a_run_that_is_not_known_is_told(runs, id_):
    with pytest.raises(NotFound):
        runs.read(id_)


def test_lines_that_are_torn_or_no_json_are_left_out(runs, space):
    run = ended(runs, begun(runs, space, "good")["id"])
    with Path(runs._folder, run["id"], "output.jsonl").open("ab") as file:
        file.write(b'\xff\n[1]\n{"event": "torn"}')

    assert [one.told["event"] for one in runs.lines(run["id"])] == ["note", "result"]


def test_the_oldest_of_too_many_runs_is_forgotten(runs, space, monkeypatch):
    monkeypatch.setattr(background, "_MOST_KEPT", 2)
    begun_ids = [ended(runs, begun(runs, space, "good")["id"])["id"] for _ in range(3)]

    assert [one["id"] for one in runs.all()] == begun_ids[:0:-1]


def test_a_program_that_cannot_be_started_leaves_no_run(runs, space, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(Exception, match="cannot be started: No such file"):
        begun(runs, space, "good")

    assert runs.all() == []


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (Asked(command="review", options=("--fix",)), ["review", "pay", "--jsonl", "--fix"]),
        (Asked(command="verify"), ["verify", "pay", "--jsonl"]),
        (Asked(command="plan", text="--approve\n"), ["plan", "pay", "-", "--jsonl"]),
    ],
)
def test_other_commands_are_begun_and_a_text_is_read_and_never_an_option(runs, space, asked, words):
    run = runs.begin(space, asked, {"HOW": "ok"})["id"]
    ended(runs, run)

    told = runs.lines(run)[0].told
    assert (told["words"], told["read"]) == (words, asked.text)
    assert runs.read(run)["command"] == asked.command


def test_one_that_was_begun_under_an_id_is_not_begun_again(runs, space):
    id_ = ids.new()
    first = runs.begin(space, Asked("T1.1"), {"HOW": "ok"}, id_)
    ended(runs, id_)
    again = runs.begin(space, Asked("T1.1"), {"HOW": "killed"}, id_)

    assert (first["id"], again["id"], again["code"]) == (id_, id_, 0)
    assert len(runs.all()) == 1


def test_one_whose_process_was_never_started_is_begun_under_its_id(runs, space, tmp_path):
    id_ = ids.new()
    folder = tmp_path / "runs" / id_
    folder.mkdir(parents=True)
    facts = {"id": id_, "repository": space.repo, "feature": "pay", "task": "T1.1", "pid": None}
    (folder / "run.json").write_text(json.dumps(facts))
    assert runs.read(id_)["state"] == "killed"

    runs.begin(space, Asked("T1.1"), {"HOW": "ok"}, id_)
    assert ended(runs, id_)["code"] == 0
