"""What nobody else may change: put back after calls and test runs alike, and kept in the logs."""

import os
import shutil
import subprocess

import pytest
from scripted import PLAN, git

from ai_sessions.environment import MARK
from ai_sessions.errors import NeedsPerson
from ai_sessions.providers.contract import Edits
from ai_sessions.workflow.hold import Hold, free_way, git_held
from ai_sessions.workflow.tree import Tree
from ai_sessions.workspace.tasks import save_evidence


def as_a_child(repo, *words):
    """Git in the environment of what we start, which marks what it does to refs."""
    environ = {**os.environ, "GIT_REFLOG_ACTION": MARK}
    subprocess.run(["git", *words], cwd=repo, check=True, env=environ, capture_output=True)


def as_a_person(repo, *words):
    environ = {name: value for name, value in os.environ.items() if name != "GIT_REFLOG_ACTION"}
    subprocess.run(["git", *words], cwd=repo, check=True, env=environ, capture_output=True)


@pytest.fixture
def hold(space, repo):
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "--amend", "--no-edit")
    return Hold(space, Tree(repo, space.root), "T1.1")


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


# -- the workspace, by what was done to it

RECORDS = ("cache/running-T1.2.json", "evidence/T1.2/green.json", "state/T1.2.json")


@pytest.mark.parametrize("name", RECORDS)
@pytest.mark.parametrize("before", [None, "{}"], ids=["new", "known"])
def test_a_record_that_was_forged_is_what_it_was(space, repo, name, before):
    parts = name.split("/")
    if before:
        space.write(before, *parts)
    hold = Hold(space, Tree(repo, space.root), "T1.1")
    space.write('{"state": "done"}', *parts)

    assert hold.put_back() == [f"put back {name} (only ai-sessions writes there)"]
    assert (space.text(*parts) or None) == before
    assert hold.put_back() == []


def test_a_record_that_was_removed_is_there_again(space, repo):
    space.write("{}", "evidence", "T1.2", "red.json")
    hold = Hold(space, Tree(repo, space.root), "T1.1")
    os.unlink(space.path("evidence", "T1.2", "red.json"))
    os.rmdir(space.path("evidence", "T1.2"))

    hold.put_back()

    assert space.text("evidence", "T1.2", "red.json") == "{}"


@pytest.mark.parametrize("name", ["config.yaml", ".gitignore"])
def test_settings_of_the_workspace_are_put_back_and_kept(space, repo, name):
    space.write("before\n", "..", name)
    hold = Hold(space, Tree(repo, space.root), "T1.1")
    space.write("after\n", "..", name)

    [told] = hold.put_back()

    assert told.startswith(f"put back {name} (only ai-sessions writes there); kept in ")
    assert (repo / told.rpartition("kept in ")[2]).read_text() == "after\n"
    assert space.text("..", name) == "before\n"


@pytest.mark.parametrize("before", ['{"ATTEMPTS": 3}', None])
def test_settings_of_the_project_are_put_back_and_kept(space, repo, before):
    (repo / "config").mkdir()
    settings = repo / "config/ai-sessions.json"
    if before:
        settings.write_text(before)
    hold = Hold(space, Tree(repo, space.root), "T1.1")
    settings.write_text('{"ATTEMPTS": 99}')

    [told] = hold.put_back()

    assert told.startswith("put back ai-sessions.json (only ai-sessions writes there); kept in ")
    assert (repo / told.rpartition("kept in ")[2]).read_text() == '{"ATTEMPTS": 99}'
    assert (settings.read_text() if before else settings.exists()) == (before or False)


@pytest.mark.parametrize("name", ["plan.json", "carriers.json"])
def test_what_is_derived_is_dropped_when_somebody_else_wrote_it(space, repo, name):
    space.write("{}", "cache", name)
    hold = Hold(space, Tree(repo, space.root), "T1.1")
    assert hold.put_back() == []
    assert space.has("cache", name)
    space.write('{"forged": 1}', "cache", name)

    assert hold.put_back() == []

    assert not space.has("cache", name)


@pytest.mark.parametrize(
    ("old", "new"),
    [("title: Gateway", "title: A gateway"), ("title: Payments", "title: Charges")],
)
def test_other_words_of_a_plan_are_told_once_and_stay(hold, space, old, new):
    space.write(PLAN.replace(old, new), "plan.yaml")

    [told] = hold.put_back()

    assert told == "plan.yaml changed while the agent was at work; is that what you want?"
    assert new in space.text("plan.yaml")
    assert hold.put_back() == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[test_route.py]", "[test_other.py]"),
        ("needs: [T1.1]", "needs: []"),
        ("discover", "nothing"),
        ("Charges once.", "Charges."),
        ("phases:", "budget_usd: 900\nphases:"),
        ("check: {cmd: [grep, -q, once, README.md]}", "check: {cmd: ['true']}"),
        ("schema: 1", "schema: ["),
    ],
)
def test_what_a_plan_says_of_proof_is_put_back_and_kept(hold, space, repo, old, new):
    forged = PLAN.replace(old, new)
    space.write(forged, "plan.yaml")

    [told] = hold.put_back()

    assert told.startswith("put back plan.yaml: what proves its tasks was changed meanwhile")
    assert (repo / told.rpartition("kept in ")[2]).read_text() == forged
    assert space.text("plan.yaml") == PLAN


