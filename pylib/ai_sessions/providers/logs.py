"""What a provider said, byte for byte, beside the session: the proof when something goes wrong."""

import contextlib
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

from ai_sessions.disk import files
from ai_sessions.errors import StorageError


class Raw:
    """Open files by suffix; a full disk costs the log, never the call."""

    def __init__(self, opened: Mapping[str, IO[bytes]]) -> None:
        self._opened = opened

    def keep(self, suffix: str, data: bytes) -> None:
        """Add `data`; nothing happens when no log is kept."""
        with contextlib.suppress(OSError):
            if file := self._opened.get(suffix):
                file.write(data)
                file.flush()


@contextlib.contextmanager
def raw(folder: Path | None, name: str, *suffixes: str) -> Iterator[Raw]:
    """Files `<UTC time>-<name>-<pid>.<suffix>` in `folder`, private; None keeps nothing."""
    opened: dict[str, IO[bytes]] = {}
    if folder is not None:
        moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        with contextlib.suppress(OSError, StorageError):
            files.make_folders(folder, sync=False)
            for suffix in suffixes:
                path = folder / f"{moment}-{name}-{os.getpid()}.{suffix}"
                flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
                opened[suffix] = os.fdopen(files.open_safely(path, flags), "ab")
    try:
        yield Raw(opened)
    finally:
        for file in opened.values():
            with contextlib.suppress(OSError):
                file.close()
