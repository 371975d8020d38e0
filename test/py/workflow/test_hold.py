"""What nobody else may change: put back after calls and test runs alike, and kept in the logs."""

import json
import os
import subprocess

import pytest
from scripted import SOURCE, TEST, Agent, git, tells, writes

from ai_sessions.environment import MARK
from ai_sessions.errors import NeedsPerson
from ai_sessions.providers.contract import Edits
from ai_sessions.workflow.hold import Hold
from ai_sessions.workflow.implement import Options
from ai_sessions.workflow.tree import Tree
from ai_sessions.workspace.tasks import save_evidence

HONEST = (writes(test_gateway__py=TEST), writes(gateway__py=SOURCE))
FORGES = """
import json, os, subprocess
folder = ".ai-session/pay"
if os.path.isdir(folder) and not os.path.exists(folder + "/state/T1.2.json"):
    os.makedirs(folder + "/evidence/T1.2", exist_ok=True)
    os.makedirs(folder + "/state", exist_ok=True)
    json.dump({"step": "green"}, open(folder + "/evidence/T1.2/green.json", "w"))
    json.dump({"state": "done"}, open(folder + "/state/T1.2.json", "w"))
    os.makedirs(".git/hooks", exist_ok=True)
    open(".git/hooks/post-checkout", "w").write("#!/bin/sh\\n")
    subprocess.run(["git", "config", "core.hooksPath", ".githooks"])
    message = "chore: tidy\\n\\nEvidence: sha256:" + "0" * 64
    subprocess.run(["git", "commit", "-q", "--allow-empty", "-m", message])
"""


@pytest.fixture
def hold(space, repo):
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "--amend", "--no-edit")
    return Hold(space, Tree(repo, space.root), "T1.1")


def test_what_tests_forge_is_put_back_as_what_an_agent_forges_is(do, repo, space):
    agent = Agent(writes(test_gateway__py=FORGES + TEST), HONEST[1])

    outcome = do(agent)

    told = "\n".join(outcome.warnings)
    assert outcome.state == "done"
    assert "put back .git/config (core.hookspath is not an agent's to change)" in told
    assert "put back .git/hooks/post-checkout (not an agent's to change)" in told
    assert "put back evidence/T1.2/green.json, state/T1.2.json" in told
    assert "the agent's own commits were taken back" in told
    assert not space.has("state", "T1.2.json")
    assert not (repo / ".git/hooks/post-checkout").exists()
    assert git(repo, "log", "--format=%s").count("chore: tidy") == 0


def test_what_is_forged_for_another_feature_is_put_back_too(do, repo):
    state = repo / ".ai-session/refunds/state/T1.1.json"
    state.parent.mkdir(parents=True)
    state.write_text("{}")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "Refunds")
    forges = writes(test_gateway__py=FORGES.replace("pay", "refunds") + TEST)

    outcome = do(Agent(forges, HONEST[1]))

    assert outcome.state == "done"
    assert "refunds/state/T1.2.json" in "\n".join(outcome.warnings)
    assert sorted(path.name for path in state.parent.iterdir()) == ["T1.1.json"]


def test_nothing_is_told_where_nothing_was_changed(hold):
    assert hold.put_back() == []


def test_files_are_looked_at_again_when_commits_were_taken_back(space, repo):
    tree = Tree(repo, space.root)
    hold = Hold(space, tree, "T1.1")
    (repo / ".gitignore").write_text("built\n")
    (repo / "built").write_text("b")
    git(repo, "add", "-f", "built")
    git(repo, "commit", "-qm", f"feat: done\n\nEvidence: sha256:{'0' * 64}")
    hold.put_back(settle=True)
    assert "built" in tree.files()

    assert hold.take_commits_back()

    assert "built" not in tree.files()


@pytest.mark.parametrize("settle", [True, False])
def test_files_are_looked_at_again_when_something_has_run(space, repo, settle):
    tree = Tree(repo, space.root)
    hold = Hold(space, tree, "T1.1")
    assert "new.py" not in tree.files()
    (repo / "new.py").write_text("n = 1\n")

    assert hold.put_back(settle=settle) == []

    assert "new.py" in tree.files()


def test_what_our_own_process_has_written_stays(hold, space):
    proof = save_evidence(space, "T1.1", "baseline", {"base": "b"})
    hold.wrote("evidence/T1.1/baseline.json")

    assert hold.put_back() == []
    assert proof


def test_a_hook_that_is_put_back_is_kept(hold, repo, space):
    hook = repo / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nmake lint\n")

    [told] = hold.put_back()

    assert not hook.exists()
    assert "make lint" in (repo / told.rpartition("kept in ")[2]).read_text()


def test_settings_that_are_put_back_are_kept(hold, repo):
    before = (repo / ".git/config").read_text()
    git(repo, "config", "core.fsmonitor", "/tmp/x")

    [told] = hold.put_back()

    assert (repo / ".git/config").read_text() == before
    assert "fsmonitor" in (repo / told.rpartition("kept in ")[2]).read_text()


