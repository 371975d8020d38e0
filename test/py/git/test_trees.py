"""Trees of all files: taken, compared, put back."""

import os

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
    assert set(git.paths_in(repo, one)) == {"a.txt"}
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


PNG = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1"


def test_a_difference_shows_texts_that_attributes_call_binary(repo):
    put(repo, ".gitattributes", "*.py -diff\nb.txt binary\n*.js diff=none\n")
    put(repo, "old.py", "".join(f"{number}\n" for number in range(9)))
    run(repo, "add", "-A")
    run(repo, "commit", "-qm", "blind")
    run(repo, "config", "diff.none.binary", "true")
    run(repo, "mv", "old.py", "new name.py")
    put(repo, "new name.py", "".join(f"{number}\n" for number in range(1, 9)) + "py\n")
    put(repo, "b.txt", "txt\n")
    put(repo, "c.js", "js\n")
    put(repo, "zero.js", "let a = 1 // \0 a byte that makes git take this for binary\n")
    put(repo, "logo.png", PNG)
    put(repo, "plain", "plain\n")

    text = git.diff(repo, "HEAD")

    assert all(f"\n+{line}\n" in text for line in ("py", "txt", "js", "plain"))
    assert "rename to new name.py" in text
    assert "// \u2400 a byte that" in text
    assert "Binary files /dev/null and b/logo.png differ" in text
    assert text.count("Binary files") == 1


def test_a_large_file_that_is_called_binary_is_left_at_that(repo, monkeypatch):
    monkeypatch.setattr("ai_sessions.git.trees._MOST_TEXT", 3)
    put(repo, ".gitattributes", "* -diff\n")
    put(repo, "a.txt", "long\n")
    put(repo, "b.txt", "s\n")

    text = git.diff(repo, "HEAD")

    assert "Binary files a/a.txt and b/a.txt differ" in text
    assert "\n+s\n" in text


def test_a_difference_has_the_prefixes_that_we_read(repo):
    for name in ("diff.noprefix", "diff.mnemonicPrefix", "diff.relative"):
        run(repo, "config", name, "true")
    put(repo, "a.txt", "A\n")

    assert "--- a/a.txt\n+++ b/a.txt\n" in git.diff(repo, "HEAD")


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


def test_a_renamed_file_is_one_that_went_and_one_that_came(repo):
    run(repo, "mv", "a.txt", "z.txt")

    assert [(one.path, one.code) for one in git.changed_files(repo)] == [
        *(("a.txt", "D "), ("z.txt", "A "))
    ]
    assert git.changed_between(repo, "HEAD", git.snapshot(repo)) == ("a.txt", "z.txt")


def test_a_file_is_told_once_however_it_was_changed(repo):
    put(repo, "a.txt", "staged")
    run(repo, "add", "a.txt")
    put(repo, "a.txt", "open")
    put(repo, "src/new", "n")

    assert [one.path for one in git.changed_files(repo)] == ["a.txt", "src/new"]
    run(repo, "rm", "-q", "--cached", "src/b.txt")
    assert [one.path for one in git.changed_files(repo)] == ["a.txt", "src/new"]


def test_only_the_files_that_were_asked_for_need_a_look(repo):
    write(repo, **{"a.txt": "A", "src/b.txt": "B"})

    assert [one.path for one in git.changed_files(repo, ["a.txt"])] == ["a.txt"]
    many = ["a.txt", *(f"{number}" for number in range(500))]
    assert [one.path for one in git.changed_files(repo, many)] == ["a.txt", "src/b.txt"]
    assert [one.path for one in git.changed_files(repo, many[:500])] == ["a.txt"]


@pytest.fixture
def inner(repo):
    """A repository inside the other, of which that has the commit."""
    (repo / "lib").mkdir()
    run(repo / "lib", "init", "-q")
    put(repo / "lib", "x", "1")
    run(repo / "lib", "add", "-A")
    run(repo / "lib", "commit", "-qm", "lib")
    run(repo, "add", "lib")
    run(repo, "commit", "-qm", "with lib")
    return repo / "lib"


def test_what_is_open_in_an_inner_repository_is_its_own_concern(repo, inner):
    put(inner, "x", "2")
    put(inner, "y", "2")

    assert git.changed_files(repo) == ()
    run(inner, "commit", "-qam", "more")
    assert [one.path for one in git.changed_files(repo)] == ["lib"]


def test_an_inner_repository_is_left_as_it_is(repo, inner):
    tip = git.head(inner)
    run(inner, "commit", "-q", "--allow-empty", "-m", "more")
    put(repo, "a.txt", "A")

    git.restore(repo, git.head(repo), ["lib", "a.txt"])
    git.restore(repo, git.commit_id(repo, "HEAD~1"), ["lib"])

    assert (inner / "x").read_text() == "1"
    assert git.head(inner) != tip
    assert (repo / "a.txt").read_text() == "a\n"
    assert git.kinds_at(repo, "HEAD", ["lib", "a.txt"]) == {"lib": "160000", "a.txt": "100644"}
    assert git.contents_at(repo, "HEAD", ["lib"]) == {}


