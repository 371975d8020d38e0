"""`verify`: a fresh checkout decides; a model may only object."""

import json
import os
import subprocess
from xml.etree import ElementTree

import pytest
from scripted import HONEST, SOURCE, Agent, git, plan_of

from ai_sessions.errors import GateRefused, NotFound
from ai_sessions.git import snapshot
from ai_sessions.providers.contract import Failure, Reply
from ai_sessions.workflow.implement import Options as Doing
from ai_sessions.workflow.implement import implement
from ai_sessions.workflow.report import lower
from ai_sessions.workflow.state import FeatureState
from ai_sessions.workflow.status import facts_of
from ai_sessions.workflow.tree import Tree
from ai_sessions.workflow.verify import Options, check, verify
from ai_sessions.workspace.files import Workspace
from ai_sessions.workspace.tasks import TaskState, save_evidence, save_state

ONE_TASK = plan_of(
    "{id: T1.1, title: Gateway, covers: [A1], "
    "files: {src: [gateway.py], tests: [test_gateway.py]}}",
    more="  suite: {runner: unittest, cmd: [python3, -m, unittest, discover]}\n"
    "acceptance:\n  - {id: A1, text: Charges once.}\n",
)


@pytest.fixture
def done(done_with):
    return done_with(ONE_TASK)


def judged(space, line=None, **options):
    return verify(space, os.environ, Options(**options), line)


def statuses(report):
    return {check.name: check.status for check in report.checks}


def test_honest_work_is_a_go(done):
    report = judged(done)

    assert (report.verdict, report.exit_code) == ("GO", 0)
    assert statuses(report) == {
        "T1.1 tests unchanged": "ok",
        "T1.1 tests": "ok",
        "T1.1 red before": "ok",
        "suite": "ok",
        "A1 Charges once.": "ok",
    }
    assert done.record("verify", "001.json")["verdict"] == "GO"


def test_the_plan_is_looked_for_here_and_in_the_commit_before_anything_is_run(space, repo):
    check(space)
    os.unlink(space.path("plan.yaml"))
    with pytest.raises(NotFound, match="pay has no plan yet"):
        check(space)

    space.write(ONE_TASK, "plan.yaml")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "plan")
    os.unlink(space.path("plan.yaml"))
    check(space)
    space.write(" \n", "plan.yaml")
    check(space)


def test_after_go_what_is_not_committed_is_named_with_the_commands_for_it(done, repo):
    report = judged(done)

    parts = ".ai-session/pay/verify"
    assert any(note.startswith("not committed, so") and parts in note for note in report.notes)
    assert report.next == f"git add {parts} && git commit -m 'Review and verify pay' -- {parts}"
    subprocess.run(["sh", "-c", report.next], cwd=repo, check=True, capture_output=True)
    assert git(repo, "status", "--porcelain") == ""


def test_after_go_the_next_command_pushes_where_there_is_a_remote(done, repo, tmp_path):
    git(tmp_path, "init", "-q", "--bare", "there.git")
    git(repo, "remote", "add", "origin", str(tmp_path / "there.git"))

    following = judged(done, commit=True).next
    assert following == "git push -u origin HEAD"
    subprocess.run(["sh", "-c", following], cwd=repo, check=True, capture_output=True)
    assert judged(done, commit=True).next == "git push"


def test_commit_takes_our_files_and_nothing_of_a_person(done, repo):
    (repo / ".ai-session/pay/notes.md").write_text("my draft")
    (repo / "staged.txt").write_text("mine")
    git(repo, "add", "staged.txt")

    report = judged(done, commit=True)

    made = git(repo, "show", "--name-only", "--format=", "HEAD").split()
    assert made == [".ai-session/pay/verify/001.json", ".ai-session/pay/verify/001.md"]
    assert any("reviews and verdict committed" in note for note in report.notes)
    left = git(repo, "status", "--porcelain")
    assert "A  staged.txt" in left
    assert "notes.md" in left