# -- git, by what was done to it

HARMLESS = ("branch.main.merge", "remote.origin.url", "user.email", "pull.rebase", "push.default")


@pytest.mark.parametrize("key", [*HARMLESS, "submodule.lib.url"])
def test_settings_that_start_nothing_and_hide_nothing_stay(hold, repo, key):
    git(repo, "config", key, "simple")

    assert hold.put_back() == []
    assert git(repo, "config", key) == "simple\n"


@pytest.mark.parametrize("key", ["core.hookspath", "filter.x.clean", "alias.st", "my.branch.x"])
def test_all_other_settings_are_put_back_by_their_name(hold, repo, key):
    git(repo, "config", key, "x")

    [told] = hold.put_back()

    assert told.startswith(f"put back .git/config ({key} is not an agent's to change); kept in ")
    assert key not in git(repo, "config", "--list", "--local").lower()


def test_settings_of_a_worktree_that_are_removed_or_new_are_put_back(space, repo):
    path, text = repo / ".git/config.worktree", "[core]\n\tfsmonitor = watcher\n"
    path.write_text(text)
    hold = Hold(space, Tree(repo, space.root), "T1.1")
    told = "put back .git/config.worktree (core.fsmonitor is not an agent's to change)"
    path.unlink()

    assert hold.put_back() == [told]
    assert path.read_text() == text

    path.unlink()
    hold = Hold(space, Tree(repo, space.root), "T1.1")
    path.write_text(text)
    assert [one.partition("; kept in ")[0] for one in hold.put_back()] == [told]
    assert not path.exists()


@pytest.mark.parametrize("name", ["hooks/pre-push", "info/exclude", "info/attributes"])
def test_files_that_tell_git_what_to_do_are_put_back_with_their_mode(space, repo, name):
    path = repo / ".git" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("# before\n")
    path.chmod(0o755)
    hold = Hold(space, Tree(repo, space.root), "T1.1")
    path.write_text("# after\n")
    path.chmod(0o644)

    [told] = hold.put_back()

    assert told.startswith(f"put back .git/{name} (not an agent's to change); kept in ")
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("# before\n", 0o755)


@pytest.mark.parametrize("option", ["--skip-worktree", "--assume-unchanged"])
def test_files_that_git_was_told_to_overlook_are_looked_at_again(hold, repo, option):
    git(repo, "update-index", option, "README.md")

    assert hold.put_back() == ["git was told to overlook README.md; it looks again"]
    assert hold.put_back() == []


@pytest.mark.parametrize("ref", ["refs/heads/other", "refs/tags/v1"])
def test_refs_that_a_child_moved_or_removed_are_put_back(repo, space, ref):
    git(repo, "update-ref", "--create-reflog", "-m", "made", ref, "HEAD")
    first = git(repo, "rev-parse", "HEAD").strip()
    hold = Hold(space, Tree(repo, space.root), "T1.1")
    other = git(repo, "commit-tree", "HEAD^{tree}", "-m", "x").strip()
    as_a_child(repo, "update-ref", "-m", f"{MARK}: x", ref, other)

    assert hold.put_back() == [f"put back {ref} (it was {other[:9]})"]
    assert git(repo, "rev-parse", ref).strip() == first


def test_a_push_is_told_because_nobody_can_take_it_back(repo, space):
    git(repo.parent, "init", "-q", "--bare", "remote.git")
    git(repo, "remote", "add", "origin", str(repo.parent / "remote.git"))
    git(repo, "push", "-q", "origin", "main")
    first = git(repo, "rev-parse", "--short=9", "HEAD").strip()
    hold = Hold(space, Tree(repo, space.root), "T1.1")
    other = git(repo, "commit-tree", "HEAD^{tree}", "-p", "HEAD", "-m", "x").strip()
    git(repo, "push", "-q", "origin", f"{other}:main", f"{other}:refs/heads/new")

    assert hold.put_back() == [
        f"origin/main was pushed to meanwhile (it was {first})",
        "origin/new was pushed to meanwhile (it was not there)",
    ]


@pytest.mark.parametrize("words", [("branch", "-D", "other"), ("tag", "-d", "other")])
def test_a_branch_or_tag_that_was_deleted_is_told_with_the_way_back(repo, space, words):
    git(repo, words[0], "other")
    id_ = git(repo, "rev-parse", "other").strip()
    hold = Hold(space, Tree(repo, space.root), "T1.1")
    git(repo, *words)

    (told,) = hold.put_back()

    ref = f"refs/{'heads' if words[0] == 'branch' else 'tags'}/other"
    assert told == f"{ref} was deleted meanwhile; to have it back: git update-ref {ref} {id_}"


