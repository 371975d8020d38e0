"""The one way to run git: environment, locks, errors."""

from pathlib import Path

import pytest

from ai_sessions import git
from ai_sessions.errors import ConfigError

from .conftest import put


def test_a_repository_named_by_the_environment_is_not_ours(repo, empty, monkeypatch):
    monkeypatch.setenv("GIT_DIR", str(empty / ".git"))

    assert git.top_level(repo) == repo


def test_looking_needs_no_lock(repo):
    (repo / ".git" / "index.lock").touch()
    put(repo, "a.txt", "A")

    assert git.changed_since(repo, "HEAD") == ("a.txt",)


def test_without_git_it_says_so(repo, monkeypatch):
    monkeypatch.setenv("PATH", str(Path(repo, "src")))

    with pytest.raises(ConfigError, match="git is not installed"):
        git.head(repo)


def test_git_has_to_be_on_the_path(monkeypatch, tmp_path):
    git.need()
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(ConfigError, match="git is not installed"):
        git.need()
