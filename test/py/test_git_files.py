"""What git's own files tell is what git tells, in every kind of checkout."""

import pytest
from scripted import git

from ai_sessions import git_files


@pytest.fixture
def repo(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    made = tmp_path / "my project"
    made.mkdir()
    git(made, "init", "-q", "-b", "main")
    git(made, "config", "user.name", "Test")
    git(made, "config", "user.email", "test@example.com")
    return made


@pytest.fixture
def first(repo):
    """Its first commit."""
    git(repo, "commit", "-qm", "Begin", "--allow-empty")
    return git(repo, "rev-parse", "HEAD").strip()


def test_the_commit_and_the_branch(repo, first):
    assert (git_files.commit(str(repo)), git_files.branch(str(repo))) == (first, "main")


def test_a_branch_whose_commit_is_packed(repo, first):
    git(repo, "pack-refs", "--all")

    assert git_files.commit(str(repo)) == first


def test_a_linked_working_tree(repo, first, tmp_path):
    linked = tmp_path / "linked"
    git(repo, "worktree", "add", "-q", "-b", "side", str(linked))

    assert (git_files.commit(str(linked)), git_files.branch(str(linked))) == (first, "side")
    assert git_files.common_folder(str(linked)) == str(repo / ".git")


def test_a_detached_head_is_on_no_branch(repo, first):
    git(repo, "checkout", "-q", "--detach")

    assert (git_files.commit(str(repo)), git_files.branch(str(repo))) == (first, "")


def test_a_repository_without_commits(repo):
    assert (git_files.commit(str(repo)), git_files.branch(str(repo))) == ("", "main")


def test_no_repository_at_all(tmp_path):
    assert (git_files.commit(str(tmp_path)), git_files.branch(str(tmp_path))) == ("", "")


def test_branches_that_are_kept_in_another_form_are_unknown(repo, first):
    """As in a repository with reftable, made by a newer git than there may be."""
    (repo / ".git" / "HEAD").write_text("ref: refs/heads/.invalid\n")

    assert (git_files.commit(str(repo)), git_files.branch(str(repo))) == ("", "")
    assert not git_files.is_detached(str(repo))


def test_a_detached_head_is_told_from_an_unknown_one(repo, first, tmp_path):
    assert not git_files.is_detached(str(repo))
    git(repo, "checkout", "-q", "--detach")
    assert git_files.is_detached(str(repo))
    assert not git_files.is_detached(str(tmp_path))
