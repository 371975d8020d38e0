"""What became of files since a commit, also where nobody can tell."""

import pytest

from ai_sessions import git
from ai_sessions.errors import ConfigError, TimedOut
from ai_sessions.git import history
from ai_sessions.git.history import Since, named, since

from .conftest import put, run


def commit(repo, name, text):
    if text:
        put(repo, name, text)
    else:
        (repo / name).unlink()
    run(repo, "add", "-A")
    run(repo, "commit", "-qm", "more")
    return git.head(repo)


@pytest.fixture
def changed(repo):
    """The first commit of a repository where `src/b.txt` changed twice since, and `a.txt` went."""
    first = git.head(repo)
    commit(repo, "src/b.txt", "b2\n")
    commit(repo, "a.txt", "")
    commit(repo, "src/b.txt", "b3\n")
    return first


def test_commits_that_changed_a_file_are_counted(repo, changed):
    assert since(repo, changed, ["src/b.txt"]) == {"src/b.txt": Since(2, is_gone=False)}
    assert since(repo, git.head(repo), ["src/b.txt"]) == {}


def test_a_file_that_was_taken_away_is_gone_until_it_is_back(repo, changed):
    assert since(repo, changed, ["a.txt"]) == {"a.txt": Since(1, is_gone=True)}
    commit(repo, "a.txt", "back\n")
    assert since(repo, changed, ["a.txt"]) == {"a.txt": Since(2, is_gone=False)}


def test_paths_are_relative_to_the_folder_and_come_in_the_order_they_were_given(repo, changed):
    assert since(repo / "src", changed, ["b.txt"]) == {"b.txt": Since(2, is_gone=False)}
    assert list(since(repo, changed, ["src/b.txt", "a.txt"])) == ["src/b.txt", "a.txt"]


def test_what_is_only_in_the_working_tree_does_not_count(repo, changed):
    put(repo, "src/b.txt", "not yet\n")
    put(repo, "new.txt", "new\n")

    assert since(repo, changed, ["src/b.txt", "new.txt"]) == {"src/b.txt": Since(2, is_gone=False)}


def test_only_so_many_commits_are_looked_through(repo, changed, monkeypatch):
    monkeypatch.setattr(history, "MOST", 1)

    assert since(repo, changed, ["src/b.txt"]) == {"src/b.txt": Since(1, is_gone=False)}


@pytest.mark.parametrize(
    "name", ["f" * 40, "HEAD", "--all", "", "abc", "main..HEAD", "HEAD~3^0", "A" * 40]
)
def test_of_what_is_no_commit_nothing_is_told(repo, changed, name):
    assert since(repo, name, ["src/b.txt"]) == {}


@pytest.mark.parametrize("path", ["../../etc/passwd", "*.txt", ":(glob)**", "--all", "src/none"])
def test_of_what_is_no_file_nothing_is_told(repo, changed, path):
    assert since(repo, changed, [path]) == {}
    assert since(repo, changed, []) == {}


def test_no_repository_has_no_history(tmp_path, empty):
    assert since(tmp_path, "f" * 40, ["a.txt"]) == {}
    assert since(empty, "f" * 40, ["a.txt"]) == {}


def test_no_program_of_the_repository_is_run(repo, changed, tmp_path):
    seen = tmp_path / "seen"
    for key in ("diff.external", "core.pager", "gpg.program", "core.fsmonitor"):
        run(repo, "config", key, f"touch {seen}; true")
    run(repo, "config", "log.showSignature", "true")
    put(repo, ".git/info/attributes", "* diff=x\n")
    run(repo, "config", "diff.x.textconv", f"touch {seen}; cat")

    assert since(repo, changed, ["src/b.txt"])
    assert not seen.exists()


def test_it_does_not_take_for_ever(repo, changed, monkeypatch):
    monkeypatch.setattr(history, "_TIMEOUT_S", 0.0)
    with pytest.raises(TimedOut):
        since(repo, changed, ["src/b.txt"])


def test_a_name_without_a_folder_means_the_one_file_of_that_name(repo):
    commit(repo, "lib/deep/c.txt", "c\n")
    commit(repo, "other/b.txt", "b\n")

    assert named(repo, ["c.txt", "a.txt", "c.txt"]) == ["lib/deep/c.txt", "a.txt"]
    assert named(repo, ["b.txt", "none.txt"]) == []
    assert named(repo, ["src/b.txt", "../b.txt"]) == ["src/b.txt"]


def test_names_mean_nothing_where_there_is_no_repository(tmp_path):
    with pytest.raises(ConfigError):
        named(tmp_path, ["a.txt"])
