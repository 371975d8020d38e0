"""The git edge, on real repositories in temporary folders."""

import contextlib
import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

from ai_sessions import git
from ai_sessions.errors import ChecksFailed, ConfigError, LockBusy, NeedsPerson


@pytest.fixture(autouse=True)
def own_settings(tmp_path, monkeypatch):
    """No settings of this machine: a home of our own, an identity, no system file."""
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(
        "[user]\n\tname = Dev\n\temail = dev@example.com\n[init]\n\tdefaultBranch = main\n"
    )
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for name in list(os.environ):
        if name.startswith("GIT_") and name != "GIT_CONFIG_NOSYSTEM":
            monkeypatch.delenv(name)
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    return home


def run(repo, *words):
    done = subprocess.run(["git", *words], cwd=repo, check=True, capture_output=True, text=True)
    return done.stdout


def write(repo, **files):
    for name, text in files.items():
        put(repo, name.replace("__", "/"), text)


def put(repo, name, text):
    path = repo / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.fixture
def repo(tmp_path):
    """One commit with `a.txt` and `src/b.txt`, in a folder with a space in its name."""
    root = tmp_path / "my repo"
    root.mkdir()
    run(root, "init", "-q")
    write(root, **{"a.txt": "a\n", "src/b.txt": "b\n"})
    run(root, "add", "-A")
    run(root, "commit", "-qm", "first")
    return root


@pytest.fixture
def empty(tmp_path):
    root = tmp_path / "empty"
    root.mkdir()
    run(root, "init", "-q")
    return root


def hook(repo, name, script):
    path = repo / ".git" / "hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


# -- looking


def test_outside_of_a_repository_it_says_so(tmp_path):
    with pytest.raises(ConfigError, match="is not inside a git repository") as error:
        git.top_level(tmp_path)

    assert error.value.hint == "run: git init"
    assert not git.is_repository(tmp_path)
    assert not git.is_repository(tmp_path / "gone")


def test_the_top_is_found_from_below(repo):
    assert git.top_level(repo / "src") == repo
    assert git.is_repository(repo / "src")


def test_a_repository_named_by_the_environment_is_not_ours(repo, empty, monkeypatch):
    monkeypatch.setenv("GIT_DIR", str(empty / ".git"))

    assert git.top_level(repo) == repo


def test_head_and_branch_before_the_first_commit_and_detached(repo, empty):
    assert (git.head(empty), git.branch(empty)) == ("", "main")
    assert (len(git.head(repo)), git.branch(repo)) == (40, "main")
    run(repo, "checkout", "-q", "--detach")
    assert git.branch(repo) == ""


def test_a_name_that_is_no_commit_has_no_id(repo):
    assert git.commit_id(repo, "--help") == ""
    assert git.commit_id(repo, "main") == git.head(repo)


def test_status_tells_renames_untracked_and_unusual_names(repo):
    run(repo, "mv", "a.txt", "ä b.txt")
    write(repo, **{"src/b.txt": "changed\n", "new/tab\tname": "x", "new/[id] *.js": "y"})

    assert git.status(repo) == (
        git.Change("src/b.txt", " M"),
        git.Change("ä b.txt", "R ", "a.txt"),
        git.Change("new/[id] *.js", "??"),
        git.Change("new/tab\tname", "??"),
    )
    assert [change.path for change in git.status(repo) if change.untracked] == [
        "new/[id] *.js",
        "new/tab\tname",
    ]


def test_what_changed_since_a_commit_includes_new_deleted_and_committed(repo):
    start = git.head(repo)
    put(repo, "c.txt", "c")
    run(repo, "add", "-A")
    run(repo, "commit", "-qm", "second")
    put(repo, "d d.txt", "d")
    (repo / "a.txt").unlink()
    put(repo, ".gitignore", "ignored\n")
    put(repo, "ignored", "x")

    assert git.changed_since(repo, start) == (".gitignore", "a.txt", "c.txt", "d d.txt")


