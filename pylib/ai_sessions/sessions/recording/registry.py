"""What is known of recorded files in SESSION_DIR: where there are any, and their locks.

RECORD_DIR may be another folder each time; who redacts or removes a session has to find them all.
"""

from __future__ import annotations

import contextlib
import json
import os
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from ai_sessions.disk import files, locks

FOLDER = ".recorded"
_FOLDERS, _REDACTIONS, _LOCK = "folders", "redactions", "lock-{:x}"
#: Sessions that share a lock wait for each other for the milliseconds of a write.
_LOCKS = 16
_LOCK_WAIT_S = 10.0
_LARGEST_BYTES = 1 << 20
_APPENDED = os.O_WRONLY | os.O_CREAT | os.O_APPEND


class Registry:
    """Safe to use from several processes."""

    def __init__(self, root: Path, lock_wait_s: float = _LOCK_WAIT_S) -> None:
        """`root`: SESSION_DIR, which is there."""
        self.path, self._wait_s = root / FOLDER, lock_wait_s
        self._known: set[str] = set()
        """Folders that are listed for sure."""

    def is_used(self) -> bool:
        """False: nothing was ever recorded."""
        return self.path.is_dir()

    def folders(self) -> list[str]:
        """Paths of folders that files were written to. Raises `OSError`, `StorageError`."""
        try:
            lines = files.read_bytes(self.path / _FOLDERS, _LARGEST_BYTES).splitlines()
        except FileNotFoundError:
            return []
        return list(dict.fromkeys(filter(None, map(_path_in, lines))))

    def add(self, folder: str) -> None:
        """List a folder before anything is written to it. Raises as `folders`."""
        if folder in self._known:
            return
        files.make_folder(self.path)
        if folder not in self.folders():
            # a line of its own, also behind one that was cut
            self._append(_FOLDERS, f"\n{json.dumps(folder)}\n".encode())
        self._known.add(folder)

    def redactions(self) -> int:
        """Another number after each `count_redaction`."""
        with contextlib.suppress(FileNotFoundError):
            return os.stat(self.path / _REDACTIONS, follow_symlinks=False).st_size
        return 0

    def count_redaction(self) -> None:
        """What is in any file by now may have words that are to be forgotten: it is written anew
        before it goes on. Raises as `folders`.
        """
        if self.is_used():
            self._append(_REDACTIONS, b".")

    def lock(self, id_: str, wait_s: float | None = None) -> AbstractContextManager[None]:
        """Held while the files of a session are written or removed. `wait_s` None: as usual.

        Raises `LockBusy`, `StorageError`, `OSError`.
        """
        number = zlib.crc32(id_.encode()) % _LOCKS
        return self._held(number, id_, self._wait_s if wait_s is None else wait_s)

    @contextlib.contextmanager
    def _held(self, number: int, id_: str, wait_s: float) -> Iterator[None]:
        files.make_folder(self.path)
        path = self.path / _LOCK.format(number)
        with locks.held(path, wait_s, f"what is recorded of {id_}"):
            yield

    def _append(self, name: str, data: bytes) -> None:
        fd = files.open_safely(self.path / name, _APPENDED)
        try:
            files.write_all(fd, data)
            files.sync_file(fd)
        finally:
            os.close(fd)


def _path_in(line: bytes) -> str:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return ""
    return found if isinstance(found, str) and os.path.isabs(found) else ""