def test_a_remote_branch_that_a_child_moved_is_put_back(repo, space):
    first = git(repo, "rev-parse", "HEAD").strip()
    git(repo, "update-ref", "-m", "fetch", "refs/remotes/origin/main", first)
    hold = Hold(space, Tree(repo, space.root), "T1.1")
    other = git(repo, "commit-tree", "HEAD^{tree}", "-m", "x").strip()
    git(repo, "update-ref", "-m", f"{MARK}: x", "refs/remotes/origin/main", other)

    assert hold.put_back() == [f"put back refs/remotes/origin/main (it was {other[:9]})"]
    assert git(repo, "rev-parse", "refs/remotes/origin/main").strip() == first


def test_a_remote_branch_that_a_person_fetched_stays(repo, space):
    first = git(repo, "rev-parse", "HEAD").strip()
    git(repo, "update-ref", "-m", "fetch", "refs/remotes/origin/main", first)
    hold = Hold(space, Tree(repo, space.root), "T1.1")
    other = git(repo, "commit-tree", "HEAD^{tree}", "-m", "x").strip()
    git(repo, "update-ref", "-m", "fetch origin: fast-forward", "refs/remotes/origin/main", other)

    assert hold.put_back() == []
    assert git(repo, "rev-parse", "refs/remotes/origin/main").strip() == other


@pytest.mark.parametrize("marks", [[True], [True, True], [False], [True, False]])
def test_moves_are_a_childs_when_all_of_them_are_marked(hold, repo, marks):
    for marked in marks:
        mark = {"GIT_REFLOG_ACTION": MARK} if marked else {}
        words = ["git", "commit", "-q", "--allow-empty", "-m", "x"]
        subprocess.run(words, cwd=repo, check=True, env={**os.environ, **mark})

    assert hold.is_moved_by_a_child == all(marks)


def test_a_history_that_was_written_anew_proves_nothing(hold, repo):
    (repo / ".git/logs/HEAD").write_text(f"a b c <d> 1 +0000\t{MARK}: x\n")

    assert not hold.is_moved_by_a_child


# -- people at work in the same tree

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
    from scripted import Plain

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


@pytest.mark.parametrize(
    ("edits", "decides", "goes_back"),
    [
        (None, (), {"mine.txt", "notes.txt"}),
        (Edits(), (), set()),
        (Edits(written=("mine.txt",)), (), {"mine.txt"}),
        (Edits(), ("notes.txt",), {"notes.txt"}),
    ],
    ids=["nobody knows", "not the agent", "by its tools", "decides how tests run"],
)
def test_files_that_git_does_not_have_go_back_when_the_agent_changed_them(
    space, repo, edits, decides, goes_back
):
    names = ("mine.txt", "notes.txt")
    for name in names:
        (repo / name).write_text("before\n")
    hold = Hold(space, Tree(repo, space.root), "T1.1", untracked=names)
    for name in names:
        (repo / name).write_text("after\n")

    told = hold.put_back(edits, lambda _names: decides)

    assert {name for name in names if (repo / name).read_text() == "before\n"} == goes_back
    assert len([one for one in told if one.startswith("put back ")]) == bool(goes_back)
    assert len([one for one in told if one.startswith("left ")]) == (len(goes_back) < 2)
    assert len(list((repo / ".ai-session/pay/logs").glob("*untracked*.patch"))) == len(told)
    assert hold.put_back(edits, lambda _names: decides) == []


@pytest.mark.parametrize(
    ("after", "kept"),
    [
        (b"", b"one\ntwo\n"),
        (b"two\nforged\n", b"one\ntwo\nforged\n"),
        (b"one\ntwo\nthree\n", b"one\ntwo\nthree\n"),
        (b"one\nchanged\n", b"one\ntwo\nchanged\n"),
    ],
    ids=["emptied", "cut", "grown", "changed"],
)
def test_a_history_keeps_what_was_there_and_each_line_that_came_once(space, repo, after, kept):
    path = repo / ".ai-session/pay/events.jsonl"
    path.write_bytes(b"one\ntwo\n")
    hold = Hold(space, Tree(repo, space.root), "T1.1")
    path.write_bytes(after)

    hold.put_back()

    assert path.read_bytes() == kept


@pytest.mark.parametrize("name", ["state/T1.2.json", "evidence/T1.2/red.json"])
def test_records_of_a_task_that_is_at_work_elsewhere_are_its_own(space, repo, name):
    path = repo / ".ai-session/pay" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{}")
    alone = Hold(space, Tree(repo, space.root), "T1.1")
    beside = Hold(space, Tree(repo, space.root), "T1.1", ("T1.2",))
    path.write_text('{"state": "done"}')

    assert beside.put_back() == []
    assert path.read_text() == '{"state": "done"}'
    assert alone.put_back() != []
    assert path.read_text() == "{}"