def test_a_folder_a_pipe_or_a_link_in_place_of_a_file_makes_room(repo):
    (repo / "a.txt").unlink()
    put(repo, "a.txt/deep/x", "x")
    (repo / "src/b.txt").unlink()
    os.mkfifo(repo / "src/b.txt")

    git.restore(repo, git.head(repo), ["a.txt", "src/b.txt"])

    assert (repo / "a.txt").read_text() == "a\n"
    assert (repo / "src/b.txt").read_text() == "b\n"
    (repo / "a.txt").unlink()
    (repo / "a.txt").symlink_to("src")
    git.restore(repo, git.head(repo), ["a.txt"])
    assert (repo / "a.txt").read_text() == "a\n"
    assert (repo / "src/b.txt").exists()


def test_a_link_to_a_folder_that_is_new_goes_and_a_new_folder_stays(repo):
    (repo / "link").symlink_to("src")
    put(repo, "new/x", "x")

    git.restore(repo, git.head(repo), ["link", "new", "a.txt/below"])

    assert not (repo / "link").is_symlink()
    assert (repo / "src/b.txt").exists()
    assert (repo / "new/x").exists()


def test_what_is_staged_stays_so_unless_it_is_put_back_too(repo):
    tree = git.snapshot(repo)
    write(repo, **{"a.txt": "staged", "new": "staged"})
    run(repo, "add", "-A")

    git.restore(repo, tree, ["a.txt", "new"], staged=False)
    assert run(repo, "status", "--porcelain") == "MM a.txt\nAD new\n"
    git.restore(repo, tree, ["a.txt", "new"])
    assert run(repo, "status", "--porcelain") == ""


def test_no_hook_runs_when_files_are_put_back(repo):
    (repo / ".git/hooks").mkdir(exist_ok=True)
    for name in ("post-checkout", "post-index-change"):
        put(repo, f".git/hooks/{name}", "#!/bin/sh\ntouch ran\n")
        (repo / f".git/hooks/{name}").chmod(0o755)
    put(repo, "a.txt", "A")
    put(repo, "new", "n")

    git.restore(repo, "HEAD", ["a.txt", "new"])

    assert not (repo / "ran").exists()


def test_modes_and_contents_of_a_commit_of_any_name_and_of_an_id_are_the_same(repo):
    put(repo, "run.sh", "x")
    (repo / "run.sh").chmod(0o755)
    (repo / "link").symlink_to("a.txt")
    git.commit(repo, ["run.sh", "link"], "more")
    names = ["run.sh", "link", "src/b.txt", "absent"]

    for commit in ("HEAD", git.head(repo)):
        assert git.kinds_at(repo, commit, names) == {
            **{"run.sh": "100755", "link": "120000", "src/b.txt": "100644"}
        }
        assert git.contents_at(repo, commit, names) == {
            **{"run.sh": b"x", "link": b"a.txt", "src/b.txt": b"b\n"}
        }
    assert set(git.paths_in(repo, git.head(repo))) == {"a.txt", "src/b.txt", "run.sh", "link"}


def test_more_paths_than_fit_on_a_command_line_are_found(repo):
    names = [f"absent{number}" for number in range(1200)] + ["a.txt"]

    assert git.kinds_at(repo, "HEAD", names) == {"a.txt": "100644"}


def test_a_patch_of_two_ends_takes_no_look_at_the_files(repo):
    put(repo, "a.txt", "A\n")
    git.commit(repo, ["a.txt"], "second")
    put(repo, "a.txt", "open\n")

    assert "+A\n" in git.diff(repo, "HEAD~1", "HEAD")
    assert "open" not in git.diff(repo, "HEAD~1", "HEAD")
    assert "open" in git.diff(repo, "HEAD")
    run(repo, "checkout", "-q", "a.txt")
    run(repo, "mv", "a.txt", "z.txt")
    assert "rename to z.txt" in git.diff(repo, "HEAD")


def test_a_patch_shows_what_is_there_and_not_what_a_converter_makes_of_it(repo):
    put(repo, ".gitattributes", "*.txt diff=upper\n")
    run(repo, "config", "diff.upper.textconv", "tr a-z A-Z <")
    put(repo, "a.txt", "open\n")

    assert "+open\n" in git.diff(repo, "HEAD")


def test_the_id_of_no_files(repo):
    assert git.empty_tree(repo) == "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
    assert git.changed_between(repo, git.empty_tree(repo), "HEAD") == ("a.txt", "src/b.txt")


def test_a_snapshot_of_a_broken_index_is_still_one_of_all_files(repo):
    (repo / ".git/index").unlink()

    assert git.changed_between(repo, "HEAD", git.snapshot(repo)) == ()


