"""Bringing one part of the index up to date with the logs of sessions that changed."""

from __future__ import annotations

import contextlib
import sqlite3

from ai_sessions.index import database, sessions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any, Protocol

    from ai_sessions.store.contract import Source

    Plain = dict[str, Any]

    class Layer(Protocol):
        """What is kept of the entries of logs."""

        name: str

        def add(
            self, connection: sqlite3.Connection, session: int, place: int, entry: Plain
        ) -> None:
            """Keep what the layer is for of one entry."""

        def forget(self, connection: sqlite3.Connection, session: int) -> None:
            """Take away all that was kept of a session."""


#: Sessions in one transaction: others wait no longer, and a killed process loses no more.
_BATCH = 500
#: What goes wrong with the index itself, not with a session.
_OF_THE_INDEX = (sqlite3.Error, database.Damaged)


def follow(connection: sqlite3.Connection, source: Source, layer: Layer) -> list[str]:
    """Read what is new; returns what is wrong with sessions that cannot be read."""
    sessions.refresh(connection, source)
    unreadable: dict[str, str] = {}
    while _behind(connection, layer, unreadable):
        connection.execute("begin immediate")
        # asked again: another process may have read them since
        for session, name in _behind(connection, layer, unreadable):
            try:
                with _all_or_nothing(connection):
                    _read(connection, source, layer, session, name)
            except _OF_THE_INDEX:
                raise
            except Exception as error:  # one broken session must not hide the others
                unreadable[name] = f"{name} is left out: {error}"
        connection.execute("commit")
    return list(unreadable.values())


def follow_some(
    connection: sqlite3.Connection, source: Source, layer: Layer, names: Sequence[str]
) -> dict[str, int]:
    """The same for these sessions alone, however many others are behind; returns their numbers, by
    name. Where somebody else is writing, what is known already has to do.

    Raises what a session does that cannot be read.
    """
    numbers = _numbers(connection, names)
    if len(numbers) < len(names):
        sessions.refresh(connection, source)
        numbers = _numbers(connection, names)
    try:
        for name, session in numbers.items():
            if _has_more(connection, source, layer, session, name):
                _read_one(connection, source, layer, session, name)
    except sqlite3.OperationalError as error:
        if not database.passes(error):
            raise
    return numbers


def _numbers(connection: sqlite3.Connection, names: Sequence[str]) -> dict[str, int]:
    query = "select id from session where name = ? and id > 0"
    found = ((name, connection.execute(query, (name,)).fetchone()) for name in names)
    return {name: row[0] for name, row in found if row}


def _has_more(
    connection: sqlite3.Connection, source: Source, layer: Layer, session: int, name: str
) -> bool:
    increment = source.follow(name, _mark(connection, layer, session))
    return increment.whole or next(iter(increment), None) is not None


def _read_one(
    connection: sqlite3.Connection, source: Source, layer: Layer, session: int, name: str
) -> None:
    connection.execute("begin immediate")
    _read(connection, source, layer, session, name)  # what fails ends the connection and this
    connection.execute("commit")


def _behind(
    connection: sqlite3.Connection, layer: Layer, unreadable: dict[str, str]
) -> list[tuple[int, str]]:
    """Numbers and names of sessions to read; the name is empty when the session is gone."""
    found = connection.execute(
        "select behind.session, coalesce(name, '') from behind"
        " left join session on session.id = behind.session where layer = ? limit ?",
        (layer.name, _BATCH + len(unreadable)),
    )
    return [(session, name) for session, name in found if name not in unreadable]


@contextlib.contextmanager
def _all_or_nothing(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("savepoint one")
    try:
        yield
    except _OF_THE_INDEX:
        raise
    except Exception:
        connection.execute("rollback to one")
        raise
    finally:
        connection.execute("release one")


def _read(
    connection: sqlite3.Connection, source: Source, layer: Layer, session: int, name: str
) -> None:
    key = (layer.name, session)
    connection.execute("delete from behind where layer = ? and session = ?", key)
    if not name:
        layer.forget(connection, session)
        connection.execute("delete from bookmark where layer = ? and session = ?", key)
        return
    increment = source.follow(name, _mark(connection, layer, session))
    if increment.whole:
        layer.forget(connection, session)
    for place, entry in increment:
        layer.add(connection, session, place, entry)
    values = (*key, increment.bookmark)
    connection.execute("insert or replace into bookmark values (?,?,?)", values)


def _mark(connection: sqlite3.Connection, layer: Layer, session: int) -> str:
    """Where it was read to; empty: nowhere."""
    query = "select mark from bookmark where layer = ? and session = ?"
    (mark,) = connection.execute(query, (layer.name, session)).fetchone() or ("",)
    return str(mark)
