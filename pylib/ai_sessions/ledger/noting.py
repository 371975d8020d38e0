"""Calls of programs' sessions, noted for the ledger in place of a transaction for each of them.

A transaction takes five syncs of the disk, an append to a session one. So a session is noted once:
whoever uses the ledger next finds its calls in its log. It is noted anew when the file with the
notes is another one, as it is after each time that the ledger was told.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from ai_sessions.disk import files
from ai_sessions.ledger import pending

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ai_sessions.ledger.contract import Recorded
    from ai_sessions.ledger.pending import Pending

#: So many entries of a session, or bytes of notes, and the ledger is told now: whoever uses it next
#: would have to wait for too long.
_MOST_ENTRIES, _MOST_BYTES = 512, 4 << 20


class _Noted:
    """A file with notes. As long as it is open here, no other file can be taken for it."""

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self.sessions: dict[str, int] = {}
        """Uid of a session -> all calls with a higher number are noted."""

    def __del__(self, close: Callable[[int], None] = os.close) -> None:
        close(self.fd)  # a default of ours, as at the end of Python modules lose what they have


class Noting:
    """Safe to use from several threads and after a fork: who notes twice changes nothing."""

    def __init__(self, notes: Pending, tell: Callable[[], None]) -> None:
        """`tell`: the ledger what was noted."""
        self._notes, self._tell = notes, tell
        self._noted: _Noted | None = None

    def record(self, uid: str, name: str, last: int, calls: Sequence[Recorded]) -> None:
        """Calls that are safe in a session, whose last entry is number `last`. Raises
        `StorageError`, `LockBusy`.
        """
        noted = self._noted
        if noted is None or uid not in noted.sessions or not self._is_there(noted):
            self._note(uid, name, last, calls)
        elif last - noted.sessions[uid] > _MOST_ENTRIES:
            noted.sessions[uid] = last  # or each call would try where the ledger cannot be used
            self._tell()

    def _is_there(self, noted: _Noted) -> bool:
        with contextlib.suppress(OSError):
            return files.same_file(self._notes.path, noted.fd)
        return False

    def _note(self, uid: str, name: str, last: int, calls: Sequence[Recorded]) -> None:
        """These calls as they are, and that there may be more."""
        lines = [*pending.of_record(calls), *pending.of_later(name, uid, last)]
        fd, size = self._notes.add_and_keep(lines)
        noted, new = self._noted, _Noted(fd)
        if noted is None or not os.path.sameopenfile(noted.fd, fd):
            self._noted = noted = new
        noted.sessions[uid] = last
        if size > _MOST_BYTES:
            self._tell()
