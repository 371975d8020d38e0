"""What a repository says about itself."""

import os

import pytest

from ai_sessions import git
from ai_sessions.errors import ConfigError

from .conftest import put, run, write


def test_outside_of_a_repository_it_says_so(tmp_path):
    with pytest.raises(ConfigError, match="is not inside a git repository") as error:
        git.top_level(tmp_path)

    assert error.value.hint == "run: git init"
    assert not git.is_repository(tmp_path)
    assert not git.is_repository(tmp_path / "gone")


def test_the_top_is_found_from_below(repo):
    assert git.top_level(repo / "src") == repo
    assert git.is_repository(repo / "src")
    assert not git.is_repository(repo / ".git")
    assert git.head(repo / "src") == git.head(repo)


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


def test_files_are_those_that_are_there(repo):
    (repo / "a.txt").unlink()
    put(repo, "new", "n")

    assert git.files(repo) == ("new", "src/b.txt")


def test_where_branches_are_kept_in_another_form_git_is_asked(repo, tmp_path, monkeypatch):
    """As in a repository with reftable: only a newer git than there may be can read it."""
    put(repo, ".git/HEAD", "ref: refs/heads/.invalid\n")
    put(tmp_path, "bin/git", '#!/bin/sh\ncase "$*" in *symbolic-ref*HEAD) echo kept ;; esac\n')
    (tmp_path / "bin/git").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)

    assert git.branch(repo) == "kept"


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


def test_commits_are_found_by_how_a_line_of_their_message_begins(repo):
    put(repo, "b", "b")
    first = git.commit(repo, ["b"], "One\n\nof Evidence: sha256:0", {"Evidence": "sha256:1"})
    put(repo, "c", "c")
    second = git.commit(repo, ["c"], "Two\n\n    Evidence: sha256:2 quoted\n\nmore")

    found = git.messages(repo, ["Evidence: sha256:", "Other"])
    assert list(found) == [second, first]
    assert found[second] == "Two\n\n    Evidence: sha256:2 quoted\n\nmore\n\n"
    assert list(git.messages(repo, ["Evidence"], f"{first}..HEAD")) == [second]
    assert git.messages(repo, ["Other", "of"]) == {first: found[first]}
    assert git.messages(repo, ["Other"]) == {}


def test_before_the_first_commit_there_are_no_messages(empty):
    assert git.messages(empty, ["Evidence"]) == {}


def test_a_history_that_cannot_be_read_is_no_history_without_messages(repo):
    (repo / ".git" / "refs" / "heads" / "main").write_text("0" * 39 + "1\n")

    with pytest.raises(ConfigError, match="git log failed"):
        git.messages(repo, ["Evidence"])


def test_the_last_change_of_a_file_is_the_newest_commit_that_has_it(repo):
    put(repo, "b*", "b")
    made = git.commit(repo, ["b*"], "One")
    put(repo, "bc", "c")
    other = git.commit(repo, ["bc"], "Two")

    assert git.last_change(repo, ["b*"]) == made
    assert git.last_change(repo, ["bc"]) == other
    assert git.last_change(repo, ["bc"], made) == ""
    assert git.last_change(repo, ["nowhere"]) == ""


def test_what_exists(repo):
    assert git.exists(repo, "HEAD:a.txt")
    assert git.exists(repo, git.snapshot(repo))
    assert not git.exists(repo, "HEAD:b.txt")
    assert not git.exists(repo, "nowhere")


@pytest.fixture
def remote(repo, tmp_path):
    """A clone, whose remote is `repo`."""
    run(tmp_path, "clone", "-q", str(repo), "clone")
    return tmp_path / "clone"


def test_the_first_commit_is_that_of_the_main_line(repo):
    first = git.head(repo)
    run(repo, "checkout", "-q", "--orphan", "other")
    run(repo, "commit", "-qm", "another beginning")
    run(repo, "checkout", "-q", "main")
    run(repo, "merge", "-q", "--allow-unrelated-histories", "-m", "merge", "other")
    put(repo, "a.txt", "more\n")
    git.commit(repo, ["a.txt"], "more")

    assert git.root_commit(str(repo / ".git")) == first


def test_without_a_whole_history_there_is_no_first_commit(repo, empty, tmp_path):
    put(repo, "a.txt", "more\n")
    git.commit(repo, ["a.txt"], "more")
    run(tmp_path, "clone", "-q", "--depth=1", f"file://{repo}", "shallow")

    assert git.root_commit(str(tmp_path / "shallow" / ".git")) == ""
    assert git.root_commit(str(empty / ".git")) == ""


def test_what_is_not_settled_are_changes_and_new_files(repo):
    (repo / "inner").mkdir()
    run(repo / "inner", "init", "-q")
    write(repo, **{"a.txt": "A", "new": "n", ".gitignore": "ignored\n", "ignored": "i", "s": "s"})
    run(repo, "add", "s")
    (repo / "src/b.txt").unlink()

    found = git.unsettled(repo)
    assert sorted(found) == [".gitignore", "a.txt", "inner/", "new", "src/b.txt"]


