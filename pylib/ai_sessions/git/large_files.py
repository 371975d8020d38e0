"""Files that Git LFS keeps outside of git: a commit has a pointer, a local store the content.

https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md says what a pointer looks like.
"""

import os
import shutil
from pathlib import Path

from ai_sessions import git_files
from ai_sessions.git.command import NO_HOOKS, call, read, split, write

#: Lay pointers out as they are: what is not in the local store would be fetched, or be an error.
NO_FILTER = (
    *("-c", "filter.lfs.smudge=", "-c", "filter.lfs.process="),
    *("-c", "filter.lfs.required=false"),
)
_BEGINS = b"version https://git-lfs.github.com/spec/"
_LONGEST = 1024


def has_store(repo: Path) -> bool:
    """True where contents of such files are kept."""
    return os.path.isdir(os.path.join(git_files.common_folder(str(repo)), "lfs", "objects"))


def fill(checkout: Path) -> None:
    """Lay out the contents that the local store has; nothing is fetched. Without `git-lfs`, which
    alone knows where they are, the pointers stay.
    """
    if shutil.which("git-lfs"):
        write(checkout, *NO_HOOKS, "lfs", "checkout")


def pointers(checkout: Path) -> tuple[str, ...]:
    """Files that are pointers there, in place of their contents."""
    names = split(read(checkout, "ls-files", "-z"))
    attributes = ("check-attr", "-z", "--stdin", "filter")
    said = split(call(checkout, *attributes, stdin=names).stdout) if names else []
    found = zip(said[::3], said[2::3], strict=False)  # name, `filter`, value
    return tuple(name for name, value in found if value == "lfs" and _is_pointer(checkout / name))


def _is_pointer(path: Path) -> bool:
    try:
        if path.is_symlink() or path.stat().st_size > _LONGEST:
            return False
        with path.open("rb") as file:
            return file.read(len(_BEGINS)) == _BEGINS
    except OSError:
        return False
