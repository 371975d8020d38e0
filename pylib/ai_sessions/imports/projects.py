"""Which project a folder belongs to that an agent worked in.

A working tree stands for its repository's main one, and one folder has one name, however a terminal
of Windows writes it.
"""

import os
import re
from functools import lru_cache

from ai_sessions import git_files

_DRIVE = re.compile(r"([A-Za-z]):[\\/]")
#: Where agents make working trees, below the main one.
_WORKTREES = re.compile(r"(.+?)/\.claude/worktrees/[^/]+(/.*)?$")
#: How far up the top of a working tree is looked for.
_MOST_LEVELS = 32


@lru_cache(maxsize=4096)
def project_of(folder: str) -> str:
    """Empty for the empty folder."""
    plain = _unix(folder)
    if made := _WORKTREES.match(plain):
        return made[1] + (made[2] or "")
    return _in_main_tree(plain)


def _unix(folder: str) -> str:
    """`C:\\x`, `c:/x` and `/mnt/c/x/` are `/mnt/c/x`."""
    if drive := _DRIVE.match(folder):
        rest = folder[drive.end() :].replace("\\", "/")
        folder = f"/mnt/{drive[1].lower()}/{rest}"
    return folder.rstrip("/") or folder[:1]


def _in_main_tree(folder: str) -> str:
    """The same place in the main working tree of a repository that is still there."""
    top = folder
    for _level in range(_MOST_LEVELS):
        if not top.startswith("/") or top == "/":
            return folder
        if os.path.lexists(os.path.join(top, ".git")):
            break
        top = os.path.dirname(top)
    if not os.path.isfile(os.path.join(top, ".git")):
        return folder
    shared = git_files.common_folder(top)
    is_linked = shared != git_files.git_folder(top) and os.path.basename(shared) == ".git"
    return os.path.dirname(shared) + folder[len(top) :] if is_linked else folder
