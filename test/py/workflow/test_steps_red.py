"""The red step: the tests alone, failing for want of the work, frozen and committed."""

import pytest
from scripted import PLAN, SOURCE, TEST, Agent, git, writes

from ai_sessions.errors import ChecksFailed, GateRefused, NeedsPerson
from ai_sessions.workflow.state import FeatureState
from ai_sessions.workflow.task import Options
from ai_sessions.workspace.tasks import read_evidence, read_state

RED, GREEN = writes(test_gateway__py=TEST), writes(gateway__py=SOURCE)
TRIVIAL = "import unittest\nclass C(unittest.TestCase):\n    def test_a(self): pass\n"


@pytest.fixture(autouse=True)
def without_a_suite(space):
    lines = [line for line in PLAN.splitlines() if not line.startswith("  suite:")]
    space.write("\n".join(lines) + "\n", "plan.yaml")


def test_accepted_tests_are_frozen_and_committed_by_themselves(do, repo, space):
    with pytest.raises(GateRefused):  # at green, where nothing is done
        do(Agent(RED))

    assert git(repo, "log", "--format=%s").splitlines() == ["test(pay): T1.1 red", "Begin"]
    assert "Tests: 1 could not start" in git(repo, "log", "-1", "--format=%B")
    assert "test_gateway.py" in git(repo, "show", "--name-only", "--format=")
    kept = read_evidence(space, "T1.1", "red")
    assert (kept["attempts"], kept["changed"]) == (1, ["test_gateway.py"])
    assert kept["run"]["class"] == "error"
    state = read_state(space, "T1.1")
    assert state.state == "red"
    assert list(state.frozen) == ["test_gateway.py"]
    assert state.red_paths == ["test_gateway.py"]
    assert '"event": "red"' in space.text("events.jsonl")
    assert f"sha256:{state.red}" in git(repo, "log", "-1", "--format=%B")


def test_what_was_red_is_not_asked_for_again(do, repo):
    with pytest.raises(GateRefused):  # at green, where nothing is done
        do(Agent(RED))
    agent = Agent(GREEN)

    outcome = do(agent)

    assert outcome.state == "done"
    assert outcome.commit == git(repo, "rev-parse", "HEAD").strip()
    assert outcome.told[0] == "T1.1 red    kept from an earlier run"
    assert len(agent.requests) == 1
    assert git(repo, "log", "--format=%s").count("T1.1 red") == 1


def test_the_baseline_is_run_once_for_each_beginning(do, repo, space):
    with pytest.raises(GateRefused):
        do(Agent(""))
    first = read_evidence(space, "T1.1", "baseline")
    with pytest.raises(GateRefused):
        do(Agent(""))
    assert read_evidence(space, "T1.1", "baseline") == first

    git(repo, "commit", "-q", "--allow-empty", "-m", "other")
    with pytest.raises(GateRefused):
        do(Agent(""))
    assert read_evidence(space, "T1.1", "baseline")["base"] != first["base"]


def test_sources_that_come_early_are_put_back_and_the_tests_stay(do, repo):
    early = writes(test_gateway__py=TEST, gateway__py=SOURCE)
    agent = Agent(early, GREEN)

    outcome = do(agent)

    assert outcome.state == "done"
    assert any("gateway.py" in one and "this step is for tests" in one for one in outcome.warnings)
    assert "gateway.py" in git(repo, "show", "--name-only", "--format=", "HEAD")
    assert " gateway.py" not in git(repo, "show", "--stat", "--format=", "HEAD~1")


def test_with_strict_files_they_are_refused(do, repo):
    early = writes(test_gateway__py=TEST, gateway__py=SOURCE)

    with pytest.raises(GateRefused, match=r"gateway\.py changed while only tests were asked for"):
        do(Agent(early, GREEN), options=Options(strict_files=True))
    assert not (repo / "test_gateway.py").exists()


def test_tests_that_prove_nothing_are_sent_back_with_the_reason(do):
    agent = Agent(writes(test_gateway__py=TRIVIAL), RED, GREEN)

    assert do(agent).state == "done"
    assert "prove nothing" in agent.requests[1].prompt
    assert any("(try 1 of 3)" in one for one in do.said)


def test_the_same_once_more_or_no_try_left_ends_it(do, repo, space):
    same = [writes(test_gateway__py=TRIVIAL)] * 3
    agent = Agent(*same)
    with pytest.raises(GateRefused, match="prove nothing"):
        do(agent)
    assert len(agent.requests) == 2
    assert FeatureState(space).states["T1.1"] == "failed"

    others = [writes(test_gateway__py=f"{TRIVIAL}# {number}\n") for number in range(3)]
    agent = Agent(*others)
    with pytest.raises(GateRefused):
        do(agent, options=Options(attempts=2))
    assert len(agent.requests) == 2
    assert not (repo / "test_gateway.py").exists()


def test_tests_that_are_a_link_are_sent_back(do, repo, tmp_path):
    (tmp_path / "elsewhere.py").write_text(TEST)

    def links(folder):
        (folder / "test_gateway.py").symlink_to(tmp_path / "elsewhere.py")

    def mends(folder):
        (folder / "test_gateway.py").unlink()
        return RED(folder)

    agent = Agent(links, mends, GREEN)
    assert do(agent).state == "done"
    assert "plain files" in agent.requests[1].prompt


def test_tests_that_go_while_those_of_an_earlier_run_are_committed_are_missed(do, repo):
    folder = repo / ".git/hooks"
    folder.mkdir(exist_ok=True)
    hook = folder / "pre-commit"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(ChecksFailed):
        do(Agent(writes(test_gateway__py=TEST)))
    hook.write_text("#!/bin/sh\n")
    after = folder / "post-commit"
    after.write_text("#!/bin/sh\nrm -f test_gateway.py\n")
    after.chmod(0o755)
    agent = Agent(writes(gateway__py=SOURCE))

    with pytest.raises(NeedsPerson, match=r"test_gateway\.py changed since red"):
        do(agent)
    assert agent.requests == []
    after.unlink()
    git(repo, "restore", "test_gateway.py")

    assert do(agent).state == "done"


SKIPPED = TEST + "\n    @unittest.{}\n    def test_later(self):\n        self.fail()\n"


@pytest.mark.parametrize("mark", ["skip('later')", "expectedFailure"])
def test_tests_that_are_skipped_are_sent_back(do, mark):
    agent = Agent(writes(test_gateway__py=SKIPPED.format(mark)), RED, GREEN)

    assert do(agent).state == "done"
    assert "test_gateway.py is skipped (unittest." in agent.requests[1].prompt
    assert "no skip, xfail" in agent.requests[1].prompt


HIDDEN = TEST.replace(
    "    def test_differs(self):\n", "    def test_differs(self):\n        self.skipTest('x')\n"
)


def test_a_skip_that_only_green_can_see_costs_no_further_try(do, repo, space):
    agent = Agent(writes(test_gateway__py=HIDDEN), GREEN, GREEN)

    with pytest.raises(GateRefused, match="test_differs is skipped and was never seen to fail"):
        do(agent)

    assert len(agent.requests) == 2
    assert not (repo / "gateway.py").exists()
    assert read_state(space, "T1.1").frozen == {}
    again = Agent(RED, GREEN)
    assert do(again).state == "done"
    assert "tests only" in again.requests[0].prompt