def test_what_is_ignored_is_told_by_folders(repo):
    write(repo, **{".gitignore": "out/\n*.log\n", "out/a": "x", "out/b": "x", "x.log": "x"})

    assert sorted(git.ignored(repo)) == ["out/", "x.log"]


@pytest.mark.parametrize("flag", ["--skip-worktree", "--assume-unchanged"])
def test_files_that_git_was_told_to_overlook(repo, flag):
    assert git.overlooked(repo) == frozenset()

    run(repo, "update-index", flag, "src/b.txt")
    assert git.overlooked(repo) == {"src/b.txt"}
    git.look_at(repo, ["src/b.txt"])
    assert git.overlooked(repo) == frozenset()


def test_in_a_repository_without_an_index_nothing_is_overlooked(empty):
    assert git.overlooked(empty) == frozenset()


def test_the_remotes_are_told_by_name(repo, remote):
    run(remote, "remote", "add", "fork", str(repo))

    assert git.remotes(remote) == ("fork", "origin")
    assert git.remotes(repo) == ()


def test_the_branch_that_is_followed(repo, remote):
    assert git.upstream(remote) == ("origin", "main")
    assert git.upstream(repo) == ("", "")
    run(remote, "checkout", "-q", "--detach")
    assert git.upstream(remote) == ("", "")
    run(remote, "checkout", "-q", "-b", "work")
    run(remote, "config", "branch.work.remote", "origin")
    assert git.upstream(remote) == ("", "")


def test_a_default_branch_that_is_not_here_is_that_of_the_remote(repo, remote):
    run(repo, "branch", "-m", "main", "trunk")
    run(remote, "fetch", "-q")
    run(remote, "remote", "set-head", "origin", "--auto")
    run(remote, "checkout", "-q", "-b", "work")
    run(remote, "branch", "-q", "-D", "main")

    assert git.default_branch(remote) == "origin/trunk"
    run(remote, "checkout", "-q", "-b", "trunk", "origin/trunk")
    assert git.default_branch(remote) == "trunk"


def test_master_is_a_main_line_too(repo):
    run(repo, "branch", "-m", "main", "master")
    run(repo, "checkout", "-q", "-b", "work")

    assert git.default_branch(repo) == "master"


def test_the_message_of_a_commit_is_whole(repo):
    put(repo, "a.txt", "A")
    git.commit(repo, ["a.txt"], "Subject\n\nbody", {"Task": "T1"})

    assert git.message(repo, "HEAD") == "Subject\n\nbody\n\nTask: T1\n\n"
    assert git.message(repo, "HEAD~1").startswith("first")


def test_settings_that_change_how_a_log_is_searched_or_shown_change_nothing(repo):
    put(repo, "a.txt", "A")
    commit = git.commit(repo, ["a.txt"], "One", {"Evidence": "1"})
    run(repo, "config", "grep.patternType", "fixed")
    run(repo, "config", "log.showSignature", "true")

    assert list(git.messages(repo, ["Evidence: "])) == [commit]
    assert git.last_change(repo, ["a.txt"]) == commit


def test_a_range_that_cannot_be_read_is_told(repo):
    with pytest.raises(ConfigError, match="git log failed"):
        git.messages(repo, ["Evidence"], "nowhere..HEAD")


def test_a_link_that_leads_nowhere_is_a_file_that_is_there(repo):
    os.symlink("nowhere", repo / "link")

    assert "link" in git.files(repo)


def test_a_copy_is_told_with_the_name_it_was_taken_from():
    from ai_sessions.git.reading import _changes

    fields = ["C  new", "old", " M other", "R  there", "here", "?? last"]
    assert [(one.code, one.path, one.original) for one in _changes(fields)] == [
        *(("C ", "new", "old"), (" M", "other", ""), ("R ", "there", "here"), ("??", "last", ""))
    ]


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (
            b"[a]\n\tb = c\n[core]\n\thooksPath = x\n\ty\n",
            ("a.b\nc", "core.hookspath\nx", "core.y"),
        ),
        (b"", ()),
        (b"[broken", ()),
    ],
)
def test_settings_are_read_from_the_content_of_a_file(content, wanted):
    assert git.settings_in(content) == wanted


def test_a_setting_of_this_machine_or_repository_is_not_among_them(repo, own_settings, monkeypatch):
    monkeypatch.chdir(repo)

    assert git.settings_in(b"[a]\n\tb = c\n") == ("a.b\nc",)


def test_ignored_files_are_not_among_the_files(repo):
    write(repo, **{".gitignore": "out\n", "out": "x"})

    assert git.files(repo) == (".gitignore", "a.txt", "src/b.txt")


def test_the_main_line_is_the_default_also_beside_it(repo):
    run(repo, "checkout", "-q", "-b", "work")

    assert git.default_branch(repo) == "main"
