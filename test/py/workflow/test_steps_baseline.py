"""The baseline: nothing is paid where no test can run, and the next run begins anew."""

import os
import sys

import pytest
from scripted import PLAN, SOURCE, TEST, Agent, git, writes

from ai_sessions.errors import ConfigError, GateRefused
from ai_sessions.workflow.plan import approve
from ai_sessions.workflow.task import Options
from ai_sessions.workspace.tasks import read_evidence

RED, GREEN = writes(test_gateway__py=TEST), writes(gateway__py=SOURCE)


def planned(space, test, suite=""):
    lines = [line for line in PLAN.splitlines() if not line.startswith(("  test:", "  suite:"))]
    at = lines.index("defaults:") + 1
    more = [f"  test: {{cmd: [{test}]}}", *([f"  suite: {{cmd: [{suite}]}}"] if suite else [])]
    space.write("\n".join([*lines[:at], *more, *lines[at:]]) + "\n", "plan.yaml")
    approve(space)


@pytest.fixture
def tool(tmp_path, monkeypatch):
    """A program of this name on PATH that does what it is told."""

    def make(name, script):
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        path = folder / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
        return path

    return make


def test_a_tool_that_is_not_here_costs_nothing_and_is_told(do, space, repo):
    planned(space, 'no-such-tool, "{tests}"')
    agent = Agent(RED, GREEN)

    with pytest.raises(ConfigError, match="no test can run here: the test command was not found"):
        do(agent)

    assert agent.requests == []
    assert read_evidence(space, "T1.1", "baseline") is None
    assert git(repo, "log", "--format=%s").splitlines() == ["Begin"]


def test_once_it_is_here_the_task_is_begun(do, space, tool):
    planned(space, 'python-of-ours, -m, unittest, "{tests}"')
    with pytest.raises(ConfigError):
        do(Agent())
    tool("python-of-ours", f'exec "{sys.executable}" "$@"')

    assert do(Agent(RED, GREEN)).state == "done"


def test_what_the_tool_said_is_told_with_where_the_rest_is(do, space, tool):
    tool("runs", 'echo "$0: No module named pytest" >&2; exit 1')
    planned(space, 'runs, -m, unittest, "{tests}"', "runs, -m, unittest")

    with pytest.raises(ConfigError, match=r"runs: No module named pytest$") as caught:
        do(Agent())

    assert ".ai-session/pay/logs" in caught.value.hint
    assert caught.value.exit_code == 3


def test_work_is_not_asked_for_where_the_accepted_tests_cannot_run(do, space, repo, tool):
    runs = tool("runs", f'exec "{sys.executable}" "$@"')
    planned(space, 'runs, -m, unittest, "{tests}"')
    with pytest.raises(GateRefused):  # at green, where nothing is done
        do(Agent(RED))
    runs.unlink()
    again = Agent(GREEN)

    with pytest.raises(ConfigError, match="the test command was not found"):
        do(again)

    assert again.requests == []
    assert (repo / "test_gateway.py").exists()


def test_tests_that_were_written_before_the_tool_was_gone_are_judged_next_time(do, space, tool):
    runs = tool("runs", f'exec "{sys.executable}" "$@"')
    planned(space, 'runs, -m, unittest, "{tests}"')
    with pytest.raises(ConfigError):
        do(Agent(lambda folder: RED(folder) and (runs.unlink(), "done")[1]))
    tool("runs", f'exec "{sys.executable}" "$@"')
    agent = Agent(GREEN)

    assert do(agent).state == "done"
    assert len(agent.requests) == 1


def test_another_copy_of_the_tasks_module_is_told_after_one_call(do, repo, tmp_path, monkeypatch):
    other = tmp_path / "lib" / "site-packages" / "gateway.py"
    other.parent.mkdir(parents=True)
    other.write_text("")
    monkeypatch.setenv("PYTHONPATH", str(other.parent))
    test = TEST.replace("import gateway", "from gateway import charge")
    agent = Agent(writes(test_gateway__py=test), GREEN)

    with pytest.raises(
        ConfigError, match=r"imports gateway from .*/site-packages/gateway\.py, not"
    ):
        do(agent, options=Options(attempts=3))

    assert len(agent.requests) == 1
    assert (repo / "test_gateway.py").read_text() == test


def test_a_check_whose_program_is_not_here_costs_nothing(do, space):
    plan = space.text("plan.yaml").replace("[grep, -q, once, README.md]", "[no-such-tool]")
    space.write(plan, "plan.yaml")
    approve(space)
    agent = Agent()

    with pytest.raises(ConfigError, match="the test command was not found: no-such-tool"):
        do(agent, "T1.3")

    assert agent.requests == []
