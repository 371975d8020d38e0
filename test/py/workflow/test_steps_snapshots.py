"""Snapshots in the green step: recorded before the run that proves, never by it."""

import os

import pytest
from scripted import PLAN, Agent, git, writes

from ai_sessions.errors import GateRefused
from ai_sessions.workflow.verify import Options as Checking
from ai_sessions.workflow.verify import verify
from ai_sessions.workspace.tasks import read_evidence

SNAP = "__snapshots__/test_gateway.py.snap"
#: A tool that does as jest, vitest and ava do: with CI it writes nothing.
TOOL = """\
import os
from pathlib import Path


def match(file, name, value):
    place = Path("__snapshots__", f"{file}.snap")
    text = place.read_text() if place.exists() else "// Snapshot v1\\n"
    entry = f"exports[`{name} 1`] = `{value}`;"
    if entry in text.splitlines():
        return
    if f"exports[`{name} 1`]" in text:
        raise AssertionError(f"Snapshot `{name} 1` mismatched")
    if os.environ.get("CI"):
        raise AssertionError("New snapshot was not written.")
    place.parent.mkdir(exist_ok=True)
    place.write_text(f"{text}\\n{entry}\\n")
"""
TEST = """\
import unittest

import gateway
import snapping


class Charge(unittest.TestCase):
    def test_charges(self):
        snapping.match("test_gateway.py", "charge", gateway.charge(2))
"""
SOURCE = "def charge(cents):\n    return f'charged {cents}'\n"
OTHER = "import unittest\n\nimport old\nimport snapping\n\n\nclass Old(unittest.TestCase):\n"
OTHER += '    def test_old(self):\n        snapping.match("test_old.py", "old", old.one())\n'
RED = writes(test_gateway__py=TEST)


@pytest.fixture(autouse=True)
def snapping(repo, space, monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    (repo / "snapping.py").write_text(TOOL)
    (repo / "old.py").write_text("def one():\n    return 1\n")
    (repo / "test_old.py").write_text(OTHER)
    (repo / "__snapshots__").mkdir()
    entry = "// Snapshot v1\n\nexports[`old 1`] = `1`;\n"
    (repo / "__snapshots__" / "test_old.py.snap").write_text(entry)
    space.write(PLAN, "plan.yaml")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "Have snapshots")


def recorded(*entries):
    return "// Snapshot v1\n" + "".join(f"\nexports[`{name} 1`] = `{v}`;\n" for name, v in entries)


def works(source=SOURCE, **snapshots):
    """The work, and snapshots by the name of the test file that they are of."""

    def step(folder):
        (folder / "gateway.py").write_text(source)
        for name, text in snapshots.items():
            (folder / "__snapshots__" / f"{name}.py.snap").write_text(text)
        return "done"

    return step


def expects(text):
    """The red step of an agent that knows what its tests expect."""

    def step(folder):
        (folder / SNAP).write_text(text)
        return RED(folder)

    return step


def test_missing_snapshots_are_recorded_without_a_call_and_committed(do, repo, space):
    agent = Agent(RED, works())

    outcome = do(agent)

    assert (outcome.state, len(agent.requests)) == ("done", 2)
    assert "exports[`charge 1`] = `charged 2`;" in git(repo, "show", f"HEAD:{SNAP}")
    assert SNAP in read_evidence(space, "T1.1", "green")["frozen"]
    (told,) = outcome.warnings
    assert told.startswith(f"T1.1: {SNAP} holds what the work returned")
    assert git(repo, "status", "--porcelain") == ""


def test_what_a_recording_writes_besides_is_in_no_commit(do, repo):
    notes = '    place.parent.mkdir(exist_ok=True)\n    Path("times.log").write_text("1")\n'
    (repo / "snapping.py").write_text(
        TOOL.replace("    place.parent.mkdir(exist_ok=True)\n", notes)
    )
    git(repo, "commit", "-qam", "Note times")

    assert do(Agent(RED, works())).state == "done"
    assert git(repo, "status", "--porcelain") == "?? times.log\n"


def test_work_that_fails_for_another_reason_is_not_recorded(do):
    phases = []
    do.phase = phases.append

    do(Agent(RED, works("def charge(cents):\n    return 1 / 0\n"), works()))

    assert phases.count("T1.1 tests (snapshots)") == 1


def test_what_the_agent_recorded_is_committed_and_proved_by_verify(do, repo, space):
    do(Agent(RED, works(test_gateway=recorded(("charge", "charged 2")))))
    space.write(PLAN.partition("      - id: T1.2")[0], "plan.yaml")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "Plan less")

    report = verify(space, os.environ, Checking(), None)

    assert report.verdict == "GO", report.checks


def test_a_commit_without_its_snapshots_is_no_go(do, repo, space):
    do(Agent(RED, works()))
    git(repo, "rm", "-q", SNAP)
    git(repo, "commit", "-qm", "Lose it")

    report = verify(space, os.environ, Checking(), None)

    found = {one.name: one.status for one in report.checks}
    assert (found["T1.1 tests"], found["T1.1 tests unchanged"]) == ("failed", "failed")


def test_a_user_who_says_what_ci_is_gets_no_recording(do, repo, monkeypatch):
    monkeypatch.setenv("CI", "1")
    agent = Agent(RED, works(), works(f"{SOURCE}\n"))

    with pytest.raises(GateRefused, match="still fails"):
        do(agent)

    assert "Run the tests once without CI" in agent.requests[2].prompt
    assert not (repo / SNAP).exists()


def test_entries_that_were_frozen_cannot_be_rewritten_by_the_work(do, repo):
    wrong = works("def charge(cents):\n    return 'x'\n", test_gateway=recorded(("charge", "x")))

    with pytest.raises(GateRefused, match=r"test_gateway\.py\.snap changed after red"):
        do(Agent(expects(recorded(("charge", "charged 2"))), wrong, wrong))
    assert "charged 2" in (repo / SNAP).read_text()


def test_what_the_tests_expect_may_be_written_with_them(do, repo):
    outcome = do(Agent(expects(recorded(("charge", "charged 2"))), works()))

    assert (outcome.state, outcome.warnings) == ("done", ())
    assert git(repo, "log", "-1", "--format=%s", "--", SNAP) == "test(pay): T1.1 red\n"


def test_snapshots_of_other_tests_that_were_updated_go_back(do, repo):
    def step(folder):
        (folder / "old.py").write_text("def one():\n    return 2\n")
        return works(test_old=recorded(("old", "2")))(folder)

    with pytest.raises(GateRefused, match="new failures"):
        do(Agent(RED, step, step, step))
    assert "`1`" in (repo / "__snapshots__" / "test_old.py.snap").read_text()


def test_an_interrupted_run_that_recorded_goes_on_without_a_call(do, repo):
    def step(folder):
        works(test_gateway=recorded(("charge", "charged 2")))(folder)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        do(Agent(RED, step))
    agent = Agent()

    assert (do(agent).state, agent.requests) == ("done", [])


def test_an_inline_snapshot_without_a_value_is_sent_back_before_anything_runs(do):
    phases = []
    do.phase = phases.append
    empty = TEST + "\n# expect(a).toMatchInlineSnapshot()\n"

    do(Agent(writes(test_gateway__py=empty), RED, works()))

    assert phases.count("T1.1 tests (red)") == 1
