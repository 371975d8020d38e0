"""Scratch checkouts beside the user's working tree, gone when their process is."""

import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ai_sessions import git_files
from ai_sessions.git import large_files, submodules
from ai_sessions.git.command import NO_HOOKS, call, checked, text, write
from ai_sessions.git.reading import commit_id, head

#: Every file of a commit, also where the working tree is a sparse checkout.
_ALL = ("-c", "core.sparseCheckout=false", *large_files.NO_FILTER)
#: A line of `git worktree list --porcelain` about a scratch checkout.
_OURS = re.compile(r"worktree (?P<folder>.*/ai-sessions-(?P<pid>\d+)-[^/]+/tree)")


@contextlib.contextmanager
def worktree(repo: Path, commit: str, at: Path | None = None) -> Iterator[Path]:
    """A fresh checkout, detached, gone at the end. `at`: its folder, not there yet.

    `commit`: may be a tree, which is then checked out on top of the current commit.
    """
    _remove_left_behind(repo)
    with tempfile.TemporaryDirectory(prefix=f"ai-sessions-{os.getpid()}-") as scratch:
        folder = at or Path(scratch, "tree")
        try:
            add_worktree(repo, commit, folder)
            yield folder
        finally:
            remove_worktree(repo, folder)


def add_worktree(repo: Path, commit: str, folder: Path) -> None:
    """A fresh checkout of a commit, its submodules and large files, detached, that stays until
    removed. What is not here is not fetched.
    """
    tip = commit_id(repo, commit) or (head(repo) if _is_tree(repo, commit) else commit)
    options = ("worktree", "add", "--detach", "--quiet", "--no-checkout", str(folder), tip)
    checked(write(repo, *NO_HOOKS, *options), f"git worktree add {folder}")
    filled = write(folder, *NO_HOOKS, *_ALL, "read-tree", "--reset", "-u", commit)
    checked(filled, f"git read-tree {commit}")
    submodules.fill(repo, folder, commit)
    if large_files.has_store(repo):
        large_files.fill(folder)


def _is_tree(repo: Path, name: str) -> bool:
    return text(call(repo, "cat-file", "-t", name)).strip() == "tree"


def remove_worktree(repo: Path, folder: Path) -> None:
    """Take such a checkout away with all that is in it, a broken one too.

    Others are left alone: git would take one whose disk is not mounted now for one that is gone.
    """
    call(repo, "worktree", "remove", "--force", str(folder))
    shutil.rmtree(folder, ignore_errors=True)
    link = os.path.join(os.path.realpath(folder), ".git")
    for known in Path(git_files.common_folder(str(repo)), "worktrees").glob("*/gitdir"):
        if _named_in(known) == link:
            shutil.rmtree(known.parent, ignore_errors=True)


def _named_in(gitdir: Path) -> str:
    """The `.git` file of a checkout, as its folder in the repository names it."""
    try:
        return os.fsdecode(gitdir.read_bytes()).rstrip("\n")
    except OSError:
        return ""


def _remove_left_behind(repo: Path) -> None:
    """Take checkouts away whose process was killed, as their names tell."""
    for line in text(call(repo, "worktree", "list", "--porcelain")).splitlines():
        found = _OURS.fullmatch(line)
        if found and not _is_running(int(found["pid"])):
            remove_worktree(repo, Path(found["folder"]))
            shutil.rmtree(Path(found["folder"]).parent, ignore_errors=True)


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # somebody else's
        return True
    return True
