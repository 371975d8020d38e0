"""The vectors of passages in a file of their own, each by the digest of its text.

They take far longer to make than the index does, so they outlive it: an index that is made anew
finds them again. What was said can be guessed from a vector, so none stays of a passage that is
gone: SQLite overwrites what is deleted, and keeps no log of pages beside the file.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3

from ai_sessions.index import database, passages

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from ai_sessions.index import Index
    from ai_sessions.store.contract import Source

NAME = ".vectors.sqlite3"
_FORMAT = 1
_TABLES = (
    "create table model(name text)",
    "create table vector(digest blob primary key, vector blob) without rowid",
    f"pragma user_version = {_FORMAT}",
)
#: What others write is short, and what is made again takes longer.
_BUSY_MS = 5000
#: Where it pays to read them all in place of looking for each one.
_MANY = 4


class Unavailable(Exception):
    """The file cannot help now (busy, read-only, no room, or it was damaged and is gone)."""


def exist(folder: str) -> bool:
    return bool(folder) and os.path.lexists(f"{folder}/{NAME}")


def are_of(folder: str, model: str) -> bool:
    """Whether what is there was made by that model."""
    with _opened(folder) as connection:
        return connection.execute("select name from model").fetchall() == [(model,)]


def begin(folder: str, model: str) -> None:
    """Let all vectors be of that model: those of another one are deleted."""
    with _opened(folder) as connection, _at_once(connection):
        connection.execute("delete from vector")
        connection.execute("delete from model")
        connection.execute("insert into model values (?)", (model,))


def of(folder: str, digests: Collection[bytes]) -> dict[bytes, bytes]:
    """Those vectors of these passages that there are."""
    with _opened(folder) as connection:
        ((count,),) = connection.execute("select count(*) from vector").fetchall()
        if _MANY * len(digests) > count:
            found = connection.execute("select digest, vector from vector")
            return {digest: vector for digest, vector in found if digest in digests}
        query = "select digest, vector from vector where digest = ?"
        return dict(row for one in digests for row in connection.execute(query, (one,)))


def add(folder: str, found: Mapping[bytes, bytes]) -> None:
    """Keep vectors by the digests of their passages, all or none."""
    with _opened(folder) as connection, _at_once(connection):
        connection.executemany("insert or replace into vector values (?,?)", found.items())


def prune(folder: str, index: sqlite3.Connection) -> None:
    """Delete the vectors of passages that are gone. `index`: one whose passages are up to date."""
    if database.value(index, passages.PRUNED, 0):
        return
    index.execute("begin immediate")  # whoever forgets a passage meanwhile says so afterwards
    try:
        _delete(folder, _digests(folder) - passages.digests(index))
        database.keep(index, passages.PRUNED, 1)
    finally:
        index.execute("commit")


def forget_what_is_gone(index: Index) -> None:
    """Delete the vectors of what is in the sessions no more; all of them where it cannot be told
    apart. Needs no model. Raises `StorageError`.
    """
    if not exist(index.folder):
        return

    def pruned(connection: sqlite3.Connection, source: Source) -> None:
        passages.refresh(connection, source)
        prune(index.folder, connection)

    try:
        index.ask(pruned)
    except Unavailable:
        database.remove_for_good(f"{index.folder}/{NAME}")


def _digests(folder: str) -> set[bytes]:
    with _opened(folder) as connection:
        return {digest for (digest,) in connection.execute("select digest from vector")}


def _delete(folder: str, digests: Collection[bytes]) -> None:
    with _opened(folder) as connection, _at_once(connection):
        connection.executemany("delete from vector where digest = ?", ((one,) for one in digests))


@contextlib.contextmanager
def _opened(folder: str) -> Iterator[sqlite3.Connection]:
    """The file in `folder`, made now when there is none. Raises `Unavailable`, for a damaged one
    with it deleted.
    """
    path = f"{folder}/{NAME}"
    connection = None
    try:
        connection = _connected(path)
        yield connection
    except database.Unusable as error:
        raise Unavailable(str(error)) from error
    except sqlite3.Error as error:
        if not database.passes(error):
            database.remove(path)
        raise Unavailable(f"{path}: {error}") from error
    finally:
        if connection is not None:
            connection.close()


def _connected(path: str) -> sqlite3.Connection:
    connection = database.connect(path, "delete", _BUSY_MS)
    connection.execute("pragma secure_delete = on")
    if _format(connection) == _FORMAT:
        return connection
    with _at_once(connection):
        if not _format(connection):  # nobody else has made them meanwhile
            for statement in _TABLES:
                connection.execute(statement)
    if found := _format(connection) - _FORMAT:
        connection.close()
        raise Unavailable(f"{path}: format {found + _FORMAT} is of another version")
    return connection


@contextlib.contextmanager
def _at_once(connection: sqlite3.Connection) -> Iterator[None]:
    """One transaction; what was done in it is taken back when something goes wrong."""
    connection.execute("begin immediate")
    with connection:
        yield


def _format(connection: sqlite3.Connection) -> int:
    return int(connection.execute("pragma user_version").fetchone()[0])