def test_new_files_are_told_each_by_its_name(repo):
    write(repo, **{"new/x": "x", "-n": "x"})

    assert [one.path for one in git.changed_files(repo)] == ["-n", "new/x"]
    assert [one.path for one in git.changed_files(repo, ["-n"])] == ["-n"]


def test_what_is_staged_and_as_it_was_again_is_no_change(repo):
    put(repo, "a.txt", "staged")
    run(repo, "add", "a.txt")
    put(repo, "a.txt", "a\n")
    assert git.changed_files(repo) == ()

    run(repo, "add", "a.txt")
    run(repo, "rm", "-q", "--cached", "src/b.txt")
    assert git.changed_files(repo) == ()


def test_two_ids_are_compared_once_and_names_each_time(repo):
    first = git.head(repo)
    run(repo, "branch", "abc")
    put(repo, "a.txt", "A")
    second = git.commit(repo, ["a.txt"], "second")
    for name in ("abc", "HEAD~1"):
        assert git.changed_between(repo, name, second) == ("a.txt",)
    assert git.changed_between(repo, first, second) == ("a.txt",)

    run(repo, "branch", "-f", "abc", "HEAD")
    run(repo, "commit", "-q", "--allow-empty", "-m", "third")
    for name in ("abc", "HEAD~1"):
        assert git.changed_between(repo, name, second) == ()
    (repo / ".git/objects").rename(repo / "away")
    assert git.changed_between(repo, first, second) == ("a.txt",)


def test_a_name_like_an_option_is_a_name(repo):
    put(repo, "-n", "x\n")
    git.commit(repo, ["-n"], "more")
    put(repo, "a.txt", "A\n")

    assert git.kinds_at(repo, "HEAD", ["-n"]) == {"-n": "100644"}
    assert git.diff(repo, "HEAD~1", "HEAD", ["-n"]).endswith("+x\n")
    assert git.diff(repo, "HEAD", paths=["-n"]) == ""


def test_a_patch_of_what_is_no_utf_8_can_be_read(repo):
    (repo / "a.txt").write_bytes(b"caf\xe9\n")

    assert git.diff(repo, "HEAD").endswith("+caf\N{REPLACEMENT CHARACTER}\n")


def test_what_a_name_holds_is_looked_up_again(repo):
    assert git.kinds_at(repo, "HEAD", ["new"]) == {}
    put(repo, "new", "n")
    git.commit(repo, ["new"], "more")

    assert git.kinds_at(repo, "HEAD", ["new"]) == {"new": "100644"}


def test_a_tree_gets_what_another_commit_has_changed_and_keeps_the_rest(repo):
    before = git.head(repo)
    write(repo, **{"a.txt": "theirs\n", "new.txt": "n\n"})
    (repo / "src/b.txt").unlink()
    (repo / "new.txt").chmod(0o755)
    after = git.commit(repo, ["a.txt", "new.txt", "src/b.txt"], "theirs")
    run(repo, "checkout", "-q", before)
    write(repo, **{"a.txt": "mine\n", "mine.txt": "m\n"})

    carried = git.carried_over(repo, git.snapshot(repo), before, after)

    listed = [line.split() for line in run(repo, "ls-tree", "-r", carried).splitlines()]
    assert [(mode, name) for mode, _kind, _id, name in listed] == [
        *[("100644", "a.txt"), ("100644", "mine.txt"), ("100755", "new.txt")]
    ]
    assert run(repo, "show", f"{carried}:a.txt") == "theirs\n"
    assert (repo / "a.txt").read_text() == "mine\n"


def test_between_two_commits_that_are_alike_nothing_is_carried_over(repo):
    before = git.head(repo)
    run(repo, "commit", "-qm", "nothing", "--allow-empty")
    write(repo, **{"a.txt": "mine\n"})
    mine = git.snapshot(repo)

    assert git.carried_over(repo, mine, before, git.head(repo)) == mine


def test_a_listing_that_follows_another_says_what_is_there(repo):
    put(repo, "tool", "t")
    git.paths_in(repo, git.snapshot(repo))
    put(repo, "new name", "n")
    put(repo, "src/b.txt", "other")
    (repo / "a.txt").unlink()
    (repo / "tool").chmod(0o755)
    (repo / "link").symlink_to("tool")
    then = git.snapshot(repo)

    there = ("link", "new name", "src/b.txt", "tool")
    assert {*git.paths_in(repo, then)} == {*there}
    kinds = ("120000", "100644", "100644", "100755")
    assert git.kinds_at(repo, then, there) == dict(zip(there, kinds, strict=True))
    said = (b"tool", b"n", b"other", b"t")
    assert git.contents_at(repo, then, there) == dict(zip(there, said, strict=True))


def test_a_listing_that_followed_one_which_git_has_cleaned_up_is_made_anew(repo):
    put(repo, "c.txt", "c")
    git.paths_in(repo, git.snapshot(repo))
    (repo / "c.txt").unlink()
    run(repo, "prune", "--expire=now")

    assert {*git.paths_in(repo, git.head(repo))} == {"a.txt", "src/b.txt"}
