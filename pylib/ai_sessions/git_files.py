"""The branch, commit and `.git` folder of a repository, read from git's files without starting git.

`status` runs on the fast path, where starting git costs more than all the rest; so this module is
not in git/, which imports what it takes to start processes. What cannot be read this way (reftable,
a damaged folder) is answered with the empty string; callers then ask git.
"""

from __future__ import annotations

import os

_BRANCH = "ref: refs/heads/"
#: What HEAD says where branches are kept in another form (reftable).
_ELSEWHERE = "ref: refs/heads/.invalid"


def branch(repo: str) -> str:
    """The branch that is checked out; empty when HEAD is detached or unknown."""
    found = _head(repo)
    return "" if found == _ELSEWHERE or not found.startswith(_BRANCH) else found[len(_BRANCH) :]


def is_detached(repo: str) -> bool:
    """True when a commit is checked out and no branch."""
    return _is_id(_head(repo))


def commit(repo: str) -> str:
    """The id of HEAD's commit; empty when there is none yet or it cannot be read."""
    text = _head(repo)
    if not text.startswith("ref: "):
        return text if _is_id(text) else ""
    name = text.removeprefix("ref: ")
    folder = git_folder(repo)
    for place in (folder, common_folder(repo)):
        found = _read(os.path.join(place, *name.split("/"))).strip()
        if _is_id(found):
            return found
    return _packed(os.path.join(common_folder(repo), "packed-refs"), name)


def git_folder(repo: str) -> str:
    """The `.git` folder of this working tree (of a linked one: its own)."""
    path = os.path.join(repo, ".git")
    if os.path.isdir(path):
        return path
    target = _read(path).removeprefix("gitdir: ").strip()
    return os.path.normpath(os.path.join(repo, target)) if target else path


def common_folder(repo: str) -> str:
    """The `.git` folder that all working trees of the repository share."""
    folder = git_folder(repo)
    shared = _read(os.path.join(folder, "commondir")).strip()
    return os.path.normpath(os.path.join(folder, shared)) if shared else folder


def _head(repo: str) -> str:
    return _read(os.path.join(git_folder(repo), "HEAD")).strip()


def _packed(path: str, name: str) -> str:
    for line in _read(path).splitlines():
        id_, _, ref = line.partition(" ")
        if ref == name and _is_id(id_):
            return id_
    return ""


def _is_id(text: str) -> bool:
    return len(text) in (40, 64) and not text.strip("0123456789abcdef")


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""
