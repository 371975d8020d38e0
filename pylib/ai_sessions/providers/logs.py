"""What a provider said, byte for byte, beside the session: the proof when something goes wrong."""

import contextlib
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from ai_sessions.disk import files
from ai_sessions.errors import StorageError
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.processes.output import Ends

#: What one file holds of an output at most: its beginning, and less of its end.
_MOST_HEAD, _MOST_TAIL = 64 << 20, 1 << 20


class Raw:
    """Open files by suffix; a full disk costs the log, never the call."""

    def __init__(self, opened: Mapping[str, "_File"], *, keeps_words: bool = True) -> None:
        self._opened, self._keeps_words = opened, keeps_words

    def keep(self, suffix: str, data: bytes) -> None:
        """Add `data`; nothing happens when no log is kept."""
        if not self._keeps_words:
            self.touch()
            return
        with contextlib.suppress(OSError):
            if file := self._opened.get(suffix):
                file.add(data)

    def touch(self) -> None:
        """A sign of life, for who has to tell when we were killed."""
        for file in self._opened.values():
            with contextlib.suppress(OSError):
                os.utime(file.file.fileno())


@dataclass(slots=True)
class _File:
    """A file that a runaway agent cannot fill the disk with."""

    file: IO[bytes]
    room: int = field(default_factory=lambda: _MOST_HEAD)
    tail: Ends = field(default_factory=lambda: Ends(2 * _MOST_TAIL))

    def add(self, data: bytes) -> None:
        head, rest = data[: self.room], data[self.room :]
        self.room -= len(head)
        self.tail.add(rest)
        self.file.write(head)
        self.file.flush()

    def close(self) -> None:
        with self.file:
            self.file.write(self.tail.whole())


def last_written(folder: Path | None, name: str, since: datetime) -> datetime | None:
    """When the output of runs of `name` was last written to, after `since`; None: it was not."""
    found = None
    with contextlib.suppress(OSError):
        for entry in os.scandir(folder) if folder else ():
            at = datetime.fromtimestamp(entry.stat().st_mtime, UTC)
            if f"-{name}-" in entry.name and at >= since:
                found = max(found or at, at)
    return found


@contextlib.contextmanager
def raw(folder: Path | None, name: str, *suffixes: str, keeps_words: bool = True) -> Iterator[Raw]:
    """Files `<UTC time>-<name>-<pid>.<suffix>` in `folder`, private; None keeps nothing."""
    opened: dict[str, _File] = {}
    if folder is not None:
        moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        with contextlib.suppress(OSError, StorageError):
            files.make_folders(folder, sync=False)
            for suffix in suffixes:
                path = folder / f"{moment}-{name}-{os.getpid()}.{suffix}"
                flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
                opened[suffix] = _File(os.fdopen(files.open_safely(path, flags), "ab"))
    try:
        yield Raw(opened, keeps_words=keeps_words)
    finally:
        for file in opened.values():
            with contextlib.suppress(OSError):
                file.close()
