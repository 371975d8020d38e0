"""What the ledger's file keeps of models beside what was used: limits, how they answer, tallies."""

from __future__ import annotations

import json
from datetime import datetime

from ai_sessions import times
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.ledger.quota_tables import TABLES
from ai_sessions.ledger.quota_windows import Learned, us
from ai_sessions.records import stamp
from ai_sessions.rotation.records import ModelState, Tally

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterable
    from typing import Any

    from ai_sessions.ledger.quota_windows import Key
    from ai_sessions.rotation.records import Place

_TALLY = (
    "select model, requests, tokens, day_requests, day_tokens, avg_latency_ms, success_rate,"
    " last_used from tally"
)
_THERE = "select 1 from sqlite_master where name = 'tally_source'"
_FIELDS = tuple(ModelState.__annotations__)
_TIMES = {name for name, kind in ModelState.__annotations__.items() if "datetime" in kind}
#: Columns in which None is something: that nobody knows.
_MAY_BE_NONE = ("amount", "used")
#: So many rows are asked for at once: SQLite takes no more than 999 values in some versions.
_AT_ONCE = 500
#: Counted in the ledger or in the tallies, so not kept with the rest of a model's state.
_COUNTED = ("requests_today", "tokens_today", "success_rate", "avg_latency_ms")


@dataclass(frozen=True, slots=True)
class Closed:
    """An account that takes no calls until then."""

    until: int
    why: str
    at: int


def are_there(connection: sqlite3.Connection) -> bool:
    return connection.execute(_THERE).fetchone() is not None


def ensure(connection: sqlite3.Connection) -> None:
    """Make the tables in a ledger of a version that had none."""
    if not are_there(connection):
        for statement in TABLES.values():
            connection.execute(statement)


def restore(connection: sqlite3.Connection, table: str, found: Iterable[tuple[Any, ...]]) -> None:
    """Put rows of another ledger into one of `TABLES`, unless it has them; a row that is not as
    ours are is left out.
    """
    ensure(connection)
    found_columns = connection.execute(f"pragma table_info({table})").fetchall()
    columns = [(name, kind.lower()) for _number, name, kind, *_rest in found_columns]
    marks = ", ".join("?" * len(columns))
    for row in found:
        if len(row) == len(columns) and all(map(_is_of, row, columns)):
            connection.execute(f"insert or ignore into {table} values ({marks})", row)


def _is_of(value: object, column: tuple[str, str]) -> bool:
    name, kind = column
    if value is None:
        return name in _MAY_BE_NONE
    return type(value) is {"text": str, "int": int, "real": float}[kind]


def learned(connection: sqlite3.Connection, quotas: Collection[str]) -> dict[Key, Learned]:
    query = (
        "select pool, unit, period, rolling_s, amount, origin, used, resets_at, shut_until, at"
        " from quota_limit where pool"
    )
    return {row[:4]: Learned(*row[4:]) for row in _among(connection, query, quotas)}


def put_learned(connection: sqlite3.Connection, key: Key, known: Learned) -> None:
    values = (known.limit, known.origin, known.used, known.resets_at, known.shut_until, known.at)
    statement = "insert or replace into quota_limit values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    connection.execute(statement, (*key, *values))


def closed(connection: sqlite3.Connection, quotas: Collection[str]) -> dict[str, Closed]:
    query = "select pool, until, why, at from quota_closed where pool"
    return {quota: Closed(*rest) for quota, *rest in _among(connection, query, quotas)}


def close(connection: sqlite3.Connection, quota: str, known: Closed) -> None:
    values = (quota, known.until, known.why, known.at)
    connection.execute("insert or replace into quota_closed values (?, ?, ?, ?)", values)


def reopen(connection: sqlite3.Connection, quota: str) -> None:
    connection.execute("delete from quota_closed where pool = ?", (quota,))


def states(connection: sqlite3.Connection, quotas: Collection[str]) -> dict[str, ModelState]:
    """What calls have taught of models, without what is counted elsewhere."""
    query = "select pool, state from quota_model where pool"
    return {quota: _state(text) for quota, text in _among(connection, query, quotas)}


def put_state(connection: sqlite3.Connection, place: Place, known: ModelState) -> None:
    plain = {name: _plain(getattr(known, name)) for name in _FIELDS if name not in _COUNTED}
    values = (place.own_quota, json.dumps(plain))
    connection.execute("insert or replace into quota_model values (?, ?)", values)


def tallies(
    connection: sqlite3.Connection, models: Collection[str] | None = None
) -> dict[str, Tally]:
    """Those of some models; None: all, in the order of their names."""
    if models is None:
        found = connection.execute(f"{_TALLY} order by model").fetchall()
    else:
        found = _among(connection, f"{_TALLY} where model", models)
    return {model: _tally(*rest) for model, *rest in found}


def put_tally(connection: sqlite3.Connection, model: str, known: Tally) -> None:
    values = (
        *(model, known.requests, known.tokens, known.day_requests, known.day_tokens),
        *(known.avg_latency_ms, known.success_rate),
        stamp(known.last_used) if known.last_used else "",
    )
    statement = "insert or replace into tally values (?, ?, ?, ?, ?, ?, ?, ?)"
    connection.execute(statement, values)


def forget_tallies(connection: sqlite3.Connection) -> None:
    connection.execute("delete from tally")


def is_taken(connection: sqlite3.Connection, source: str) -> bool:
    query = "select 1 from tally_source where source = ?"
    return connection.execute(query, (source,)).fetchone() is not None


def take_source(connection: sqlite3.Connection, source: str, at: datetime) -> bool:
    """True for the first who names it."""
    statement = "insert or ignore into tally_source values (?, ?)"
    return connection.execute(statement, (source, stamp(at))).rowcount > 0


def _among(
    connection: sqlite3.Connection, query: str, wanted: Collection[str]
) -> list[tuple[Any, ...]]:
    """The rows of a query whose last column is one of those wanted."""
    names = sorted({*wanted})
    found: list[tuple[Any, ...]] = []
    for begin in range(0, len(names), _AT_ONCE):
        part = names[begin : begin + _AT_ONCE]
        marks = ", ".join("?" * len(part))
        found += connection.execute(f"{query} in ({marks})", part).fetchall()
    return found


def _tally(
    requests: int,
    tokens: int,
    day_requests: int,
    day_tokens: int,
    latency_ms: float,
    success_rate: float,
    last_used: str,
) -> Tally:
    return Tally(
        requests=requests,
        tokens=tokens,
        day_requests=day_requests,
        day_tokens=day_tokens,
        avg_latency_ms=latency_ms,
        success_rate=success_rate,
        last_used=times.read(last_used),
    )


def _plain(value: object) -> object:
    return us(value) if isinstance(value, datetime) else value


def _state(text: str) -> ModelState:
    """Fields that this version does not know are left out; what cannot be read is as no call."""
    try:
        found = json.loads(text)
        known = {name: found[name] for name in _FIELDS if name in found}
        read = {
            name: times.at_microseconds(known[name]) for name in _TIMES & {*known} if known[name]
        }
        return ModelState(**{**known, **read})
    except (ValueError, TypeError, OverflowError):
        return ModelState()