def test_before_the_first_commit_everything_is_new(empty):
    put(empty, "x", "1")

    assert git.changed_since(empty, git.head(empty)) == ("x",)
    assert git.diff(empty, "").endswith("+1\n\\ No newline at end of file\n")


def test_a_snapshot_sees_all_and_touches_nothing(repo):
    put(repo, "a.txt", "staged\n")
    run(repo, "add", "a.txt")
    put(repo, "a.txt", "open\n")
    before = run(repo, "status", "--porcelain")

    tree = git.snapshot(repo)
    put(repo, "new.txt", "n")

    assert git.content_at(repo, tree, "a.txt") == b"open\n"
    assert git.changed_since(repo, tree) == ("new.txt",)
    (repo / "new.txt").unlink()
    assert run(repo, "status", "--porcelain") == before


def test_a_snapshot_of_some_paths_does_not_depend_on_the_others(repo):
    one = git.snapshot(repo, ["a.txt", "gone.txt"])
    put(repo, "src/b.txt", "else")

    assert git.snapshot(repo, ["a.txt"]) == one
    put(repo, "a.txt", "else")
    assert git.snapshot(repo, ["a.txt"]) != one


def test_content_at_a_commit(repo):
    assert git.content_at(repo, "HEAD", "src/b.txt") == b"b\n"
    assert git.content_at(repo, "HEAD", "gone") is None
    assert git.content_at(repo, "HEAD", "src") is None


def test_the_difference_is_plain_text_whatever_the_users_settings(repo):
    run(repo, "config", "color.ui", "always")
    run(repo, "config", "diff.external", "false")
    put(repo, "new file", "n\n")
    put(repo, "a.txt", "A\n")

    text = git.diff(repo, "HEAD")

    assert "+++ b/new file" in text
    assert "-a\n+A\n" in text
    assert "\x1b" not in text
    assert "new file" not in git.diff(repo, "HEAD", paths=["a.txt"])


def test_files_are_those_that_are_there(repo):
    (repo / "a.txt").unlink()
    put(repo, "new", "n")

    assert git.files(repo) == ("new", "src/b.txt")


def test_the_default_branch_is_the_remotes_then_main_then_the_current_one(repo, empty, tmp_path):
    run(tmp_path, "clone", "-q", str(repo), "clone")
    run(repo, "branch", "-m", "main", "trunk")

    assert git.default_branch(tmp_path / "clone") == "main"
    assert git.default_branch(repo) == "trunk"
    assert git.default_branch(empty) == "main"


def test_where_two_lines_parted(repo):
    start = git.head(repo)
    run(repo, "checkout", "-q", "-b", "work")
    put(repo, "w", "w")
    git.commit(repo, ["w"], "work")

    assert git.merge_base(repo, "main") == start
    assert git.merge_base(repo, "nowhere") == ""
    assert git.is_ancestor(repo, start)
    assert not git.is_ancestor(repo, "HEAD", of=start)


# -- committing


def test_only_the_given_paths_are_committed_and_the_rest_stays_staged(repo):
    write(repo, **{"a.txt": "A\n", "other.txt": "o\n", "new [1].txt": "n\n"})
    run(repo, "add", "other.txt")

    made = git.commit(repo, ["a.txt", "new [1].txt"], "feat(x): T1.1", {"Task": "T1.1"})

    assert made == git.head(repo)
    assert run(repo, "show", "--name-only", "--format=", "HEAD") == "a.txt\nnew [1].txt\n"
    assert run(repo, "status", "--porcelain") == "A  other.txt\n"


def test_trailers_are_read_by_git_and_stay_on_one_line(repo):
    put(repo, "a.txt", "A")
    git.commit(repo, ["a.txt"], "feat: x\n\n# not a comment\nbody\n", {"Task": "T1", "AI": "a\nb"})

    assert run(repo, "log", "-1", "--format=%(trailers)") == "Task: T1\nAI: a b\n\n"
    assert "# not a comment" in run(repo, "log", "-1", "--format=%b")


