"""Writes of one thread that share a sync: a crowd at one session waits for the disk once.

None of them is safe, and nobody is told so, before the group has ended. Journals are opened again
for it, as the descriptor of a writer holds the lock of its session.
"""

from __future__ import annotations

import os

from ai_sessions.disk import files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    Plain = dict[str, Any]


class Group:
    """What was written and is yet to be synced."""

    def __init__(self) -> None:
        self.written: list[tuple[str, Plain, Sequence[Plain]]] = []
        """A session, what it came to, and the entries."""
        self._journals: dict[tuple[int, int], int] = {}
        """File -> descriptor: a session may be renamed before the group has ended."""

    def add(self, journal: str, fd: int) -> None:
        """Sync this file in the end. `fd`: of the same, which is locked and stays the writer's."""
        there = os.fstat(fd)
        file = there.st_dev, there.st_ino
        if file not in self._journals:
            self._journals[file] = files.open_safely(journal, os.O_RDONLY)

    def sync(self, fd: int) -> None:
        """Sync this one now. Raises `OSError`."""
        there = os.fstat(fd)
        if self._journals.get(file := (there.st_dev, there.st_ino), -1) >= 0:
            files.sync_file(fd)
            os.close(self._journals.pop(file))

    def end(self) -> None:
        """Sync all. Raises `OSError`: then no write of the group is known to be safe."""
        try:
            for fd in self._journals.values():
                files.sync_file(fd)
        finally:
            for fd in self._journals.values():
                os.close(fd)
            self._journals.clear()
