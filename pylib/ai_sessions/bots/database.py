"""The file of one bot: what came in, what went out, what waits for an answer, who may do what.

It is truth, not a cache: it is synced at each commit, and one that cannot be read is never thrown
away.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from ai_sessions.disk import files
from ai_sessions.errors import StorageError
from ai_sessions.index import database

#: Below SESSION_DIR.
FOLDER = ".bots"
_BUSY_MS = 10_000
_FORMAT = 1
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
    """Safe to use from several threads and processes. Raises `StorageError`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextlib.contextmanager
    def opened(self) -> Iterator[sqlite3.Connection]:
        """A transaction that writes: committed at the end, taken back when something is raised."""
        try:
            files.make_folders(self._path.parent)
            connection = database.connect(str(self._path), busy_ms=_BUSY_MS)
            try:
                connection.execute("pragma synchronous = full")
                connection.execute("begin immediate")
                self._prepare(connection)
                yield connection
                connection.execute("commit")
            finally:
                connection.close()  # which takes back what was not committed
        except (sqlite3.Error, OSError, database.Unusable) as error:
            hint = "make room, or put a damaged file elsewhere: what it has is then forgotten"
            raise StorageError(f"{self._path}: {error}", hint) from error

    def _prepare(self, connection: sqlite3.Connection) -> None:
        found = connection.execute("pragma user_version").fetchone()[0]
        if found > _FORMAT:
            raise StorageError(
                f"{self._path} is of a newer ai-sessions (format {found}, ours is {_FORMAT})",
                "use the newer one",
            )
        if found == 0:
            for statement in (*_TABLES, f"pragma user_version = {_FORMAT}"):
                connection.execute(statement)
