"""Who waits for the lock of a session says so, because a lock does not tell its holder.

A shared lock on `.waiting`, which is made by the first one that ever had to wait.
"""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from ai_sessions.disk import files
from ai_sessions.errors import StorageError

NAME = ".waiting"


@contextlib.contextmanager
def announced(folder: Path) -> Iterator[None]:
    """During the `with` body `is_anyone` is true, unless that cannot be told here."""
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError, StorageError):
            fd = files.open_safely(folder / NAME, os.O_RDWR | os.O_CREAT)
            stack.callback(os.close, fd)
            fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        yield


def is_anyone(folder: Path) -> bool:
    """Whether somebody waits now."""
    try:
        fd = files.open_safely(folder / NAME, os.O_RDONLY)
    except (OSError, StorageError):
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(fd)
    return False