def test_a_stash_is_told_made_or_dropped(repo, space):
    hold = Hold(space, Tree(repo, space.root), "T1.1")
    (repo / "README.md").write_text("Other\n")
    git(repo, "stash")
    id_ = git(repo, "rev-parse", "stash").strip()

    assert hold.put_back() == ["changes were stashed meanwhile; see: git stash list"]

    git(repo, "stash", "drop")

    told = f"refs/stash was deleted meanwhile; to have it back: git update-ref refs/stash {id_}"
    assert hold.put_back() == [told]


def test_a_repository_without_git_is_told_plainly(repo, hold):
    (repo / ".git").rename(repo.parent / "elsewhere")

    with pytest.raises(NeedsPerson, match=r"\.git was removed meanwhile, with all commits in it"):
        hold.put_back()


def test_what_several_agents_did_to_git_is_put_back_at_their_end(space, repo):
    with pytest.raises(KeyboardInterrupt), git_held(repo, space) as told:
        git(repo, "config", "core.hooksPath", ".githooks")
        raise KeyboardInterrupt

    assert [one.partition(";")[0] for one in told] == [
        "put back .git/config (core.hookspath is not an agent's to change)"
    ]


PROOF = f"x\n\nEvidence: sha256:{'0' * 64}"


@pytest.mark.parametrize(
    ("words", "goes_back"),
    [
        (("--allow-empty", "-m", "honest"), False),
        (("--allow-empty", "-m", PROOF), True),
        (("--amend", "-m", "rewritten"), True),
    ],
    ids=["honest", "claims a proof", "rewritten"],
)
def test_commits_that_rewrite_ours_or_claim_a_proof_are_taken_back(hold, repo, words, goes_back):
    as_a_child(repo, "commit", "-q", *words)

    told = hold.take_commits_back()

    assert hold.is_moved_by_a_child is (not goes_back)  # going back is a move of ours
    assert told == (
        ["the agent's own commits were taken back; their changes are judged as all others"]
        if goes_back
        else []
    )
    assert (git(repo, "rev-parse", "HEAD").strip() == hold.tip) is goes_back


@pytest.mark.parametrize("who", [as_a_child, as_a_person])
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("state/T1.2.json", '{"state": "done"}'),
        ("plan.yaml", PLAN.replace("[test_route.py]", "[test_other.py]")),
        ("events.jsonl", '{"event": "theirs"}\n'),
    ],
)
def test_what_came_with_a_commit_stays_when_a_person_has_gone_to_it(
    hold, space, repo, who, name, text
):
    before = space.text(*name.split("/"))
    space.write(text, *name.split("/"))
    as_a_person(repo, "add", "-f", space.path(*name.split("/")))
    who(repo, "commit", "-qm", "theirs")

    told = hold.put_back()

    is_person = who is as_a_person
    assert bool(told) is not (is_person or name == "events.jsonl")
    grown = name == "events.jsonl"  # lines that came are kept, whoever wrote them
    assert space.text(*name.split("/")) == (text if is_person or grown else before)


def test_records_of_other_features_are_those_of_the_commit_a_person_has_gone_to(space, repo):
    other = repo / ".ai-session/refunds/state/T1.1.json"
    other.parent.mkdir(parents=True)
    other.write_text("{}")
    hold = Hold(space, Tree(repo, space.root), "T1.1")
    other.write_text('{"state": "red"}')
    as_a_person(repo, "commit", "-q", "--allow-empty", "-m", "theirs")

    assert hold.put_back() == []
    assert other.read_text() == '{"state": "red"}'


def test_what_git_cannot_take_in_is_made_way_for(hold, repo, space):
    git(repo, "init", "-q", "left")
    (repo / "left/x").write_text("x")

    told = hold.put_back(settle=True)

    assert told == ["left/ was made a repository of its own; it is none any more"]
    assert (repo / "left/x").read_text() == "x"
    assert len([one for one in space.listed("logs") if one.endswith("-git")]) == 1
    assert hold.put_back(settle=True) == []


def test_a_history_is_set_aside_for_who_goes_elsewhere(hold, space, repo):
    space.write('{"event": "ours"}\n', "events.jsonl")
    free_way(space, Tree(repo, space.root))

    assert not space.has("events.jsonl")
    free_way(space, Tree(repo, space.root))  # there is none


@pytest.mark.parametrize("commits", [False, True], ids=["empty", "with a commit"])
def test_a_repository_that_was_made_anew_is_told_plainly(repo, hold, commits):
    shutil.rmtree(repo / ".git")
    git(repo, "init", "-q")
    if commits:
        git(
            repo, "-c", "user.name=x", "-c", "user.email=x@y", "commit", "-qm", "x", "--allow-empty"
        )

    with pytest.raises(NeedsPerson, match=r"\.git is another repository now: \w{9} is not in it"):
        hold.put_back()
