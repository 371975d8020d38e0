"""Calls of models that are under way, each in a file of its own until the log has it or its process
is no more.

`SESSION_DIR/.under-way/<process>~<call>.json`; `<process>.lock` is locked for as long as the
process lives. What is kept survives the process, not a power cut.
"""

import contextlib
import fcntl
import json
import os
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from ai_sessions import ids
from ai_sessions.disk import files
from ai_sessions.errors import StorageError

FOLDER = ".under-way"
_LOCK, _NOTE, _BETWEEN = ".lock", ".json", "~"
_LARGEST_BYTES = 64 << 20
#: How often a lock is made again that somebody took for one of a process that is no more.
_TRIES = 5


class Process:
    """The notes of this process. `CallsUnderWay` of store.contract."""

    def __init__(self, root: Path | str) -> None:
        self._folder, self._name, self._fd = Path(root) / FOLDER, "", -1

    def note(self, call: str, told: dict[str, Any]) -> None:
        if self._fd < 0:
            self._lock()
        path = self._folder / f"{self._name}{_BETWEEN}{call}{_NOTE}"
        files.replace(path, json.dumps(told).encode(), sync=False)

    def forget(self, call: str) -> None:
        (self._folder / f"{self._name}{_BETWEEN}{call}{_NOTE}").unlink(missing_ok=True)

    def leave(self) -> None:
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)

    def has_any(self) -> bool:
        return bool(_names(self._folder))

    @contextlib.contextmanager
    def left(self) -> Iterator[list[dict[str, Any]]]:
        """What is damaged is left out."""
        names = _names(self._folder)
        notes = [one for one in names if one.endswith(_NOTE)]
        of = {one: one.partition(_BETWEEN)[0] for one in notes}
        locks = {one.removesuffix(_LOCK) for one in names if one.endswith(_LOCK)}
        with contextlib.ExitStack() as held:
            dead = {one for one in {*locks, *of.values()} if _is_dead(self._folder, one, held)}
            mine = [self._folder / one for one in notes if of[one] in dead]
            yield [told for path in mine if (told := _read(path)) is not None]
            for path in (*mine, *(self._folder / f"{one}{_LOCK}" for one in dead)):
                path.unlink(missing_ok=True)

    def _lock(self) -> None:
        files.make_folders(self._folder, sync=False)
        for _attempt in range(_TRIES):
            name = f"{os.getpid()}-{ids.new()}"
            path = self._folder / f"{name}{_LOCK}"
            fd = files.open_safely(path, os.O_RDWR | os.O_CREAT | os.O_EXCL)
            fcntl.flock(fd, fcntl.LOCK_EX)
            if files.same_file(path, fd):
                self._name, self._fd = name, fd
                return
            os.close(fd)
        raise StorageError(f"{self._folder}: somebody takes the locks of this process away")


def drop(root: Path, calls: Collection[str]) -> None:
    """Delete what is kept of these calls, whoever made them. Raises `OSError`."""
    for name in _names(root / FOLDER):
        call = name.partition(_BETWEEN)[2].removesuffix(_NOTE)
        if call in calls:
            (root / FOLDER / name).unlink(missing_ok=True)


def _names(folder: Path) -> list[str]:
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        return sorted(os.listdir(folder))
    return []


def _is_dead(folder: Path, process: str, held: contextlib.ExitStack) -> bool:
    """Whether a process is no more; its lock is `held` then."""
    path = folder / f"{process}{_LOCK}"
    try:
        fd = files.open_safely(path, os.O_RDWR)
    except FileNotFoundError:
        return True
    except (OSError, StorageError):
        return False
    held.callback(os.close, fd)
    with contextlib.suppress(OSError):
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return files.same_file(path, fd)
    return False


def _read(path: Path) -> dict[str, Any] | None:
    with contextlib.suppress(OSError, StorageError, ValueError):
        told = json.loads(files.read_bytes(path, _LARGEST_BYTES))
        return told if isinstance(told, dict) else None
    return None
