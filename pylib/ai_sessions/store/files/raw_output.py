"""What providers said byte for byte, beside each session in `logs/`: kept to look into failures.

It is a copy. What was said, and what it cost, is in the journal. A link in place of the folder is
not followed: what it leads to is not ours.
"""

import contextlib
import os
import stat
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from ai_sessions.disk import files

FOLDER = "logs"


def size_before(folder: Path, before: datetime) -> int:
    """Bytes in the logs of a session that nobody has written to since then."""
    with _opened(folder) as logs:
        return sum(size for _name, size in _older(logs, before.timestamp()))


def drop(folder: Path, before: datetime) -> int:
    """Delete them; how many bytes that frees. Raises `OSError`."""
    freed = 0
    with _opened(folder) as logs:
        for name, size in _older(logs, before.timestamp()):
            with contextlib.suppress(FileNotFoundError):  # another clean-up is at it
                os.unlink(name, dir_fd=logs)
                freed += size
        if freed and logs is not None:
            files.sync_names(logs)
    return freed


@contextlib.contextmanager
def _opened(folder: Path) -> Iterator[int | None]:
    """A descriptor of the logs; None when there are none."""
    try:
        logs = files.open_folder(folder / FOLDER)
    except OSError:
        yield None
        return
    try:
        yield logs
    finally:
        os.close(logs)


def _older(logs: int | None, before_s: float) -> Iterator[tuple[str, int]]:
    if logs is None:
        return
    for name in os.listdir(logs):
        with contextlib.suppress(FileNotFoundError):
            about = os.stat(name, dir_fd=logs, follow_symlinks=False)
            if stat.S_ISREG(about.st_mode) and about.st_mtime < before_s:
                yield name, about.st_size
