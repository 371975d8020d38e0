"""Changes that wait in a file beside the ledger until it is used next: because it could not be
used, or because calls of programs are counted many at once (`noting`).
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from functools import partial
from typing import TYPE_CHECKING

from ai_sessions.disk import files, locks
from ai_sessions.ledger import counting, rows
from ai_sessions.ledger.reading import PENDING, TELLING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence, Set
    from pathlib import Path
    from typing import Any

    from ai_sessions.ledger.contract import Recorded

    Change = Callable[[sqlite3.Connection], None]
    Write = Callable[[Change], None]
    IsBack = Callable[[str, str], bool]
    Later = Callable[[str, str, int], Iterator[Recorded]]

_LOCK = f"{PENDING}.lock"
_WHAT = "the list of changes that wait for the ledger"
_RECORD, _MOVE, _WITHDRAW, _IF_BACK = "record", "move", "withdraw", "if back"
_LATER = "later"
_PRIVATE = 0o600


def of_record(calls: Sequence[Recorded]) -> list[str]:
    return [json.dumps([_RECORD, rows.as_text(one)]) for one in calls]


def of_move(uid: str, project: str) -> list[str]:
    return [json.dumps([_MOVE, uid, project])]


def of_withdrawal(calls: Set[str]) -> list[str]:
    return [json.dumps([_WITHDRAW, sorted(calls)])]


def of_return(name: str, uid: str, notes: Sequence[str]) -> list[str]:
    """Changes that count only if a session is brought back under that name, which may yet fail."""
    return [json.dumps([_IF_BACK, name, uid, *map(json.loads, notes)])]


def of_later(name: str, uid: str, seq: int) -> list[str]:
    """That a session may have calls after the entry of that number."""
    return [json.dumps([_LATER, name, uid, seq])]


def _none_later(_name: str, _uid: str, _seq: int) -> Iterator[Recorded]:
    return iter(())


class Pending:
    """The waiting changes of all processes, one a line. Raises `StorageError`, `LockBusy`."""

    def __init__(
        self,
        root: Path,
        *,
        wait_s: float = 30.0,
        is_safe: bool = True,
        is_back: IsBack = lambda _name, _uid: False,
        later: Later = _none_later,
    ) -> None:
        """`is_back`: whether the session of a uid is there under a name. `later`: its calls after
        the entry of a number.
        """
        self._root, self._wait_s, self._is_safe = root, wait_s, is_safe
        self._is_back, self._later = is_back, later
        self.path, self._telling = os.path.join(root, PENDING), os.path.join(root, TELLING)

    def add(self, notes: Sequence[str]) -> None:
        os.close(self.add_and_keep(notes)[0])

    def add_and_keep(self, notes: Sequence[str]) -> tuple[int, int]:
        """The file that has them now, open for the caller, and its size in bytes."""
        with self._alone():
            return self._add(notes)

    @contextlib.contextmanager
    def added(self, notes: Sequence[str]) -> Iterator[None]:
        """The same before a `with` body, during which no process applies them."""
        with self._alone():
            self._add(notes)
            yield

    def _add(self, notes: Sequence[str]) -> tuple[int, int]:
        """A line that a power cut tore stays by itself: each write begins a new one."""
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        fd = files.open_safely(self.path, flags, _PRIVATE)
        try:
            size = os.fstat(fd).st_size
            added = "\n".join(["", *notes, ""]).encode()
            files.write_all(fd, added)
            if self._is_safe:
                files.sync_file(fd)
                if not size:
                    files.sync_folder(self._root)
        except BaseException:
            os.close(fd)
            raise
        return fd, size + len(added)

    def tell(self, write: Write) -> None:
        """Apply the changes with `write`, a transaction of the ledger. A process that is killed
        meanwhile leaves them to be applied again, which changes nothing.
        """
        write(_nothing)  # who makes a ledger anew looks at all sessions: not under our lock
        with self._alone():
            self._tell(write)  # what was left by who was killed
            with contextlib.suppress(FileNotFoundError):
                # before a session is read: who still finds its note notes no later call
                os.replace(self.path, self._telling)
            self._tell(write)

    def _tell(self, write: Write) -> None:
        with contextlib.suppress(FileNotFoundError):
            fd = files.open_safely(self._telling, os.O_RDONLY)
            with open(fd, "rb") as lines:
                write(partial(self._repeat, lines))
            os.unlink(self._telling)

    def _repeat(self, lines: Any, connection: sqlite3.Connection) -> None:
        lines.seek(0)  # a transaction may begin again
        for line in lines:
            # the torn end of a write
            with contextlib.suppress(ValueError, TypeError, KeyError, OverflowError):
                self._repeat_one(connection, *json.loads(line))

    def _repeat_one(self, connection: sqlite3.Connection, kind: str, *facts: Any) -> None:
        if kind == _IF_BACK:
            name, uid, *notes = facts
            for note in notes if self._is_back(name, uid) else ():
                self._repeat_one(connection, *note)
        elif kind == _LATER:
            counting.record_all(self._later(*facts), connection)
        elif kind == _RECORD:
            counting.record(connection, rows.from_text(*facts))
        elif kind == _MOVE:
            uid, project = facts
            counting.move(uid, project, connection)
        elif kind == _WITHDRAW:
            counting.withdraw_imported(frozenset(*facts), connection)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        with files.reported(self.path):
            files.make_folders(self._root)
            with locks.held(self._root / _LOCK, self._wait_s, _WHAT):
                yield


def _nothing(_connection: sqlite3.Connection) -> None:
    pass
