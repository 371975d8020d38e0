"""The file of one bot: what came in, what went out, what waits for an answer, who may do what.

It is truth, not a cache: what has to outlive a power cut is synced when it is put in, and a file
that cannot be read is never thrown away. Commits survive in order: a power cut takes the last ones
of those that were not synced, and none of those before.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

from ai_sessions.disk import files
from ai_sessions.errors import StorageError
from ai_sessions.index import database

#: Below SESSION_DIR.
FOLDER = ".bots"
_BUSY_MS = 10_000
_FORMAT = 1
#: Most that are synced together: the next ones have their turn then.
_TOGETHER = 32
_TABLES = (
    "create table event(number integer primary key autoincrement, id text unique, at real,"
    " place text, state text, told blob, memo blob)",
    "create index event_waiting on event(state, number) where state in ('waiting', 'begun')",
    "create table message(key text, part int, place text, said blob, state text, message text,"
    " at real, primary key(key, part)) without rowid",
    "create table question(id text primary key, at real, until real, place text, told blob,"
    " state text, answer text, by text)",
    "create index question_open on question(state, until) where state = 'open'",
    "create table run(id text primary key, told blob, state text) without rowid",
    "create index run_open on run(state) where state = 'open'",
    "create table fact(kind text, key text, told blob, at real, primary key(kind, key))"
    " without rowid",
    "create table member(id text primary key, role text, name text, at real) without rowid",
    "create table choice(conversation text primary key, provider text, model text) without rowid",
    "create table spent(call text primary key, person text, at text, nusd int) without rowid",
    "create index spent_by on spent(person, at)",
    "create table conversation(id text primary key, uid text) without rowid",
    "create table moved(chat text primary key, was text) without rowid",
    "create table refusal(id text, at real, why text)",
)


class Database:
    """Safe to use from several threads and processes. Raises `StorageError`.

    Connections are kept. What threads put in at the same time is synced once for all of them.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        making = threading.Lock()
        self._writer, self._reader = _Connection(path, making), _Connection(path, making)
        self._writing, self._reading = threading.Lock(), threading.Lock()
        self._counting = threading.Lock()
        self._queued = 0
        """Threads that are about to write."""
        self._group: _Group | None = None
        """What is not committed yet."""

    @contextlib.contextmanager
    def opened(self, *, is_synced: bool = True) -> Iterator[sqlite3.Connection]:
        """A transaction that writes: committed at the end, taken back when something is raised.

        `is_synced`: False for what is done again, or needs not be known, after a power cut.
        """
        with self._told():
            self._take_turn()
            try:
                group = self._joined(is_synced)
                with _savepoint(group.connection):
                    yield group.connection
            finally:
                is_committed = self._leave()
            if not is_committed:
                group.ended.wait()
            if group.failed:
                raise group.failed

    @contextlib.contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A look at what is committed, which waits for nobody who writes."""
        with self._told(), self._reading, self._reader.used() as connection:
            yield connection

    def close(self) -> None:
        """Let go of the file; it is opened again when it is needed."""
        with self._writing, self._reading:
            self._writer.close()
            self._reader.close()

    def _take_turn(self) -> None:
        with self._counting:
            self._queued += 1
        self._writing.acquire()
        with self._counting:
            self._queued -= 1

    def _joined(self, is_synced: bool) -> _Group:
        """The group that waits for its commit, or a new one."""
        if self._group is None:
            with self._writer.used() as connection:
                level = "full" if is_synced else "normal"
                connection.execute(f"pragma synchronous = {level}")
                connection.execute("begin immediate")
            self._group = _Group(connection, is_synced)
        self._group.members += 1
        return self._group

    def _leave(self) -> bool:
        """End this thread's turn. False: another thread commits what it has put in."""
        group, is_last = self._group, True
        try:
            if group:
                is_whole = group.connection.in_transaction  # else SQLite has taken it back
                is_last = not (is_whole and group.is_synced and self._queued)
                if is_last or group.members >= _TOGETHER:
                    self._group, is_last = None, True
                    self._commit(group)
        finally:
            self._writing.release()
        return is_last

    def _commit(self, group: _Group) -> None:
        try:
            with self._writer.used():
                group.connection.execute("commit")
        except sqlite3.Error as error:
            group.failed = error
        finally:
            group.ended.set()

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError, database.Unusable) as error:
            hint = "make room, or put a damaged file elsewhere: what it has is then forgotten"
            raise StorageError(f"{self._path}: {error}", hint) from error


class _Group:
    """What some threads have put in, and one of them commits. `failed`: why it is not there."""

    def __init__(self, connection: sqlite3.Connection, is_synced: bool) -> None:
        self.connection, self.is_synced = connection, is_synced
        self.members, self.ended = 0, threading.Event()
        self.failed: sqlite3.Error | None = None


@contextlib.contextmanager
def _savepoint(connection: sqlite3.Connection) -> Iterator[None]:
    """What one thread puts in, so that its failure takes nothing of the others back."""
    connection.execute("savepoint own")
    try:
        yield
    except BaseException:
        if connection.in_transaction:  # else SQLite has taken all of it back
            connection.execute("rollback to own")
            connection.execute("release own")
        raise
    connection.execute("release own")


class _Connection:
    """One that is kept for as long as it works, and its file is the one that the path leads to."""

    def __init__(self, path: Path, making: threading.Lock) -> None:
        """`making`: held while a connection is made. SQLite does not wait for another one that
        gives the file its journal, but fails.
        """
        self._path, self._making = path, making
        self._made: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None

    @contextlib.contextmanager
    def used(self) -> Iterator[sqlite3.Connection]:
        """By one thread at a time."""
        if self._made and self._found() != self._file:
            self.close()
        try:
            yield self._made or self._make()
        except (sqlite3.Error, OSError, database.Unusable):
            self.close()
            raise

    def close(self) -> None:
        made, self._made = self._made, None
        if made:
            made.close()  # which takes back what was not committed

    def _make(self) -> sqlite3.Connection:
        with self._making:
            return self._newly_made()

    def _newly_made(self) -> sqlite3.Connection:
        files.make_folders(self._path.parent)
        made = database.connect(str(self._path), busy_ms=_BUSY_MS, is_shared=True)
        if made.execute("pragma user_version").fetchone()[0] != _FORMAT:
            self._prepare(made)
        self._made, self._file = made, self._found()
        return made

    def _found(self) -> tuple[int, int] | None:
        with contextlib.suppress(OSError):
            found = os.stat(self._path)
            return found.st_dev, found.st_ino
        return None

    def _prepare(self, connection: sqlite3.Connection) -> None:
        connection.execute("pragma synchronous = full")
        connection.execute("begin immediate")  # another process may be about to do it
        found = connection.execute("pragma user_version").fetchone()[0]
        if found > _FORMAT:
            connection.close()
            raise StorageError(
                f"{self._path} is of a newer ai-sessions (format {found}, ours is {_FORMAT})",
                "use the newer one",
            )
        if found == 0:
            for statement in (*_TABLES, f"pragma user_version = {_FORMAT}"):
                connection.execute(statement)
        connection.execute("commit")