def test_a_deletion_is_committed(repo):
    (repo / "a.txt").unlink()

    assert git.commit(repo, ["a.txt"], "drop a")
    assert git.content_at(repo, "HEAD", "a.txt") is None


def test_a_first_commit_can_be_made(empty):
    put(empty, "x", "1")

    assert git.commit(empty, ["x"], "begin") == git.head(empty)


@pytest.mark.parametrize("paths", [[], ["a.txt"], ["no such file"]])
def test_without_a_change_there_is_no_commit(repo, paths):
    before = git.head(repo)

    assert git.commit(repo, paths, "nothing") == ""
    assert git.head(repo) == before


def test_without_an_identity_it_says_what_to_type(repo, own_settings):
    (own_settings / ".gitconfig").write_text("")
    put(repo, "a.txt", "A")

    with pytest.raises(ConfigError, match="git does not know who you are") as error:
        git.commit(repo, ["a.txt"], "x")

    assert "git config --global user.name" in error.value.hint
    assert run(repo, "status", "--porcelain") == " M a.txt\n"


def test_a_hook_runs_and_its_refusal_is_told(repo):
    hook(repo, "pre-commit", "echo 'line 3: too long' >&2; exit 1")
    put(repo, "a.txt", "A")
    before = git.head(repo)

    with pytest.raises(ChecksFailed, match="a hook refused the commit: line 3: too long"):
        git.commit(repo, ["a.txt"], "x")

    assert git.head(repo) == before


SEEN = 'echo "$MY_TOKEN $SSH_AUTH_SOCK $NPM_TOKEN" > seen'


@pytest.fixture
def secrets(monkeypatch):
    for name in ("MY_TOKEN", "SSH_AUTH_SOCK", "NPM_TOKEN"):
        monkeypatch.setenv(name, name.lower())


def test_a_hook_is_given_no_secrets(repo, secrets):
    hook(repo, "pre-commit", SEEN)
    put(repo, "a.txt", "A")

    git.commit(repo, ["a.txt"], "x")

    assert (repo / "seen").read_text() == "  \n"


def test_a_hook_is_given_what_the_user_lets_through(repo, secrets):
    hook(repo, "pre-commit", SEEN)
    put(repo, "a.txt", "A")

    git.commit(repo, ["a.txt"], "x", environ={**os.environ, "ENV_KEEP": "NPM_TOKEN"})

    assert (repo / "seen").read_text() == "  npm_token\n"


@pytest.mark.parametrize(
    ("signs", "format_", "seen"),
    [("true", "ssh", "ssh_auth_sock"), ("false", "ssh", ""), ("true", "openpgp", "")],
)
def test_signing_with_ssh_still_reaches_its_agent(repo, secrets, signs, format_, seen):
    run(repo, "config", "commit.gpgsign", signs)
    run(repo, "config", "gpg.format", format_)
    for program in ("gpg.program", "gpg.ssh.program"):
        run(repo, "config", program, "false")
    hook(repo, "pre-commit", "echo $SSH_AUTH_SOCK > seen")
    put(repo, "a.txt", "A")

    with contextlib.suppress(NeedsPerson):  # that program cannot sign
        git.commit(repo, ["a.txt"], "x")

    assert (repo / "seen").read_text() == f"{seen}\n"


def test_git_at_work_elsewhere_is_a_busy_lock(repo):
    put(repo, "a.txt", "A")
    (repo / ".git" / "index.lock").touch()

    with pytest.raises(LockBusy, match=r"index\.lock"):
        git.commit(repo, ["a.txt"], "x")


def test_looking_needs_no_lock(repo):
    (repo / ".git" / "index.lock").touch()
    put(repo, "a.txt", "A")

    assert git.changed_since(repo, "HEAD") == ("a.txt",)


