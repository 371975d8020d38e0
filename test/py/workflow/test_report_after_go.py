"""After GO: what is named as not committed, and the command that comes next."""

import pytest
from scripted import git

from ai_sessions.workflow import report
from ai_sessions.workflow.tree import Tree

WITHOUT_GH = {"PATH": ""}


@pytest.fixture
def tree(space, repo):
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "Plan")
    return Tree(repo, space.root)


@pytest.fixture
def gh(tmp_path):
    """A PATH on which `gh` is."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "gh").write_text("#!/bin/sh\n")
    (folder / "gh").chmod(0o755)
    return {"PATH": str(folder)}


@pytest.fixture
def remote(repo, tmp_path):
    """A remote named origin whose default branch is main."""
    git(tmp_path, "init", "-q", "--bare", "-b", "main", "origin.git")
    git(repo, "remote", "add", "origin", str(tmp_path / "origin.git"))
    git(repo, "push", "-q", "-u", "origin", "main")
    git(repo, "remote", "set-head", "origin", "main")


def test_nothing_written_is_nothing_told(space, tree):
    assert report.uncommitted(space, tree) == ()
    assert report.told_uncommitted(space, ()) == ""
    assert report.commit_reports(space, tree) == ""


def test_notes_of_a_person_are_not_named_among_the_reports(space, tree):
    space.write("mine\n", "notes.md")
    space.write("{}\n", "verify", "001.json")
    assert report.uncommitted(space, tree) == (space.relative("verify", "001.json"),)


def test_without_a_remote_the_next_command_commits_and_pushes_nowhere(space, tree, gh):
    space.write("{}\n", "reviews", "001.json")
    reviews = space.relative("reviews")
    assert report.next_command(space, tree, gh) == (
        f"git add {reviews} && git commit -m 'Review and verify pay' -- {reviews}"
    )


def test_a_branch_of_its_own_is_pushed_and_proposed_where_gh_is(space, tree, remote, repo, gh):
    git(repo, "switch", "-qc", "pay")
    assert report.next_command(space, tree, gh) == (
        "git push -u origin HEAD && gh pr create --fill"
    )
    assert report.next_command(space, tree, WITHOUT_GH) == "git push -u origin HEAD"


def test_the_default_branch_is_pushed_and_never_proposed(space, tree, remote, gh):
    assert report.next_command(space, tree, gh) == "git push"


def test_a_branch_that_follows_another_one_gets_one_of_its_own(space, tree, remote, repo):
    git(repo, "switch", "-qc", "pay", "--track", "origin/main")
    assert report.next_command(space, tree, WITHOUT_GH) == "git push -u origin HEAD"


def test_a_remote_of_another_name_is_pushed_to(space, tree, remote, repo):
    git(repo, "remote", "rename", "origin", "fork")
    git(repo, "switch", "-qc", "pay")
    assert report.next_command(space, tree, WITHOUT_GH) == "git push -u fork HEAD"


def test_no_branch_is_no_push(space, tree, remote, repo):
    git(repo, "switch", "-q", "--detach")
    space.write("{}\n", "reviews", "001.json")
    assert "push" not in report.next_command(space, tree, WITHOUT_GH)
