"""The suite of the task before is the baseline of the next one where nothing can have changed."""

import os

import pytest
from scripted import PLAN, SOURCE, TEST, Agent, git, writes

from ai_sessions.workflow.implement import Options, implement
from ai_sessions.workspace.tasks import read_evidence

ROUTE = TEST.replace("gateway", "route")
FIRST = (writes(test_gateway__py=TEST), writes(gateway__py=SOURCE))
SECOND = (writes(test_route__py=ROUTE), writes(route__py=SOURCE))


@pytest.fixture
def both(line_of, project, repo):
    """Do two tasks in one process, with `between` them; returns what ran in the second one."""
    (repo / ".gitignore").write_text("*.data\nnode_modules/\n__pycache__/\n")
    (repo / "node_modules" / "a").mkdir(parents=True)
    (repo / "node_modules" / "a" / "index.js").write_text("1")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "Ignore")

    def run(between=lambda: None, meanwhile=lambda _phase: None):
        phases = []

        def phase(text):
            phases.append(text)
            meanwhile(text)

        line, _ = line_of(Agent(*FIRST, *SECOND))
        for task in ("T1.1", "T1.2"):
            phases.clear()
            done = implement(line, project, task, Options(), os.environ, phase)
            assert done.state == "done"
            if task == "T1.1":
                between()
        return phases

    return run


def test_it_runs_once_where_it_was_just_green(both, space):
    assert "suite (baseline)" not in both()
    kept = read_evidence(space, "T1.2", "baseline")["suite"]
    assert (kept["class"], kept["counts"]["passed"]) == ("pass", 2)


def committed(repo):
    (repo / "old.py").write_text("x = 1\n")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "Somebody's")


@pytest.mark.parametrize(
    "change",
    [
        committed,
        lambda repo: (repo / "notes.txt").write_text("untracked"),
        lambda repo: (repo / "ignored.data").write_text("1"),
        lambda repo: (repo / "node_modules" / "a" / "index.js").write_text("2"),
    ],
    ids=["a commit", "an untracked file", "an ignored file", "a package"],
)
def test_it_runs_again_where_something_has_changed(both, repo, change):
    assert "suite (baseline)" in both(lambda: change(repo))


def test_it_runs_again_where_a_file_came_while_it_ran(both, repo):
    def comes(phase):
        if phase == "suite (green)":
            (repo / "notes.txt").write_text("left alone")

    assert "suite (baseline)" in both(meanwhile=comes)


def test_another_command_is_another_suite(both, space):
    plan = PLAN.replace("unittest, discover]", "unittest, discover, -v]")

    assert "suite (baseline)" in both(lambda: space.write(plan, "plan.yaml"))


def test_a_suite_that_failed_is_run_again(both, repo):
    (repo / "test_old.py").write_text(
        "import unittest\n\n\nclass Old(unittest.TestCase):\n"
        "    def test_old(self):\n        self.fail()\n"
    )
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "Fail")

    assert "suite (baseline)" in both()
