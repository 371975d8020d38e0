"""What a repository says about itself."""

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


def test_commits_are_found_by_what_their_trailers_say(repo):
    put(repo, "b", "b")
    first = git.commit(repo, ["b"], "One\n\nEvidence: in the text", {"Evidence": "sha256:1"})
    put(repo, "c", "c")
    second = git.commit(repo, ["c"], "Two", {"Evidence": "sha256:2"})

    assert git.trailers(repo, "Evidence") == {"sha256:1": first, "sha256:2": second}
    assert git.trailers(repo, "Evidence", f"{first}..HEAD") == {"sha256:2": second}
    assert git.trailers(repo, "Other") == {}


def test_before_the_first_commit_there_are_no_trailers(empty):
    assert git.trailers(empty, "Evidence") == {}


def test_a_history_that_cannot_be_read_is_no_history_without_trailers(repo):
    (repo / ".git" / "refs" / "heads" / "main").write_text("0" * 39 + "1\n")

    with pytest.raises(ConfigError, match="git log failed"):
        git.trailers(repo, "Evidence")


def test_what_exists(repo):
    assert git.exists(repo, "HEAD:a.txt")
    assert git.exists(repo, git.snapshot(repo))
    assert not git.exists(repo, "HEAD:b.txt")
