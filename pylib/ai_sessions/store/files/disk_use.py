"""How much room the store takes on its disk."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from ai_sessions.store.contract import Room
from ai_sessions.store.files import checkpoints, trash


def room(root: Path) -> Room:
    """Raises `StorageError` when the store cannot be read; all 0 when there is none yet."""
    names = checkpoints.names(root)
    thrown = _size(root / trash.FOLDER)
    return Room(str(root), len(names), _size(root) - thrown, thrown, _free(root))


def _size(folder: Path) -> int:
    return sum(_sizes(os.fspath(folder)))


def _sizes(folder: str) -> Iterator[int]:
    """Of every file below; what vanishes meanwhile takes no room."""
    with contextlib.suppress(OSError), os.scandir(folder) as found:
        for entry in found:
            if entry.is_dir(follow_symlinks=False):
                yield from _sizes(entry.path)
            else:
                with contextlib.suppress(OSError):
                    yield entry.stat(follow_symlinks=False).st_size


def _free(root: Path) -> int | None:
    with contextlib.suppress(OSError):
        return shutil.disk_usage(root).free
    return None
