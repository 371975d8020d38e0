"""Scratch checkouts, and that they are gone afterwards."""

import os
import re
import shutil
import signal
from pathlib import Path

import pytest

from ai_sessions import git
from ai_sessions.errors import ConfigError

from .conftest import hook, put, run


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


def test_a_worktree_of_somebody_else_whose_disk_is_away_stays(repo, tmp_path):
    theirs, away = tmp_path / "theirs", tmp_path / "away"
    run(repo, "worktree", "add", "-q", "--detach", str(theirs))
    put(theirs, "staged.txt", "staged")
    run(theirs, "add", "staged.txt")
    theirs.rename(away)

    with git.worktree(repo, "HEAD"):
        pass
    away.rename(theirs)

    assert run(theirs, "status", "--porcelain") == "A  staged.txt\n"


def test_a_worktree_that_somebody_deleted_is_forgotten(repo):
    with git.worktree(repo, "HEAD") as folder:
        shutil.rmtree(folder)

    assert str(folder) not in run(repo, "worktree", "list", "--porcelain")
    assert not list((repo / ".git" / "worktrees").glob("*"))


def test_a_worktree_of_which_the_link_to_the_repository_is_broken_is_forgotten(repo):
    with git.worktree(repo, "HEAD") as folder:
        (folder / ".git").write_text("gitdir: /nowhere\n")

    assert not folder.exists()
    assert str(folder) not in run(repo, "worktree", "list", "--porcelain")


def test_a_tree_is_checked_out_on_top_of_the_current_commit(repo):
    put(repo, "a.txt", "open")
    put(repo, "new", "n")

    with git.worktree(repo, git.snapshot(repo)) as folder:
        assert (folder / "a.txt").read_text() == "open"
        assert (folder / "new").read_text() == "n"
        assert git.head(folder) == git.head(repo)


def test_a_checkout_that_cannot_be_filled_is_told(repo):
    put(repo, ".gitattributes", "*.txt filter=broken\n")
    git.commit(repo, [".gitattributes"], "filter")
    run(repo, "config", "filter.broken.smudge", "false")
    run(repo, "config", "filter.broken.required", "true")

    with pytest.raises(ConfigError, match="git read-tree HEAD failed"), git.worktree(repo, "HEAD"):
        pass


def test_a_checkout_stays_until_it_is_removed_with_all_that_is_in_it(repo, tmp_path):
    place = tmp_path / "place"
    git.add_worktree(repo, "HEAD", place)
    put(place, "new/x", "x")
    (place / ".git").write_text("gitdir: /nowhere\n")

    git.remove_worktree(repo, place)
    git.remove_worktree(repo, tmp_path / "never")

    assert not place.exists()
    assert not list((repo / ".git" / "worktrees").glob("*"))
