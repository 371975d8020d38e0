"""People at work in the tree of a task: what they write, get and leave stays theirs."""

import json
import os
import subprocess

import pytest
from scripted import HONEST, SOURCE, TEST, Agent, Plain, git, tells, writes

from ai_sessions.errors import NeedsPerson
from ai_sessions.workflow.hold import Hold
from ai_sessions.workflow.implement import Options

GOES = "unset GIT_REFLOG_ACTION\ngit switch -q elsewhere\n"


def pulls(repo, message="feat(beta): T1.1 x\n\nEvidence: sha256:" + "1" * 64):
    """A person gets a colleague's commit."""
    (repo / "beta.py").write_text("x = 1\n")
    environ = {name: value for name, value in os.environ.items() if name != "GIT_REFLOG_ACTION"}
    for words in (["add", "beta.py"], ["commit", "-qm", message, "--", "beta.py"]):
        subprocess.run(["git", *words], cwd=repo, check=True, env=environ)


@pytest.mark.parametrize("during", ["red", "green"])
def test_commits_that_a_person_gets_meanwhile_stay_and_the_next_run_goes_on(do, repo, during):
    def and_pulls(step):
        return lambda folder: (step(folder), pulls(repo))[0]

    steps = list(HONEST)
    steps[during == "green"] = and_pulls(steps[during == "green"])
    agent = Agent(*steps)

    with pytest.raises(NeedsPerson, match=r"branch main was moved by somebody else, from"):
        do(agent)
    assert git(repo, "log", "-1", "--format=%s") == "feat(beta): T1.1 x\n"

    phases = []
    do.phase = phases.append
    assert do(agent).state == "done"
    assert len(agent.requests) == 2  # nothing is paid twice
    assert "T1.1 tests (baseline)" not in phases  # how it was before the tests were written
    named = git(repo, "log", "--format=%s", "--", "beta.py").splitlines()
    assert named == ["feat(beta): T1.1 x"]


def test_a_pull_while_the_tests_run_loses_nothing(do, repo):
    litters = f"import subprocess\n{TEST}"
    agent = Agent(writes(test_gateway__py=litters), HONEST[1])

    def phase(text):
        if text == "T1.1 tests (green)" and not (repo / "beta.py").exists():
            pulls(repo)

    do.phase = phase
    with pytest.raises(NeedsPerson, match="was moved by somebody else"):
        do(agent)

    assert do(agent).state == "done"
    assert git(repo, "show", "HEAD", "--format=", "--name-only", "--", "beta.py") == ""


def test_a_person_who_goes_to_another_branch_finds_the_work_when_back(do, repo):
    def switched(folder):
        HONEST[1](folder)
        git(repo, "switch", "-qc", "elsewhere")

    agent = Agent(HONEST[0], switched)
    with pytest.raises(NeedsPerson, match="branch main was left for elsewhere"):
        do(agent)
    git(repo, "switch", "-q", "main")

    assert do(agent).state == "done"


@pytest.mark.parametrize("step", ["test(", "feat("])
def test_a_person_who_goes_to_another_branch_in_a_hook_is_told_so(do, repo, step):
    git(repo, "branch", "elsewhere")
    before = git(repo, "rev-parse", "elsewhere")
    hook = repo / ".git/hooks/post-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ngit log -1 --format=%s | grep -qF '{step}' || exit 0\n" + GOES)
    hook.chmod(0o755)
    agent = Agent(*HONEST)

    with pytest.raises(NeedsPerson, match="branch main was left for elsewhere"):
        do(agent)
    assert git(repo, "rev-parse", "elsewhere") == before
    git(repo, "switch", "-q", "main")
    assert do(agent).state == "done"
    assert len(agent.requests) == 2


@pytest.mark.parametrize("phase", ["T1.1 tests (baseline)", "suite (green)", "T1.1 tests (red)"])
def test_what_a_person_writes_while_tests_run_stays(do, repo, phase):
    def writes_notes(text):
        if text == phase:
            (repo / "README.md").write_text("Payments\nmy own paragraph\n")
            (repo / "notes.txt").write_text("two hours of work\n")

    do.phase = writes_notes
    agent = Agent(*HONEST)

    assert do(agent).state == "done"

    assert (repo / "notes.txt").read_text() == "two hours of work\n"
    assert (repo / "README.md").read_text() == "Payments\nmy own paragraph\n"
    named = git(repo, "log", "--name-only", "--format=", "Begin..".replace("Begin", "HEAD~2"))
    assert "notes.txt" not in named
    assert "README.md" not in named
    assert any("README.md, notes.txt changed while the tests ran" in one for one in do.said)


