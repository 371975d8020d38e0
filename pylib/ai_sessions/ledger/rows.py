"""Calls as rows of the ledger's file, and back."""

from __future__ import annotations

import json

from ai_sessions.ledger.contract import Recorded

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from typing import Any

TEXTS = (
    *("uid", "session", "command", "feature", "project", "task", "provider", "model"),
    *("purpose", "status", "at"),
)
_JSON = ("tokens", "by_model")
COLUMNS = ("id", *TEXTS, "duration_ms", "cost_nusd", "cost_source", *_JSON)
_SELECT = f"select {', '.join(COLUMNS)}, held_nusd, is_stored from call"
_MARKS = ", ".join("?" * (len(COLUMNS) + 3))
_PUT = f"insert or replace into call({', '.join(COLUMNS)}, held_nusd, is_stored, version)"


class Row:
    """A call with what it held, of which is known whether its session has it (`is_stored`)."""

    __slots__ = ("call", "held_nusd", "is_stored")

    def __init__(self, call: Recorded, held_nusd: int = 0, is_stored: bool = True) -> None:
        self.call, self.held_nusd, self.is_stored = call, held_nusd, is_stored


def find(connection: sqlite3.Connection, id_: str) -> Row | None:
    found = connection.execute(f"{_SELECT} where id = ?", (id_,)).fetchone()
    return None if found is None else row_of(found)


def put(connection: sqlite3.Connection, row: Row, was_of: str | None = None) -> None:
    """Each change of the table has a number of its own, by which readers find what is new.

    `was_of`: uid of the session that had the call until now.
    """
    version = _next_version(connection)
    values = (*_values(row.call), row.held_nusd, row.is_stored, version)
    connection.execute(f"{_PUT} values ({_MARKS})", values)
    for uid in {row.call.uid, row.call.uid if was_of is None else was_of}:
        connection.execute("insert or replace into latest values (?, ?)", (uid, version))


def drop(connection: sqlite3.Connection, id_: str, uid: str) -> None:
    """Take a call of a session out; its readers see that something changed."""
    connection.execute("delete from call where id = ?", (id_,))
    values = (uid, _next_version(connection))
    connection.execute("insert or replace into latest values (?, ?)", values)


def _next_version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute(
        "insert into state values ('version', 1)"
        " on conflict(key) do update set value = value + 1 returning value"
    ).fetchone()
    return int(version)


def of_command(connection: sqlite3.Connection, command: str) -> list[tuple[str, str]]:
    """The ids of a command's calls, each with the uid of its session."""
    query = "select id, uid from call where command = ?"
    return connection.execute(query, (command,)).fetchall()


def of_session(connection: sqlite3.Connection, uid: str, after: int) -> list[Row]:
    """The calls of a session (empty: of none) whose rows changed after a version."""
    query = f"{_SELECT} where uid = ? and version > ? order by version"
    return [row_of(each) for each in connection.execute(query, (uid, after))]


def not_stored(connection: sqlite3.Connection) -> list[Row]:
    """The calls that their sessions do not have yet."""
    return list(map(row_of, connection.execute(f"{_SELECT} where not is_stored and uid != ''")))


def latest(connection: sqlite3.Connection) -> dict[str, int]:
    """The version of the latest change in each session; one it has lost is no change."""
    return dict(connection.execute("select uid, version from latest").fetchall())


def every(connection: sqlite3.Connection, way: str = "asc") -> Iterator[Row]:
    """All calls, in the order of their ids; `way` "desc": from the last one on."""
    return map(row_of, connection.execute(f"{_SELECT} order by id {way}"))


def row_of(found: tuple[Any, ...]) -> Row:
    *columns, held_nusd, is_stored = found
    values = dict(zip(COLUMNS, columns, strict=True))
    values |= {key: json.loads(values[key]) if values[key] else {} for key in _JSON}
    return Row(Recorded(**values), held_nusd, bool(is_stored))


def as_text(call: Recorded) -> str:
    """A call that is not made yet, as a lease keeps it."""
    return json.dumps(dict(zip(COLUMNS, _values(call), strict=True)))


def text_without_facts(id_: str) -> str:
    """The same of a call of which nothing is known."""
    return json.dumps({**_NOTHING, "id": id_})


def from_text(text: str) -> Recorded:
    found = json.loads(text)
    return row_of((*(found[key] for key in COLUMNS), 0, 0)).call


def _values(call: Recorded) -> tuple[object, ...]:
    return tuple(_plain(getattr(call, name)) for name in COLUMNS)


def _plain(value: object) -> object:
    if value is None or isinstance(value, (int, str)):
        return value
    return json.dumps(value) if value else ""


#: A call of which nothing is known, as a lease keeps it.
_NOTHING: dict[str, Any] = json.loads(as_text(Recorded("", "")))
