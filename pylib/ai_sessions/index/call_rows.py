"""Every call of a model as a row, kept up to date with the logs. Light on imports, for `stats`."""

from __future__ import annotations

from ai_sessions import times, token_kinds
from ai_sessions.accounting import stats
from ai_sessions.index import database, following
from ai_sessions.store.totals import CARRIED

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from typing import Any

    from ai_sessions.store.contract import Source

    Plain = dict[str, Any]
    #: Sums by names that go together.
    Crossed = dict[tuple[Any, ...], dict[str, Any]]

TEXTS = ("provider", "model", "purpose", "task", "status")
COUNTED = (*stats.COUNTS, "errors")
_SUMS = ", ".join(f"sum(call.{name})" for name in COUNTED)
_COLUMNS = (
    *("session", "place", "id", "at", "began", *TEXTS, "source", "resume"),
    *("errors", *stats.COUNTS, *token_kinds.PARTS, "shares"),
)
_ADD = f"insert or replace into call values ({', '.join('?' * len(_COLUMNS))})"


def refresh(connection: sqlite3.Connection, source: Source) -> list[str]:
    """Bring the calls up to date; returns what is wrong with sessions that cannot be read."""
    return following.follow(connection, source, _LAYER)


def sums(
    connection: sqlite3.Connection,
    columns: Sequence[str],
    tables: str,
    condition: str,
    values: Sequence[object],
) -> Crossed:
    """Sums of calls by the values of some expressions. `tables`: what these and the condition are
    of.
    """
    count = len(columns)
    numbers = ", ".join(map(str, range(1, count + 1)))
    query = (
        f"select {', '.join(columns)}, {_SUMS} from {tables} where {condition} group by {numbers}"
    )
    found = database.summed(connection, query, values, count)
    return {row[:count]: dict(zip(COUNTED, row[count:], strict=True)) for row in found}


def put(connection: sqlite3.Connection, session: int, place: int, entry: Plain) -> None:
    """Put a call in place of the one that is there."""
    connection.execute("delete from call where session = ? and place = ?", (session, place))
    connection.execute(_ADD, (session, place, *_values(entry)))


class _Calls:
    """`Layer` of following."""

    name = "calls"

    def add(self, connection: sqlite3.Connection, session: int, place: int, entry: Plain) -> None:
        if entry["type"] == "interaction":
            connection.execute(_ADD, (session, place, *_values(entry)))

    def forget(self, connection: sqlite3.Connection, session: int) -> None:
        connection.execute("delete from call where session = ?", (session,))


_LAYER = _Calls()


def _values(entry: Plain) -> tuple[object, ...]:
    """What is kept of a call that is well-formed (`totals.well_formed`)."""
    at = times.microseconds(entry.get("ts"))
    resume = entry.get("resume") or {}
    tokens = {name: entry["tokens"].get(key, 0) for key, name in token_kinds.FIELDS.items()}
    cost = entry["cost_nusd"]
    told = {
        "interactions": 1,
        "unknown_costs": int(cost is None),
        "errors": int(entry["status"] != "ok"),
    }
    if entry["status"] == CARRIED:  # it stands for several calls
        told = {key: entry["detail"].get(key, 0) for key in told}
    counts = {**tokens, **told, "cost_nusd": cost or 0}
    shares = entry.get("by_model")
    return (
        database.text(entry["id"]),
        at,
        _began(entry, at),
        *(database.text(entry.get(key)) for key in TEXTS),
        database.text(entry.get("cost_source")),
        database.text(resume.get("id")),
        counts["errors"],
        *(counts[name] for name in (*stats.COUNTS, *token_kinds.PARTS)),
        _as_json(shares) if shares else "",
    )


def _began(entry: Plain, at: int | None) -> int | None:
    """A call that was cut off says it itself, others how long they took."""
    detail = entry.get("detail")
    told = times.microseconds(detail.get("begun")) if isinstance(detail, dict) else None
    took = entry.get("duration_ms")
    if told is not None or at is None:
        return told
    return at - (took * 1000 if type(took) is int and 0 <= took < 2**40 else 0)


def _as_json(shares: object) -> str:
    import json

    return json.dumps(shares)