def test_a_commit_of_the_verdict_leaves_it_the_last_one(done):
    judged(done, commit=True)

    assert facts_of(done)["verified"]["is_current"] is True


def test_a_hook_that_refuses_the_commit_takes_neither_verdict_nor_index(done, repo):
    hook = repo / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho no >&2\nexit 1\n")
    hook.chmod(0o755)
    (repo / "staged.txt").write_text("mine")
    git(repo, "add", "staged.txt")

    report = judged(done, commit=True)

    assert (report.verdict, report.exit_code) == ("GO", 1)
    assert any("not made: a hook refused the commit: no" in note for note in report.notes)
    assert git(repo, "diff", "--cached", "--name-only").split() == ["staged.txt"]


def test_without_go_nothing_is_committed(done, repo):
    (repo / "gateway.py").write_text("def charge(key):\n    return 1\n")
    git(repo, "commit", "-qam", "Oops")
    before = git(repo, "rev-parse", "HEAD")

    assert judged(done, commit=True).verdict == "NO-GO"
    assert git(repo, "rev-parse", "HEAD") == before


def test_a_fresh_clone_comes_to_the_same_verdict(done, tmp_path):
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", done.repo, str(clone))

    assert judged(Workspace(str(clone), ".ai-session", "pay")).verdict == "GO"


def test_the_working_tree_and_its_worktrees_stay_as_they_were(done, repo):
    (repo / "draft.txt").write_text("mine")

    report = judged(done)

    assert report.notes[0] == "not verified, because not committed: draft.txt"
    assert git(repo, "worktree", "list").count("\n") == 1
    assert "?? draft.txt" in git(repo, "status", "--porcelain")


def test_work_that_was_broken_later_is_a_no_go(done, repo):
    (repo / "gateway.py").write_text("def charge(key):\n    return 1\n")
    git(repo, "commit", "-qam", "Oops")

    report = judged(done)

    assert (report.verdict, report.exit_code) == ("NO-GO", 1)
    assert statuses(report)["T1.1 tests"] == "failed"


def test_a_failing_run_says_what_it_was_not_given(done, repo, monkeypatch):
    for name in os.environ:
        if name not in ("PATH", "HOME"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("DB_PASS", "hidden")
    told = "not given to tests, as secrets: DB_PASS (the setting ENV_KEEP names exceptions)"
    assert told not in judged(done).notes

    (repo / "gateway.py").write_text("def charge(key):\n    return 1\n")
    git(repo, "commit", "-qam", "Oops")

    assert told in judged(done).notes
    monkeypatch.delenv("DB_PASS")
    assert judged(done).notes == ()


def test_tests_that_were_weakened_later_are_a_no_go(done, repo):
    weak = "import unittest\nclass Charge(unittest.TestCase):\n    def test_charges(self): pass\n"
    (repo / "test_gateway.py").write_text(f"{weak}    def test_differs(self): pass\n")
    git(repo, "commit", "-qam", "Weaker")

    assert statuses(judged(done))["T1.1 tests unchanged"] == "failed"


def test_evidence_that_was_changed_proves_nothing(done, repo):
    path = repo / ".ai-session/pay/evidence/T1.1/green.json"
    path.write_text(path.read_text().replace('"passed": 2', '"passed": 9'))
    git(repo, "commit", "-qam", "Better numbers")

    report = judged(done)

    assert report.verdict == "NO-GO"
    assert "evidence is missing or was changed" in report.checks[0].told


def test_a_state_that_was_written_by_hand_proves_nothing(space, repo):
    save_state(space, "T1.1", TaskState("done", proof="0" * 64))
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "Trust me")

    assert FeatureState(space).states["T1.1"] == "todo"
    assert judged(space).verdict == "NO-GO"