def test_in_the_middle_of_a_merge_a_person_is_needed(repo):
    run(repo, "checkout", "-q", "-b", "work")
    put(repo, "a.txt", "mine\n")
    git.commit(repo, ["a.txt"], "mine")
    run(repo, "checkout", "-q", "main")
    put(repo, "a.txt", "theirs\n")
    git.commit(repo, ["a.txt"], "theirs")
    subprocess.run(["git", "merge", "-q", "work"], cwd=repo, check=False, capture_output=True)

    with pytest.raises(NeedsPerson, match="git cannot commit now"):
        git.commit(repo, ["a.txt"], "x")


# -- putting back, and fresh checkouts


def test_files_are_put_back_and_new_ones_removed(repo):
    tree = git.snapshot(repo)
    write(repo, **{"a.txt": "edited", "new.txt": "n", "src/b.txt": "kept"})
    run(repo, "add", "new.txt")

    git.restore(repo, tree, ["a.txt", "new.txt", "never.txt"])

    assert (repo / "a.txt").read_text() == "a\n"
    assert run(repo, "status", "--porcelain") == " M src/b.txt\n"


def test_a_deleted_file_comes_back(repo):
    (repo / "src/b.txt").unlink()

    git.restore(repo, "HEAD", ["src/b.txt"])

    assert (repo / "src/b.txt").read_text() == "b\n"


def test_a_worktree_is_fresh_and_gone_afterwards(repo):
    hook(repo, "post-checkout", "touch hook-ran")
    put(repo, "a.txt", "open")

    with git.worktree(repo, "HEAD") as tree:
        assert (tree / "a.txt").read_text() == "a\n"
        assert git.branch(tree) == ""
        assert sorted(path.name for path in tree.iterdir()) == [".git", "a.txt", "src"]
        put(tree, "left", "x")

    assert not tree.exists()
    assert len(run(repo, "worktree", "list").splitlines()) == 1


def test_a_worktree_goes_even_when_the_work_in_it_fails(repo, tmp_path):
    with pytest.raises(RuntimeError), git.worktree(repo, "HEAD", tmp_path / "at"):
        raise RuntimeError("tests exploded")

    assert not (tmp_path / "at").exists()
    assert len(run(repo, "worktree", "list").splitlines()) == 1


def test_a_worktree_that_a_killed_process_left_goes_with_the_next(repo):
    pid = os.fork()
    if not pid:
        with git.worktree(repo, "HEAD"):
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(pid, 0)
    left = run(repo, "worktree", "list", "--porcelain")
    assert f"/ai-sessions-{pid}-" in left

    with git.worktree(repo, "HEAD") as other:
        assert len(run(repo, "worktree", "list").splitlines()) == 2
        with git.worktree(repo, "HEAD"):
            assert other.is_dir()  # its process is alive

    assert not Path(re.search(r"worktree (.*/ai-sessions-.*)/tree", left)[1]).exists()


def test_a_worktree_of_nothing_is_an_error_of_one_line(repo):
    with pytest.raises(ConfigError, match="git worktree add") as error, git.worktree(repo, "gone"):
        pass

    assert "\n" not in error.value.message


def test_without_git_it_says_so(repo, monkeypatch):
    monkeypatch.setenv("PATH", str(Path(repo, "src")))

    with pytest.raises(ConfigError, match="git is not installed"):
        git.head(repo)


@pytest.mark.parametrize("role", ["author", "committer"])
def test_an_identity_of_one_role_alone_is_not_enough(repo, own_settings, monkeypatch, role):
    (own_settings / ".gitconfig").write_text(f"[{role}]\nname = T\nemail = t@example.com\n")

    with pytest.raises(ConfigError, match="git does not know who you are"):
        git.need_identity(repo)


def test_git_has_to_be_on_the_path(monkeypatch, tmp_path):
    git.need()
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(ConfigError, match="git is not installed"):
        git.need()
