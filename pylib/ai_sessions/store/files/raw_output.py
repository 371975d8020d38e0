"""What providers said byte for byte, beside each session in `logs/`: kept to look into failures.

It is a copy. What was said, and what it cost, is in the journal.
"""

import contextlib
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

FOLDER = "logs"


def size_before(folder: Path, before: datetime) -> int:
    """Bytes in the logs of a session that nobody has written to since then."""
    return sum(size for _path, size in _older(folder / FOLDER, before.timestamp()))


def drop(folder: Path, before: datetime) -> int:
    """Delete them; how many bytes that frees. Raises `OSError`."""
    freed = 0
    for path, size in _older(folder / FOLDER, before.timestamp()):
        with contextlib.suppress(FileNotFoundError):  # another clean-up is at it
            os.unlink(path)
            freed += size
    return freed


def _older(folder: Path, before_s: float) -> Iterator[tuple[str, int]]:
    with contextlib.suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder) as found:
        for entry in list(found):
            about = entry.stat(follow_symlinks=False)
            if entry.is_file(follow_symlinks=False) and about.st_mtime < before_s:
                yield entry.path, about.st_size
