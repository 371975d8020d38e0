"""Checkpoints that this process wrote last, so that its next write or read finds them here.

Kept as bytes, so that nothing is shared and each takes little room; they never leave the process.
The ids in it are most of it, and never change: they are kept as they are.
One is what its session comes to as long as both files are in the same state: the same ones, of the
same size and times.
"""

import marshal
import os
import threading
from collections import OrderedDict
from typing import Any

from ai_sessions.store.files import checkpoints

Plain = dict[str, Any]
#: A file, its size and its times; a journal only grows, and who replaces a file makes another one.
State = tuple[int, int, int, int, int]
#: Sessions that are written in turn by one process, of 1 to 2 kB; more are read from their files.
MOST = 1_000
_IDS = "recent_ids"
#: A larger one (long variables, many models) is read again.
_LARGEST_BYTES = 1 << 14


class Remembered:
    """By the name of the session. Safe to use from several threads."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: OrderedDict[str, tuple[State, State | None, bytes, tuple[str, ...]]]
        self._kept = OrderedDict()
        self._mutex = threading.Lock()

    def put(self, name: str, journal: State, metadata: State | None, checkpoint: Plain) -> None:
        """`journal`, `metadata`: the states of both files when the journal ended where the
        checkpoint does.
        """
        encoded = marshal.dumps({**checkpoint, _IDS: None})
        with self._mutex:
            self._kept.pop(name, None)
            if len(encoded) <= _LARGEST_BYTES:
                self._kept[name] = journal, metadata, encoded, tuple(checkpoint[_IDS])
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def before(self, name: str, folder: str) -> Plain | None:
        """What the session in `folder` came to, and the beginning of its journal may still; None
        when somebody else has written its checkpoint since, or nothing is known.
        """
        return self._found(name, folder, whole=False)

    def now(self, name: str, folder: str) -> Plain | None:
        """What the session in `folder` comes to; None when that is not known."""
        return self._found(name, folder, whole=True)

    def _found(self, name: str, folder: str, *, whole: bool) -> Plain | None:
        with self._mutex:
            found = self._kept.get(name)
            if found is None:
                return None
            self._kept.move_to_end(name)
        journal, metadata, encoded, ids = found
        if state_at(f"{folder}/{checkpoints.NAME}") != metadata:
            return None
        if whole and state_at(f"{folder}/{checkpoints.JOURNAL}") != journal:
            return None
        checkpoint: Plain = marshal.loads(encoded)  # noqa: S302 (made here)
        checkpoint[_IDS] = list(ids)
        return checkpoint


def state_at(path: str) -> State | None:
    """None when there is no such file."""
    try:
        return state_of(os.lstat(path))
    except OSError:
        return None


def state_of(there: os.stat_result) -> State:
    return (there.st_dev, there.st_ino, there.st_size, there.st_mtime_ns, there.st_ctime_ns)
