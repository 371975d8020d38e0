"""A sentence that names files says what became of them since."""

import subprocess

import pytest

from ai_sessions.conversations import project_changes
from ai_sessions.conversations.project_changes import changed


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A repository and a function that commits a file; it returns the commit."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    root = tmp_path / "project"
    (root / "src").mkdir(parents=True)

    def git(*words):
        user = ("-c", "user.name=Dev", "-c", "user.email=dev@example.com")
        done = subprocess.run(["git", *user, *words], cwd=root, check=True, capture_output=True)
        return done.stdout.decode().strip()

    def commit(name, text):
        (root / name).write_text(text)
        git("add", "-A")
        git("commit", "-qm", "more")
        return git("rev-parse", "HEAD")

    git("init", "-q")
    project_changes._changed.cache_clear()
    return str(root), commit


def test_files_that_changed_are_named_with_their_commits(project):
    root, commit = project
    first = commit("src/app.py", "1")
    commit("src/app.py", "2")
    commit("src/app.py", "3")
    commit("src/other.py", "1")

    told = changed(root, first, "It is in `src/app.py`, see app.py and src/none.py.")

    assert told == "src/app.py changed in 2 commits since"


def test_a_new_commit_is_seen_and_files_that_are_gone_are_told(project, tmp_path):
    root, commit = project
    first = commit("src/app.py", "1")
    assert changed(root, first, "in src/app.py") == ""
    commit("src/app.py", "2")
    assert changed(root, first, "in src/app.py") == "src/app.py changed in 1 commit since"
    (tmp_path / "project/src/app.py").unlink()
    commit("src/b.py", "1")

    told = changed(root, first, "in src/app.py, src/b.py")
    assert told == "src/app.py was deleted since, src/b.py changed in 1 commit since"


def test_very_many_commits_are_told_as_such(project, monkeypatch):
    root, commit = project
    first = commit("app.py", "1")
    commit("app.py", "2")
    monkeypatch.setattr(project_changes.history, "MOST", 1)

    assert changed(root, first, "app.py") == "app.py changed in at least 1 commit since"


@pytest.mark.parametrize("text", ["no file at all", "", "../app.py", "http://x/app.py", "v1.2.3"])
def test_a_text_without_files_has_nothing(project, text):
    root, commit = project
    first = commit("app.py", "1")
    commit("app.py", "2")

    assert changed(root, first, text) == ""


def test_where_nobody_knows_nothing_is_told(project, tmp_path):
    root, commit = project
    commit("app.py", "1")

    assert changed(root, "f" * 40, "app.py") == ""
    assert changed(root, "", "app.py") == ""
    assert changed("", "f" * 40, "app.py") == ""
    assert changed(str(tmp_path / "gone"), "f" * 40, "app.py") == ""


def test_a_repository_that_git_cannot_read_has_nothing(project, tmp_path):
    root, commit = project
    first = commit("app.py", "1")
    commit("app.py", "2")
    (tmp_path / "project/.git/config").write_text("[broken")

    assert changed(root, first, "app.py and src/app.py") == ""
