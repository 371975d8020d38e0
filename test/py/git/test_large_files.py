"""Files of Git LFS: which are pointers, and where their contents come from."""

import shutil

import pytest

from ai_sessions import git

from .conftest import put, run

POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:0a\nsize 5\n"


@pytest.fixture
def large(repo):
    """A commit with `model.bin`, a pointer."""
    put(repo, ".gitattributes", "*.bin filter=lfs\n")
    put(repo, "model.bin", POINTER)
    run(repo, "add", "-A")
    run(repo, "commit", "-qm", "model")
    return repo


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({}, ("model.bin",)),
        ({"model.bin": "whole"}, ()),
        ({"model.bin": POINTER + "x" * 1024}, ()),
        ({"a.txt": POINTER}, ("model.bin",)),
        ({".gitattributes": ""}, ()),
    ],
)
def test_pointers_are_files_of_its_kind_without_their_contents(large, files, found):
    for name, text in files.items():
        put(large, name, text)

    assert git.pointers(large) == found


def test_a_file_that_is_gone_or_a_link_is_no_pointer(large):
    (large / "model.bin").rename(large / "other.bin")
    assert git.pointers(large) == ()
    (large / "model.bin").symlink_to("other.bin")
    assert git.pointers(large) == ()


def test_without_files_there_is_no_pointer(empty):
    assert git.pointers(empty) == ()


@pytest.mark.skipif(not shutil.which("git-lfs"), reason="git-lfs is not installed")
def test_contents_come_from_the_real_store_without_a_server(repo):
    run(repo, "lfs", "install", "--local")
    run(repo, "lfs", "track", "*.bin")
    put(repo, "model.bin", "real")
    run(repo, "add", "-A")
    run(repo, "commit", "-qm", "model")

    with git.worktree(repo, "HEAD") as place:
        assert (place / "model.bin").read_text() == "real"
        assert run(place, "status", "--porcelain") == ""
