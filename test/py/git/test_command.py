"""The one way to run git: environment, locks, errors."""

from pathlib import Path

import pytest

from ai_sessions import git
from ai_sessions.environment import LOCAL_TO_GIT
from ai_sessions.errors import ConfigError

from .conftest import put, run


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
        git.status(repo)


def test_git_has_to_be_on_the_path(monkeypatch, tmp_path):
    git.need()
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(ConfigError, match="git is not installed"):
        git.need()


def test_the_environment_of_an_outer_git_is_left_behind(repo):
    local = run(repo, "rev-parse", "--local-env-vars").split()

    assert set(local) <= LOCAL_TO_GIT


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GIT_COMMON_DIR", "{}/.git"),
        ("GIT_OBJECT_DIRECTORY", "{}/.git/objects"),
        ("GIT_NAMESPACE", "another"),
        ("GIT_CONFIG_PARAMETERS", "'core.worktree'='{}'"),
        ("GIT_WORK_TREE", "{}"),
    ],
)
def test_no_variable_of_git_leads_to_another_repository(repo, empty, monkeypatch, name, value):
    before = git.head(repo), git.status(repo)
    monkeypatch.setenv(name, value.format(empty))

    assert (git.head(repo), git.status(repo)) == before


def test_settings_of_an_outer_git_are_not_ours(repo, monkeypatch):
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "user.name")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "Somebody else")

    assert git.identity(repo) == "Dev <dev@example.com>"
