"""The index file: opened, checked for its format, thrown away when it is not what we made.

Journals are the truth, so nothing here needs to survive a crash: no fsync, no waiting.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import sys

from ai_sessions.accounting import stats

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = ".index.sqlite3"
#: Rises whenever a table or the form of a row changes; an index of another number is made anew.
#: `marshal` (the form of the rows) differs between versions of Python, so these count as well.
FORMAT = 4_000_000 + sys.version_info.major * 1000 + sys.version_info.minor
BUSY_MS = 250
_PRIVATE = 0o600
_COUNTS = ", ".join(f"{name} int" for name in stats.COUNTS)
_TABLES = f"""
create table session(
    name text primary key, ino int, size int, mtime int, ctime int,
    last_used text, line text, notices text, feature text, errors int,
    {_COUNTS}
) without rowid;
create table whole(name text primary key, row blob) without rowid;
create table share(name text, model text, {_COUNTS});
create index share_of on share(name);
create table indexed(
    name text primary key, ino int, size int, ctime int, bytes int, tail text
) without rowid;
create table entry(id integer primary key autoincrement, name text, offset int, length int);
create index entry_of on entry(name);
create virtual table words using fts5(text, content='', tokenize='porter unicode61');
"""


class Unusable(Exception):
    """The index cannot help now (busy, read-only, damaged); do without it."""


@contextlib.contextmanager
def opened(root: str) -> Iterator[sqlite3.Connection]:
    """The index under `root`, of our format. Raises `Unusable`; damage deletes the file first."""
    path = f"{root}/{NAME}"
    connection = None
    try:
        connection = _connected(path)
        yield connection
    except (sqlite3.OperationalError, OverflowError) as error:  # sums beyond 64 bits as well
        raise Unusable(str(error)) from error
    except sqlite3.DatabaseError as error:
        remove(path)
        raise Unusable(str(error)) from error
    finally:
        if connection is not None:
            connection.close()


def remove(path: str) -> None:
    """Delete the index with what SQLite keeps beside it."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        with contextlib.suppress(OSError):
            os.unlink(path + suffix)


def _connected(path: str) -> sqlite3.Connection:
    connection = _connection(path)
    if connection.execute("pragma user_version").fetchone()[0] == FORMAT:
        return connection
    connection.close()
    remove(path)
    connection = _connection(path)
    connection.executescript(f"begin immediate; {_TABLES} pragma user_version = {FORMAT}; commit;")
    return connection


def _connection(path: str) -> sqlite3.Connection:
    _make_private(path)
    connection = sqlite3.connect(path, timeout=BUSY_MS / 1000, isolation_level=None)
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = off")
    return connection


def _make_private(path: str) -> None:
    """SQLite would use the umask; its side files take the mode of the main one."""
    try:
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
        os.close(os.open(path, flags, _PRIVATE))
    except OSError as error:
        raise Unusable(f"{path}: {error.strerror}") from error
