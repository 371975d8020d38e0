"""Docs and chores, proved by a check; waived tasks, by a reason."""

import pytest
from scripted import PLAN, SOURCE, Agent, git, writes

from ai_sessions.errors import GateRefused
from ai_sessions.workflow.state import FeatureState
from ai_sessions.workflow.task import Options
from ai_sessions.workspace.tasks import read_evidence

SUITE = "suite: {runner: unittest, cmd: [python3, -m, unittest, discover]}"
README = writes(README__md="Charges once.\n")
WAIVED = Options(waive="a spike")


@pytest.fixture
def without_a_suite(space):
    space.write(PLAN.replace(f"  {SUITE}\n", ""), "plan.yaml")


@pytest.fixture
def small_suite(space, repo):
    """A suite that passes while there is a file `kept.md`."""
    (repo / "kept.md").write_text("x")
    git(repo, "add", "kept.md")
    git(repo, "commit", "-qm", "kept")
    suite = "suite: {runner: opaque, cmd: [test, -f, kept.md]}"
    space.write(PLAN.replace(SUITE, suite), "plan.yaml")


def last(repo, format_="%B"):
    return git(repo, "log", "-1", f"--format={format_}")


def test_a_docs_task_is_done_when_its_check_succeeds(do, repo, space, without_a_suite):
    outcome = do(Agent(README), "T1.3")

    assert outcome.state == "done"
    assert outcome.commit == last(repo, "%H").strip()
    assert "docs(pay): T1.3 Readme" in last(repo)
    assert "Evidence: sha256:" in last(repo)
    kept = read_evidence(space, "T1.3", "check")
    assert (kept["run"]["class"], kept["attempts"], kept["suite"]) == ("pass", 1, None)
    assert list(kept["changed"]) == ["README.md"]
    assert do.line.told_cost().startswith("1 call")


@pytest.mark.parametrize(("said", "told"), [("All fine.", '. Agent said: "All fine.".'), (" ", "")])
def test_a_chore_that_changed_nothing_is_refused(do, repo, without_a_suite, said, told):
    git(repo, "commit", "-q", "--allow-empty", "-m", "so that the check alone could pass")
    (repo / "README.md").write_text("once\n")
    git(repo, "commit", "-qam", "the check succeeds already")
    before = last(repo, "%H")

    with pytest.raises(GateRefused) as error:
        do(Agent(lambda _folder: said), "T1.3")

    assert error.value.message == f"T1.3: no file changed{told}"
    assert last(repo, "%H") == before
    assert any("its check succeeds before the work" in one for one in do.said)


def test_a_check_that_fails_is_told_and_tried_again(do, without_a_suite):
    agent = Agent(writes(README__md="Nothing.\n"), README)

    assert do(agent, "T1.3").state == "done"
    assert "its check fails" in agent.requests[1].prompt
    assert any("(try 1 of 3)" in one for one in do.said)


def test_a_check_that_never_succeeds_is_given_up_with_the_files_as_they_were(
    do, repo, space, without_a_suite
):
    wrong = [writes(README__md=f"Nothing {number}.\n") for number in range(2)]

    with pytest.raises(GateRefused, match=r"T1\.3: its check fails"):
        do(Agent(*wrong), "T1.3", Options(attempts=2))

    assert (repo / "README.md").read_text() == "Payments\n"
    assert FeatureState(space).states["T1.3"] == "failed"


def test_work_that_breaks_the_suite_is_refused(do, repo, small_suite):
    breaks = writes(README__md="Charges once.\n", kept__md=None)
    agent = Agent(breaks, writes(kept__md="x"))

    assert do(agent, "T1.3").state == "done"
    assert "the suite fails and passed before" in agent.requests[1].prompt
    assert git(repo, "show", "--name-only", "--format=").count("README.md") == 1


def test_a_file_outside_the_task_is_told_and_refused_with_strict_files(do, without_a_suite):
    both = writes(README__md="Charges once.\n", other__md="x")

    with pytest.raises(GateRefused, match=r"other\.md changed outside the task's files"):
        do(Agent(both), "T1.3", Options(strict_files=True))
    outcome = do(Agent(both), "T1.3")
    assert outcome.warnings == ("T1.3: other.md changed outside the task's files",)


def test_a_waived_task_carries_its_reason_for_ever(do, repo, space, without_a_suite):
    outcome = do(Agent(writes(gateway__py=SOURCE)), options=WAIVED)

    assert outcome.state == "waived"
    assert "Tests-Waived: a spike" in last(repo)
    assert read_evidence(space, "T1.1", "waiver")["reason"] == "a spike"
    assert FeatureState(space).states["T1.1"] == "waived"


def test_a_waived_task_has_to_change_something_and_break_nothing(do, small_suite):
    with pytest.raises(GateRefused, match="no file changed"):
        do(Agent(""), options=WAIVED)
    with pytest.raises(GateRefused, match="the suite fails and passed before"):
        do(Agent(writes(gateway__py=SOURCE, kept__md=None)), options=WAIVED)


def test_what_an_interrupted_run_left_is_no_check_that_succeeds_before_the_work(
    do, without_a_suite
):
    def stopped(folder):
        README(folder)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        do(Agent(stopped), "T1.3")

    assert do(Agent(README), "T1.3").state == "done"
    assert not any("before the work" in one for one in do.said)