def test_commits_that_were_rebased_prove_the_same(done, repo):
    before = git(repo, "rev-parse", "HEAD")
    git(repo, "commit", "-q", "--amend", "--no-edit", "--date", "2020-01-01T00:00:00Z")
    git(repo, "rebase", "-q", "--root", "--force-rebase")  # ids change, trailers stay

    assert git(repo, "rev-parse", "HEAD") != before
    assert judged(done).verdict == "GO"


@pytest.mark.parametrize(
    ("frozen", "name", "told"),
    [
        (
            ["test_gateway.py"],
            "T1.1 red before",
            "without the work the tests do not fail (1 passed)",
        ),
        ([], "T1.1 tests unchanged", "its evidence names no test file"),
    ],
)
def test_a_proof_that_somebody_made_up_is_a_no_go(space, repo, frozen, name, told):
    space.write(ONE_TASK, "plan.yaml")
    (repo / "gateway.py").write_text(SOURCE)
    (repo / "test_gateway.py").write_text(
        "import unittest\nclass T(unittest.TestCase):\n    def test_it(self): pass\n"
    )
    run = {"ids": {"passed": ["test_gateway.T.test_it"]}}
    facts = {"frozen": Tree(repo, ".ai-session").digests(snapshot(repo), frozen), "run": run}
    proof = save_evidence(space, "T1.1", "green", facts)
    save_state(space, "T1.1", TaskState("done", proof=proof))
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", f"feat(pay): T1.1 Gateway\n\nEvidence: sha256:{proof}")

    report = judged(space)

    assert report.verdict == "NO-GO"
    assert {check.name: check.told for check in report.checks}[name] == told


def test_one_commit_a_task_is_replayed_with_its_own_tests(space, line_of, project):
    space.write(ONE_TASK, "plan.yaml")
    line, _ = line_of(Agent(*HONEST))
    implement(line, project, "T1.1", Doing(one_commit=True), os.environ)

    assert statuses(judged(space))["T1.1 red before"] == "ok"


def test_a_task_that_is_not_done_is_a_no_go(space, repo):
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "Plan")

    report = judged(space)

    assert report.verdict == "NO-GO"
    assert report.next == "implement.sh pay --task T1.1"


def test_a_proved_test_that_vanished_is_missed(done):
    plan = done.text("plan.yaml")
    chosen = "[test_gateway.py]}, tests: ['test_gateway.py::Charge::test_charges']}"
    done.write(plan.replace("[test_gateway.py]}}", chosen), "plan.yaml")
    git(done.repo, "commit", "-qam", "Choose")

    report = judged(done)

    assert report.verdict == "NO-GO"
    (told,) = [one.told for one in report.checks if one.name == "T1.1 tests"]
    assert told == "test_gateway.py::Charge::test_differs did not run"


OLD = "import unittest\nclass T(unittest.TestCase):\n    def test_old(self): self.fail()\n"


def test_a_new_failure_beside_an_old_one_is_no_go(space, line_of, project, repo):
    (repo / "test_other.py").write_text(OLD)
    space.write(ONE_TASK, "plan.yaml")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "Old")
    line, _ = line_of(Agent(*HONEST))
    implement(line, project, "T1.1", Doing(), os.environ)
    assert judged(space).verdict == "GO"
    (repo / "test_other.py").write_text(f"{OLD}    def test_new(self): self.fail()\n")
    git(repo, "commit", "-qam", "New")

    report = judged(space)

    assert report.verdict == "NO-GO"
    assert statuses(report)["suite"] == "failed"


def test_a_waived_task_is_shown_and_refused_by_strict(space, line_of, project):
    space.write(ONE_TASK, "plan.yaml")
    line, _ = line_of(Agent(HONEST[1]))
    implement(line, project, "T1.1", Doing(waive="spike"), os.environ)

    report = judged(space, parts=frozenset({"unit"}))

    assert any("waived: spike" in text for text in report.lines())
    assert report.verdict == "MANUAL"
    assert judged(space, parts=frozenset({"unit"}), strict=True).verdict == "NO-GO"


