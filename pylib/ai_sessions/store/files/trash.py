"""Sessions on their way out: renamed into `.trash`, so that taking one back is a rename as well.

A folder there is called `<name>.<UTC time>.<random>`.
"""

import contextlib
import os
import shutil
import uuid
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from ai_sessions.disk import files, locks
from ai_sessions.errors import LockBusy, NotFound, UsageError
from ai_sessions.store.files.turns import TURN
from ai_sessions.store.files.writing import LOCK

FOLDER = ".trash"
_PARTS = 3
_STAMP = "%Y%m%dT%H%M%SZ"


def discard(folder: Path, at: datetime, unused: Callable[[], bool]) -> bool:
    """Move a session away; False when it is in use, or not `unused()` once nobody can change it.

    Raises `FileNotFoundError` when there is no such session, `OSError`, `StorageError`.
    """
    name = folder.name
    with (
        contextlib.suppress(LockBusy),
        locks.held(folder / TURN, 0, f"session {name}"),
        locks.held(folder / LOCK, 0, f"session {name}"),
    ):
        if not unused():
            return False
        trash = folder.parent / FOLDER
        files.make_folder(trash)
        folder.rename(trash / f"{name}.{at.strftime(_STAMP)}.{uuid.uuid4().hex[:8]}")
        files.sync_folder(trash)  # before the old place forgets it
        files.sync_folder(folder.parent)
        return True
    return False


def restore(folder: Path) -> None:
    """Take back the session that was discarded last under this name.

    Raises `NotFound` when there is none, `UsageError` when the name is in use again.
    """
    name = folder.name
    found = [path for path in _discarded(folder.parent) if path.name.rsplit(".", 2)[0] == name]
    if not found:
        raise NotFound(f"nothing called {name} in the trash")
    try:
        max(found, key=_discarded_at).rename(folder)
    except OSError as error:
        if folder.exists():
            raise UsageError(
                f"session {name} exists again", "rename it first, then restore"
            ) from error
        raise
    files.sync_folder(folder.parent)
    files.sync_folder(folder.parent / FOLDER)


def names(root: Path) -> list[str]:
    """Names that `restore` would find, each once."""
    return sorted({path.name.rsplit(".", 2)[0] for path in _discarded(root)})


def purge(root: Path, before: datetime) -> int:
    """Delete for good what was discarded before that time; how many sessions."""
    old = [path for path in _discarded(root) if _discarded_at(path) < before.strftime(_STAMP)]
    for path in old:
        with contextlib.suppress(FileNotFoundError):  # another clean-up is at it
            shutil.rmtree(path)
    return len(old)


def _discarded(root: Path) -> list[Path]:
    with contextlib.suppress(FileNotFoundError), os.scandir(root / FOLDER) as found:
        return [
            Path(entry.path)
            for entry in found
            if entry.is_dir(follow_symlinks=False) and len(entry.name.rsplit(".", 2)) == _PARTS
        ]
    return []


def _discarded_at(path: Path) -> str:
    return path.name.rsplit(".", 2)[1]
