"""Sums of the calls of each quarter of an hour: what a day cost, without a look at its calls.

Triggers of the table of calls note which slots have changed; those are summed again when somebody
asks.
"""

from __future__ import annotations

from ai_sessions.index import database
from ai_sessions.index.call_rows import COUNTED
from ai_sessions.names import IMPORTED

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from typing import Any

    Sums = dict[str, Any]

_US = database.SLOT_US
_NAMES = ", ".join(COUNTED)
_SUMS = ", ".join(f"sum(call.{name})" for name in COUNTED)
_CALLS = "join session on session.id = call.session"
_IS_IMPORTED = f"session.command = '{IMPORTED}'"
_FILL = (
    f"insert into slot(at, imported, {_NAMES}) select stale.at, {_IS_IMPORTED}, {_SUMS}"
    f" from stale cross join call on call.at >= stale.at * {_US}"
    f" and call.at < (stale.at + 1) * {_US} {_CALLS} group by 1, 2"
)
_OF_SLOTS = (
    f"select imported, {', '.join(f'sum({name})' for name in COUNTED)}"
    " from slot where at >= ? and at < ? group by 1"
)
_OF_CALLS = f"select {_IS_IMPORTED}, {_SUMS} from call {_CALLS} where at >= ? and at < ? group by 1"


def refresh(connection: sqlite3.Connection) -> None:
    """Sum again what changed."""
    database.sum_again(connection, "stale", "at", "slot", _FILL)


def first(connection: sqlite3.Connection) -> int | None:
    """When the slot of the first call of all begins, in microseconds since 1970."""
    ((at,),) = connection.execute("select min(at) from slot").fetchall()
    return None if at is None else at * _US


def sums(connection: sqlite3.Connection, first: int, last: int) -> dict[bool, Sums]:
    """The sums of the calls of a span, in microseconds since 1970: of those that were imported
    (True), and of the others.
    """
    if first % _US or last % _US:  # in a zone whose days begin at no whole quarter of an hour
        found = database.summed(connection, _OF_CALLS, (first, last), 1)
    else:
        found = database.summed(connection, _OF_SLOTS, (first // _US, last // _US), 1)
    return {bool(imported): dict(zip(COUNTED, each, strict=True)) for imported, *each in found}
