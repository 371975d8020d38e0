"""Sessions on their way out: renamed into `.trash`, so that taking one back is a rename as well.

A folder there is called `<name>.<UTC time>.<random>`.
"""

import contextlib
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path

from ai_sessions.disk import files, locks
from ai_sessions.errors import LockBusy, NotFound, UsageError
from ai_sessions.store.files.turns import TURN
from ai_sessions.store.files.writing import LOCK

FOLDER = ".trash"
_PARTS = 3
#: Begins the name of what is being deleted; no session is called so.
_GOING = ".going-"
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
        folder.rename(trash / f"{name}.{at.strftime(_STAMP)}.{os.urandom(4).hex()}")
        files.sync_folder(trash)  # before the old place forgets it
        files.sync_folder(folder.parent)
        return True
    return False


def restore(folder: Path, coming: Callable[[Path], AbstractContextManager[None]]) -> None:
    """Take back the session that was discarded last under this name.

    `coming`: entered with its folder before that, left after it; whatever it raises keeps the
    session in the trash. Raises `NotFound` when there is none, `UsageError` when the name is in use
    again.
    """
    found = [path for path in discarded(folder.parent) if name_of(path) == folder.name]
    for path in sorted(found, key=_discarded_at, reverse=True):
        try:
            with coming(path):
                path.rename(folder)
        except FileNotFoundError:  # a clean-up has just taken it for good
            continue
        except OSError as error:
            if folder.exists():
                raise UsageError(
                    f"session {folder.name} exists again", "rename it first, then restore"
                ) from error
            raise
        files.sync_folder(folder.parent)
        files.sync_folder(folder.parent / FOLDER)
        return
    raise NotFound(f"nothing called {folder.name} in the trash")


def names(root: Path) -> list[str]:
    """Names that `restore` would find, each once."""
    return sorted({name_of(path) for path in discarded(root)})


def purge(root: Path, before: datetime, now: datetime) -> int:
    """Delete for good what was discarded before that time; how many sessions.

    What is deleted is renamed first: either it is restored whole or not at all. Raises `OSError`
    for the first one that cannot be deleted, when the others are gone.
    """
    gone = 0
    for path in discarded(root):
        if min(_discarded_at(path), now.strftime(_STAMP)) < before.strftime(_STAMP):
            with contextlib.suppress(FileNotFoundError):  # restored, or another clean-up is at it
                path.rename(path.with_name(f"{_GOING}{path.name}"))
                gone += 1
    finish(root)
    return gone


def finish(root: Path) -> None:
    """Delete what is on its way out, also what a killed process left there. Raises as `purge`."""
    going = [path for path in _listed(root) if path.name.startswith(_GOING)]
    failed = [error for path in going if (error := _deleted(path))]
    if going:
        files.sync_folder(root / FOLDER)
    if failed:
        raise failed[0]


def _deleted(path: Path) -> OSError | None:
    """Delete a folder; why that cannot be."""
    try:
        import shutil

        shutil.rmtree(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        return error
    return None


def discarded(root: Path) -> list[Path]:
    """The folders of sessions that can be restored."""
    return [
        path
        for path in _listed(root)
        if len(path.name.rsplit(".", 2)) == _PARTS and not path.name.startswith(_GOING)
    ]


def _listed(root: Path) -> list[Path]:
    """Folders in the trash; a link in its place is not followed."""
    try:
        folder = files.open_folder(root / FOLDER)
    except FileNotFoundError:
        return []
    try:
        with os.scandir(folder) as found:
            there = [one.name for one in found if one.is_dir(follow_symlinks=False)]
    finally:
        os.close(folder)
    return [root / FOLDER / name for name in there]


def name_of(path: Path) -> str:
    """What the session in a folder of the trash was called."""
    return path.name.rsplit(".", 2)[0]


def _discarded_at(path: Path) -> str:
    return path.name.rsplit(".", 2)[1]