def test_what_was_left_alone_does_not_stop_the_next_task(do, repo):
    do.phase = lambda _text: (repo / "README.md").write_text("Payments\nmine\n")
    do(Agent(*HONEST))
    do.phase = lambda _text: None
    route = TEST.replace("gateway", "route")

    agent = Agent(writes(test_route__py=route), writes(route__py=SOURCE))

    assert do(agent, "T1.2").state == "done"
    assert (repo / "README.md").read_text() == "Payments\nmine\n"


def test_a_file_of_the_task_that_a_person_edits_while_tests_run_is_a_question(do, repo):
    def edits(text):
        if text == "T1.1 tests (green)" and "mine" not in (repo / "gateway.py").read_text():
            (repo / "gateway.py").write_text(f"# mine\n{SOURCE}")

    do.phase = edits
    agent = Agent(*HONEST)

    with pytest.raises(NeedsPerson, match=r"gateway\.py changed while the tests ran"):
        do(agent)

    assert (repo / "gateway.py").read_text() == f"# mine\n{SOURCE}"
    assert do(agent).state == "done"
    assert len(agent.requests) == 2


def test_what_a_person_writes_in_the_step_for_tests_stays(do, repo):
    def and_a_person(folder):
        (repo / "notes-by-hand.txt").write_text("mine\n")
        return HONEST[0](folder)

    outcome = do(Agent(and_a_person, HONEST[1]))

    assert outcome.state == "done"
    assert (repo / "notes-by-hand.txt").read_text() == "mine\n"
    assert git(repo, "log", "--format=%s", "--", "notes-by-hand.txt") == ""


def test_sources_that_come_early_are_kept_as_a_patch_that_git_applies(do, repo):
    binary = bytes(range(256)) * 4

    def early(folder):
        (folder / "gateway.py").write_bytes(binary)
        return HONEST[0](folder)

    outcome = do(Agent(early, HONEST[1]))

    [told] = [one for one in outcome.warnings if "put back gateway.py" in one]
    patch = repo / told.rpartition("kept in ")[2]
    (repo / "gateway.py").unlink()
    git(repo, "apply", str(patch))
    assert (repo / "gateway.py").read_bytes() == binary


def test_what_is_edited_during_a_trial_is_kept(do, repo):
    def edits(text):
        if text == "T1.1 tests (teeth: gateway.py)":
            (repo / "gateway.py").write_text("mine = 1\n")

    do.phase = edits

    outcome = do(Agent(*HONEST))

    [told] = [one for one in outcome.warnings if "changed in a trial" in one]
    assert "mine = 1" in (repo / told.rpartition("kept in ")[2]).read_text()
    assert (repo / "gateway.py").read_text() == SOURCE
    assert outcome.state == "done"


def test_a_refused_try_is_kept_whole(do, repo, space):
    bad = writes(test_gateway__py="x = 1\n")
    with pytest.raises(Exception, match=r"T1\.1"):
        do(Agent(bad, bad), options=Options(attempts=1))

    [patch] = [name for name in space.listed("logs") if name.endswith("refused.patch")]
    git(repo, "apply", space.path("logs", patch))
    assert (repo / "test_gateway.py").read_text() == "x = 1\n"


def test_a_model_without_tools_has_not_edited_what_changed_during_its_call(do, repo):
    def edited(_folder):
        (repo / "gateway.py").write_text("mine = 1\n")
        return json.dumps({"files": [{"path": "test_gateway.py", "content": TEST}]})

    with pytest.raises(NeedsPerson, match=r"gateway\.py changed during the call"):
        do(Plain(edited))

    assert (repo / "gateway.py").read_text() == "mine = 1\n"


def test_a_repository_without_a_commit_that_tests_leave_stops_nothing(do, repo):
    makes = "import subprocess\nsubprocess.run(['git', 'init', '-q', 'left'])\n"
    makes += "open('left/x', 'w').close()\n"

    outcome = do(Agent(writes(test_gateway__py=makes + TEST), HONEST[1]))

    assert outcome.state == "done"
    told = "T1.1: left/ was made a repository of its own; it is none any more"
    assert told in outcome.warnings
    assert (repo / "left/x").exists()


def test_what_is_put_back_is_put_back_by_who_is_interrupted_meanwhile(do, repo, monkeypatch):
    (repo / ".git/hooks").mkdir(exist_ok=True)

    def forges(folder):
        (folder / ".git/hooks/pre-commit").write_text("#!/bin/sh\n")
        return HONEST[0](folder)

    put_back, interruptions = Hold.put_back, [KeyboardInterrupt()]

    def interrupted(*given, **more):
        if (repo / ".git/hooks/pre-commit").exists() and interruptions:
            raise interruptions.pop()
        return put_back(*given, **more)

    monkeypatch.setattr(Hold, "put_back", interrupted)
    with pytest.raises(KeyboardInterrupt):
        do(Agent(tells(forges, "test_gateway.py")))

    assert not (repo / ".git/hooks/pre-commit").exists()
