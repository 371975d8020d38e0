"""Trees of all files: taken, compared, put back."""

import pytest

from ai_sessions import git
from ai_sessions.errors import ConfigError

from .conftest import put, run, write


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


def test_contents_are_what_git_keeps(repo):
    put(repo, ".gitattributes", "*.txt text eol=crlf\n")
    (repo / "a.txt").write_bytes(b"one\r\ntwo\r\n")
    (repo / "same.txt").write_bytes(b"one\r\ntwo\r\n")
    (repo / "empty").write_bytes(b"")
    (repo / "caf\udce9 \n.bin").write_bytes(b"\x00\n\xff")
    (repo / "link").symlink_to("a.txt")
    names = ["a.txt", "same.txt", "empty", "caf\udce9 \n.bin", "link", "src", "absent"]

    assert git.contents_at(repo, git.snapshot(repo), names) == {
        "a.txt": b"one\ntwo\n",
        "same.txt": b"one\ntwo\n",
        "empty": b"",
        "caf\udce9 \n.bin": b"\x00\n\xff",
        "link": b"a.txt",
    }


def test_of_nothing_there_are_no_contents(repo):
    assert git.contents_at(repo, "HEAD", []) == {}


def test_a_name_is_looked_up_again_and_an_id_is_not(repo):
    first, then = git.head(repo), git.snapshot(repo)
    put(repo, "a.txt", "A")
    git.commit(repo, ["a.txt"], "second")

    assert git.changed_between(repo, "HEAD", then) == ("a.txt",)
    assert git.changed_between(repo, first, then) == ()
    put(repo, "a.txt", "B")
    git.commit(repo, ["a.txt"], "third")
    put(repo, "src/b.txt", "B")
    assert git.changed_between(repo, "HEAD", git.snapshot(repo)) == ("src/b.txt",)


def test_a_comparison_that_failed_is_made_again(repo):
    absent = "1" * 40
    for _ in range(2):
        with pytest.raises(ConfigError, match="git diff-tree failed"):
            git.changed_between(repo, git.head(repo), absent)
