"""Who may work: one process at a time in a working tree, on a feature, on a task.

Take the working tree before a feature, so that nobody waits for what he holds himself.
"""

from __future__ import annotations

import os

from ai_sessions import git_files
from ai_sessions.disk import files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ai_sessions.disk.locks import Lock, Tell
    from ai_sessions.workspace.files import Workspace


def lock_feature(space: Workspace, wait_s: float, tell: Tell, task: str = "") -> Lock:
    """The right to change this feature, or to do one task of it in a working tree of its own.

    Raises `LockBusy` with the holder's pid after `wait_s`.
    """
    from pathlib import Path

    from ai_sessions.disk.locks import acquire

    with files.reported(space.path("locks")):
        os.makedirs(space.path("locks"), exist_ok=True)
        space.hide("locks")
    path = Path(space.path("locks", f"{task or 'work'}.lock"))
    what = f"task {task} of {space.feature}" if task else f"feature {space.feature}"
    return acquire(path, wait_s, what, tell)


def lock_tree(repo: str, wait_s: float, tell: Tell) -> Lock:
    """The right to change, or to judge, the files of this working tree, its index and its HEAD.

    All features share them. The lock is in the tree's own git folder, so that linked working trees
    do not wait for each other. Raises `LockBusy` with the holder's pid after `wait_s`.
    """
    from pathlib import Path

    from ai_sessions.disk.locks import acquire

    path = Path(git_files.git_folder(repo), "ai-sessions.lock")
    with files.reported(path):
        return acquire(path, wait_s, f"the working tree {os.path.basename(repo)}", tell)
