"""Calls without a session as rows, read from the notes that the ledger has of them."""

from __future__ import annotations

from ai_sessions import times
from ai_sessions.index import database

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator

    from ai_sessions.store.contract import Increment

    #: What was noted since a bookmark.
    Notes = Callable[[str], Increment]

_BOOKMARK = "unrecorded"
_TEXTS = ("project", "feature", "task", "model", "provider", "purpose", "status")
_ADD = f"insert or replace into unrecorded values (?, ?, {', '.join('?' * len(_TEXTS))}, ?)"


def refresh(connection: sqlite3.Connection, notes: Notes) -> None:
    """Read what is new, and only that. Raises `StorageError`."""
    before = database.value(connection, _BOOKMARK, "")
    increment = notes(before)
    if not list(increment) and increment.bookmark == before:
        return
    connection.execute("begin immediate")
    # asked again: another process may have read it since
    increment = notes(database.value(connection, _BOOKMARK, ""))
    if increment.whole:
        connection.execute("delete from unrecorded")
    connection.executemany(_ADD, _rows(increment))
    database.keep(connection, _BOOKMARK, increment.bookmark)
    connection.execute("commit")


def cost(connection: sqlite3.Connection, first: int, last: int) -> tuple[int, int]:
    """What the calls of a span (microseconds since 1970) cost, and how many have no known price."""
    query = "select sum(cost_nusd), sum(cost_nusd is null) from unrecorded where at >= ? and at < ?"
    ((nusd, unknown),) = database.summed(connection, query, (first, last), 0)
    return nusd, unknown


def _rows(increment: Increment) -> Iterator[tuple[object, ...]]:
    for place, note in increment:
        texts = (database.text(note.get(key)) for key in _TEXTS)
        yield place, times.microseconds(note["ts"]), *texts, note["cost_nusd"]
