"""A task in a project whose tests have to cover a part of it: tests alone never do."""

import os
import sys
from pathlib import Path

import pytest
from scripted import PLAN, SOURCE, TEST, Agent, git, writes

from ai_sessions.errors import GateRefused
from ai_sessions.workspace.tasks import read_evidence

#: What pytest-cov does: it says that the threshold was missed, and ends with 1.
CONFTEST = """\
from pathlib import Path


def pytest_sessionfinish(session):
    if not MET:
        session.exitstatus = session.exitstatus or 1


def pytest_terminal_summary(terminalreporter):
    if not MET:
        terminalreporter.write_line("FAIL Required test coverage of 90% not reached. Total: 50%")
"""
RED = writes(test_gateway__py=TEST)
WORK = writes(gateway__py=SOURCE)


@pytest.fixture
def covered(repo, space, monkeypatch):
    """`covered("False")`: with an expression that tells whether the threshold is met."""
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")

    def make(is_met):
        (repo / "conftest.py").write_text(CONFTEST.replace("MET", f"({is_met})"))
        (repo / "test_old.py").write_text("def test_old():\n    assert True\n")
        plan = PLAN.replace("unittest, discover]", "pytest, -q]").replace(
            "-m, unittest", "-m, pytest"
        )
        space.write(plan.replace("runner: unittest", "runner: pytest"), "plan.yaml")
        git(repo, "add", "-A")
        git(repo, "commit", "-qm", "Cover")

    return make


def test_a_threshold_that_was_missed_before_costs_no_call(do, space, covered):
    covered("False")
    agent = Agent(RED, WORK)

    outcome = do(agent)

    assert (outcome.state, len(agent.requests)) == ("done", 2)
    assert "the suite covers too little, and failed before too" in outcome.warnings[0]
    kept = read_evidence(space, "T1.1", "green")
    assert (kept["run"]["class"], kept["run"]["exit"]) == ("pass", 1)
    assert kept["run"]["coverage"].startswith("Required test coverage of 90% not reached")


def test_work_that_takes_the_suite_below_its_threshold_is_told_so(do, covered):
    covered("not Path('gateway.py').exists()")

    with pytest.raises(GateRefused, match=r"it covers too little: Required test coverage of 90%"):
        do(Agent(RED, WORK))


def test_tests_that_pass_at_once_are_no_red_because_too_little_is_covered(do, covered):
    covered("False")

    with pytest.raises(GateRefused, match="pass before the work is done"):
        do(Agent(*[writes(test_gateway__py="def test_a():\n    assert True\n")] * 2))
