"""The right to change a feature, or to do one task of it, held by one process at a time."""

from __future__ import annotations

import os

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
    path = Path(space.path("locks", f"{task or 'work'}.lock"))
    what = f"task {task} of {space.feature}" if task else f"feature {space.feature}"
    return acquire(path, wait_s, what, tell)
