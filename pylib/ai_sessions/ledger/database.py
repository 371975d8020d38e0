"""The ledger's file: opened, checked for its form, made anew from the sessions when it is damaged.

A rollback journal rather than a write-ahead log: it can be read where nothing can be written, and
has nothing to lose beside the file. The file is opened for every transaction and closed after it,
so that forks, threads and a file that was replaced are nobody's concern.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3

from ai_sessions.disk import files, locks
from ai_sessions.errors import LockBusy, StorageError
from ai_sessions.ledger.quota_tables import TABLES
from ai_sessions.ledger.reading import NAME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import TypeVar

    Answer = TypeVar("Answer")
    Ask = Callable[[sqlite3.Connection], Answer]
    Fill = Callable[[sqlite3.Connection, "Before"], None]

_LOCK = ".ledger.lock"
FORMAT = 1
_PRIVATE = 0o600
_TABLES = """
create table usage(
    pool text, unit text, bucket int, used int, primary key(pool, unit, bucket)
) without rowid;
create table lease(
    call text primary key, pid int, start text, machine text, open int, until int, facts text
) without rowid;
create table need(
    call text, pool text, unit text, bucket int, amount int,
    primary key(call, pool, unit, bucket)
) without rowid;
create table call(
    id text primary key, version int, uid text, session text, command text, feature text,
    project text, task text, provider text, model text, purpose text, status text, at text,
    duration_ms int, cost_nusd int, cost_source text, tokens text, by_model text,
    held_nusd int, is_stored int
) without rowid;
create index call_of on call(uid, version);
create index call_elsewhere on call(uid) where not is_stored;
create table used_last(provider text primary key, model text) without rowid;
create table latest(uid text primary key, version int) without rowid;
create table state(key text primary key, value int) without rowid;
"""
#: Why a sound ledger may be of no use now. Anything else that goes wrong in it is damage.
_NO_ROOM = {"FULL": "no space left", "IOERR": "input or output failed"}
_REFUSED = {"READONLY": "read-only", "CANTOPEN": "cannot be opened", "PERM": "not permitted"}
_BUSY = ("BUSY", "LOCKED", "PROTOCOL")
#: One that was damaged is made anew, and may be damaged again at once.
_TRIES = 2


class Damaged(Exception):
    """What is in the file is not what we put there."""


class Missing(Exception):
    """There is no ledger yet."""


class Before:
    """What there was before a new ledger. `damaged`: a file that is not sound; empty: none."""

    __slots__ = ("damaged", "was_there")

    def __init__(self, was_there: bool, damaged: str) -> None:
        self.was_there, self.damaged = was_there, damaged


class Database:
    """One ledger file. `fill`: puts what is known of earlier calls into a new one; it is told
    whether there was one before, and where a damaged one still is.
    """

    def __init__(
        self,
        root: Path,
        fill: Fill,
        *,
        wait_s: float = 30.0,
        is_safe: bool = True,
        tell: locks.Tell = locks.silent,
    ) -> None:
        """`is_safe`: it survives a power cut."""
        self._root, self._path = root, os.path.join(root, NAME)
        self._made = f"{self._path}.made"
        """Tells a ledger that is gone from one that never was."""
        self._fill, self._wait_s, self._is_safe, self._tell = fill, wait_s, is_safe, tell

    def read(self, ask: Ask[Answer]) -> Answer:
        """The answer of one transaction that changes nothing. Raises `StorageError`, `LockBusy`."""
        return self._asked("begin", ask)

    def write(self, change: Ask[Answer]) -> Answer:
        """The answer of one transaction that is alone. Raises `StorageError`, `LockBusy`."""
        return self._asked("begin immediate", change)

    def _asked(self, begin: str, ask: Ask[Answer]) -> Answer:
        with self._reported():
            for _attempt in range(_TRIES):
                try:
                    return self._once(begin, ask)
                except (Damaged, Missing) as error:
                    self._make(str(error))
            return self._once(begin, ask)

    def _once(self, begin: str, ask: Ask[Answer]) -> Answer:
        """In a file that is there and sound. Raises `Damaged`, `Missing`."""
        try:
            with contextlib.closing(connected(self._path, self._wait_s, self._is_safe)) as opened:
                opened.execute(begin)
                check(opened)
                answer = ask(opened)
                opened.execute("commit")
                return answer
        except sqlite3.Error as error:
            if error_name(error) in (*_BUSY, *_NO_ROOM, *_REFUSED):
                raise
            raise Damaged(str(error)) from error

    def _make(self, damage: str) -> None:
        """A new file from what the sessions tell. Others wait, and find it made."""
        files.make_folders(self._root)
        with locks.held(self._root / _LOCK, self._wait_s, "the ledger", self._tell):
            with contextlib.suppress(Damaged, Missing):
                self._once("begin", check_whole if damage else check)
                return
            before = Before(os.path.exists(self._made), self._path if damage else "")
            new = f"{self._path}.new"
            remove(new)  # of a process that was killed
            os.close(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _PRIVATE))
            with contextlib.closing(connected(new, self._wait_s, self._is_safe)) as connection:
                connection.executescript(f"begin; {_TABLES}{';'.join(TABLES.values())}")
                self._fill(connection, before)
                made = int.from_bytes(os.urandom(7), "big")
                connection.execute("insert into state values ('made', ?)", (made,))
                connection.execute(f"pragma user_version = {FORMAT}")
                connection.execute("commit")
            self._put_in_place(new, damage)

    def _put_in_place(self, new: str, damage: str) -> None:
        if damage:
            aside = f"{self._path}.damaged"
            os.replace(self._path, aside)
            self._tell(f"warning: the ledger was damaged ({damage}): it is kept as {aside}")
        for suffix in ("-journal", "-wal", "-shm"):  # of the old file: never for the new one
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self._path + suffix)
        os.replace(new, self._path)
        remove(new)  # its journal
        files.replace(self._made, b"")
        files.sync_folder(self._root)

    @contextlib.contextmanager
    def _reported(self) -> Iterator[None]:
        try:
            with files.reported(self._path):
                yield
        except sqlite3.Error as error:
            raise reported(error, self._path) from error
        except Damaged as error:
            raise StorageError(f"{self._path}: {error}", "run it again") from error


def connected(path: str, wait_s: float, is_safe: bool = True) -> sqlite3.Connection:
    """Raises `Missing` when there is no file: SQLite would make one that everybody may read."""
    if not os.path.lexists(path):
        raise Missing
    if os.path.islink(path) or not os.path.isfile(path):
        raise StorageError(f"{path}: not a regular file", "move it away")
    connection = sqlite3.connect(path, timeout=wait_s, isolation_level=None)
    connection.execute("pragma journal_mode = persist")
    connection.execute(f"pragma synchronous = {'full' if is_safe else 'off'}")
    return connection


def check(connection: sqlite3.Connection) -> None:
    """Raises `Missing` for an empty file, `StorageError` for one of a later version."""
    (found,) = connection.execute("pragma user_version").fetchone()
    if found == 0:
        raise Missing
    if found != FORMAT:
        raise StorageError(
            f"the ledger of what was spent has the form {found}, we know {FORMAT}",
            "a later version of ai-sessions was here: use that one",
        )


def check_whole(connection: sqlite3.Connection) -> None:
    """Raises `Damaged` when SQLite finds fault with the file."""
    (found,) = connection.execute("pragma quick_check(1)").fetchone()
    if found != "ok":
        raise Damaged(str(found))


def remove(path: str) -> None:
    for suffix in ("", "-journal"):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path + suffix)


def reported(error: sqlite3.Error, path: str) -> Exception:
    """The same as an error of ours that says what to do."""
    name = error_name(error)
    if name in _BUSY:
        return LockBusy(f"{path} is in use", "wait for the other process, then run it again")
    told = {**_NO_ROOM, **_REFUSED}.get(name, str(error))
    hint = "make room on the disk" if name in _NO_ROOM else "check its owner and permissions"
    return StorageError(f"{path}: {told}", hint)


def error_name(error: sqlite3.Error) -> str:
    """`FULL` of `SQLITE_FULL`, `IOERR` of `SQLITE_IOERR_WRITE`."""
    name = str(getattr(error, "sqlite_errorname", "") or "")
    return name.removeprefix("SQLITE_").partition("_")[0]
