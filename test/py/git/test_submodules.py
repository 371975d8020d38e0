"""Submodules of a fresh checkout."""

import shutil

import pytest

from ai_sessions import git

from .conftest import hook, put, run

ALLOWED = ("-c", "protocol.file.allow=always")


def made(folder, name):
    """A repository with one file."""
    place = folder / name
    place.mkdir()
    run(place, "init", "-q")
    put(place, "lib.py", f"{name}\n")
    run(place, "add", "-A")
    run(place, "commit", "-qm", name)
    return place


@pytest.fixture
def nested(repo, tmp_path):
    """`repo` with a submodule in `vendor/lib`, which has one in `inner`."""
    outer, inner = made(tmp_path, "outer"), made(tmp_path, "inner")
    run(outer, *ALLOWED, "submodule", "--quiet", "add", str(inner), "inner")
    run(outer, "commit", "-qm", "inner")
    run(repo, *ALLOWED, "submodule", "--quiet", "add", str(outer), "vendor/lib")
    run(repo, *ALLOWED, "submodule", "--quiet", "update", "--init", "--recursive")
    run(repo, "commit", "-qam", "vendor")
    return repo


def test_a_checkout_has_them_also_without_where_they_came_from(nested, tmp_path):
    for origin in ("outer", "inner"):
        shutil.rmtree(tmp_path / origin)
    hook(nested, "post-checkout", "exit 1")

    with git.worktree(nested, "HEAD") as tree:
        assert (tree / "vendor/lib/lib.py").read_text() == "outer\n"
        assert (tree / "vendor/lib/inner/lib.py").read_text() == "inner\n"
        assert run(tree, "status", "--porcelain") == ""
    assert run(nested, "status", "--porcelain") == ""


def test_each_is_at_the_commit_that_was_asked_for(nested):
    then = git.head(nested)
    put(nested, "vendor/lib/lib.py", "open\n")
    run(nested / "vendor/lib", "commit", "-qam", "newer")
    put(nested, "vendor/lib/lib.py", "not committed\n")

    with git.worktree(nested, then) as tree:
        assert (tree / "vendor/lib/lib.py").read_text() == "outer\n"
    run(nested, "commit", "-qam", "newer")
    with git.worktree(nested, "HEAD") as tree:
        assert (tree / "vendor/lib/lib.py").read_text() == "open\n"


def test_what_is_not_there_stays_empty(nested):
    lib = nested / "vendor/lib"
    run(nested, "update-index", "--cacheinfo", f"160000,{'1' * 40},vendor/lib")
    run(nested, "commit", "-qm", "a commit that was not fetched")
    with git.worktree(nested, "HEAD") as tree:
        assert not list(tree.glob("vendor/lib/*"))

    shutil.rmtree(lib)
    lib.mkdir()
    with git.worktree(nested, "HEAD~1") as tree:
        assert not list(tree.glob("vendor/lib/*"))


def test_one_that_is_damaged_turns_nothing_else(nested):
    """Its commit may be one of the repository around it, which must not be checked out then."""
    then, lib = git.head(nested), nested / "vendor/lib"
    run(nested, "update-index", "--cacheinfo", f"160000,{then},vendor/lib")
    run(nested, "commit", "-qm", "itself")
    (lib / ".git").write_text("gitdir: nowhere\n")

    with git.worktree(nested, "HEAD") as tree:
        assert git.head(tree) == git.head(nested) != then
        assert not list(tree.glob("vendor/lib/*"))