def test_acceptance_that_no_task_covers_needs_a_person(done, repo):
    text = ONE_TASK.replace("text: Charges once.}", "text: Charges once.}\n  - {id: A2, text: x}")
    done.write(text, "plan.yaml")
    git(repo, "commit", "-qam", "More")

    report = judged(done)

    assert (report.verdict, report.exit_code) == ("MANUAL", 6)
    assert statuses(report)["A2 x"] == "open"


def test_a_test_command_that_cannot_run_is_not_verified_never_a_pass(done, repo):
    done.write(ONE_TASK.replace("discover]", "discover], timeout: 0.01"), "plan.yaml")
    git(repo, "commit", "-qam", "Too short")

    report = judged(done)

    assert statuses(report)["suite"] == "open"
    assert report.verdict == "MANUAL"


def test_a_command_that_nobody_approved_is_not_run(done, repo):
    done.write(ONE_TASK.replace("[python3, -m, unittest, discover]", "[touch, pwned]"), "plan.yaml")
    git(repo, "commit", "-qam", "Evil")

    with pytest.raises(GateRefused):
        judged(done)


def test_without_a_plan_there_is_nothing_to_verify(space):
    os.unlink(space.path("plan.yaml"))

    with pytest.raises(NotFound):
        judged(space)


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ('{"verdict": "GO", "reasons": []}', "GO"),
        ('{"verdict": "NO-GO", "reasons": ["charges twice"]}', "NO-GO"),
        ('{"verdict": "MANUAL", "reasons": ["look"]}', "MANUAL"),
        ("all fine!", "GO"),
        (Reply("", "m", failure=Failure("server", "down")), "GO"),
    ],
)
def test_a_fresh_model_may_only_object(done, line_of, said, verdict):
    agent = Agent(said)
    line, _ = line_of(agent, "verify")

    report = judged(done, line)

    assert report.verdict == verdict
    assert agent.requests[0].resume is None
    assert str(agent.requests[0].cwd) != done.repo


def test_a_model_is_not_paid_for_work_that_fails(done, repo, line_of):
    (repo / "gateway.py").write_text("x = 1\n")
    git(repo, "commit", "-qam", "Oops")
    agent = Agent('{"verdict": "GO", "reasons": []}')
    line, _ = line_of(agent, "verify")

    assert judged(done, line).verdict == "NO-GO"
    assert agent.requests == []


def test_a_model_cannot_raise_a_verdict():
    assert lower("NO-GO", "GO") == "NO-GO"
    assert lower("MANUAL", "GO") == "MANUAL"
    assert lower("GO", "whatever") == "GO"


def test_the_report_can_be_read_by_ci_systems(done):
    report = judged(done)

    suite = ElementTree.fromstring(report.junit())  # noqa: S314
    assert suite.get("tests") == "5"
    assert json.dumps(report.facts())


def test_what_tests_forge_while_they_are_verified_is_put_back_and_noted(done, repo, space):
    forges = f"""
import os, subprocess
repo = {str(repo)!r}
os.makedirs(repo + "/.ai-session/pay/state", exist_ok=True)
open(repo + "/.ai-session/pay/state/T9.9.json", "w").write("{{}}")
subprocess.run(["git", "-C", repo, "config", "core.hooksPath", "/x"])
"""
    (repo / "test_forging.py").write_text(f"{forges}\nimport unittest\n")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "Forge")

    report = verify(space, os.environ, Options(parts=frozenset({"integration"})), None)

    told = "\n".join(report.notes)
    assert "put back .git/config (core.hookspath" in told
    assert "put back state/T9.9.json" in told
    assert not space.has("state", "T9.9.json")


def test_everything_is_checked_and_nothing_committed_unless_asked_for():
    given = Options()

    assert given.parts == {"unit", "integration", "acceptance"}
    assert (given.strict, given.commit, given.test_timeout_s) == (False, False, 300)
