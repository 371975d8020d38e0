"""Sums over all conversations, and those that are over, without a look at each of them."""

from __future__ import annotations

from ai_sessions.display import briefs
from ai_sessions.index import sessions
from ai_sessions.lazy_dataclasses import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping
    from typing import Any

    from ai_sessions.index import Index
    from ai_sessions.store.contract import Source

    Row = Mapping[str, Any]

_COUNTED = (*sessions.SAID, "errors", "input_tokens", "output_tokens", "cost_nusd", "unknown_costs")
_IS_OVER = "(status != 'active' or (expires_at != '' and expires_at <= ?))"
_GROUPS = (
    f"select interface, sum(1), sum({_IS_OVER}), {', '.join(f'sum({one})' for one in _COUNTED)}"
    " from session where id > 0 group by interface order by interface"
)
_CHILDREN = "select name from session where parent = ? and parent != '' and id > 0 order by name"
_OF_CONVERSATION = (
    "select name from session where conversation = ? and conversation != '' and id > 0"
    " order by last_used desc, name"
)
_OVER = f"select name from session where id > 0 and {_IS_OVER} order by name"


@dataclass(frozen=True, slots=True)
class Sums:
    """Over sessions of one interface. `over`: how many of them were ended or have expired; tokens
    are those of calls of models, those of single messages have `said_` before.
    """

    sessions: int = 0
    over: int = 0
    messages: int = 0
    tool_calls: int = 0
    said_input_tokens: int = 0
    said_output_tokens: int = 0
    errors: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_nusd: int = 0
    unknown_costs: int = 0


def by_interface(index: Index, now: str) -> dict[str, Sums]:
    """Sums by interface; the empty one is the command line. `now`: RFC 3339 UTC."""

    def answer(connection: sqlite3.Connection, source: Source) -> dict[str, Sums]:
        from ai_sessions.index import database

        sessions.refresh(connection, source)
        found = database.summed(connection, _GROUPS, (now,), 1)
        return {str(interface): Sums(*sums) for interface, *sums in found}

    if not index.is_worthwhile():
        return _by_interface(index.source.rows(), now)
    return index.ask(answer)


def over(index: Index, now: str) -> list[str]:
    """Names of sessions that were ended or have expired, in order."""

    def answer(connection: sqlite3.Connection, source: Source) -> list[str]:
        sessions.refresh(connection, source)
        return [str(name) for (name,) in connection.execute(_OVER, (now,))]

    if not index.is_worthwhile():
        return [row["name"] for row in index.source.rows() if _is_over(row, now)]
    return index.ask(answer)


def named(index: Index, uid: str) -> str:
    """The name of the session with that uid; empty: there is none."""

    def known(connection: sqlite3.Connection) -> str:
        query = "select name from session where uid = ? and id > 0"
        found = connection.execute(query, (uid,)).fetchone()
        return str(found[0]) if found else ""

    def answer(connection: sqlite3.Connection, source: Source) -> str:
        name = known(connection)
        row = source.row(name) if name else None
        if row and row["uid"] == uid:  # what was written in other sessions does not matter
            return name
        sessions.refresh(connection, source)
        return known(connection)

    if not index.is_worthwhile():
        return next((row["name"] for row in index.source.rows() if row["uid"] == uid), "")
    return index.ask(answer)


def children(index: Index, uid: str) -> list[str]:
    """Names of the sessions whose parent has that uid, in order."""

    def answer(connection: sqlite3.Connection, source: Source) -> list[str]:
        sessions.refresh(connection, source)
        return [str(name) for (name,) in connection.execute(_CHILDREN, (uid,))]

    if not index.is_worthwhile():
        return [row["name"] for row in index.source.rows() if uid and briefs.parent(row) == uid]
    return index.ask(answer)


def of_conversation(index: Index, id_: str) -> list[str]:
    """Names of the sessions that interfaces call so, the one used last first."""

    def answer(connection: sqlite3.Connection, source: Source) -> list[str]:
        sessions.refresh(connection, source)
        return [str(name) for (name,) in connection.execute(_OF_CONVERSATION, (id_,))]

    if not index.is_worthwhile():
        rows = sessions.newest_first(index.source.rows())
        return [row["name"] for row in rows if id_ and briefs.conversation(row) == id_]
    return index.ask(answer)


def _by_interface(rows: Iterable[Row], now: str) -> dict[str, Sums]:
    found: dict[str, list[int]] = {}
    for row in rows:
        sums = found.setdefault(briefs.interface(row), [0] * (2 + len(_COUNTED)))
        counts = (
            1,
            int(_is_over(row, now)),
            *(sessions.said(row["totals"], name) for name in _COUNTED),
        )
        sums[:] = map(sum, zip(sums, counts, strict=True))
    return {interface: Sums(*found[interface]) for interface in sorted(found)}


def _is_over(row: Row, now: str) -> bool:
    at = briefs.expires_at(row)
    return row["status"] != "active" or bool(at and at <= now)
