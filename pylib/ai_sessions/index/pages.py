"""Pages of sessions that fit, each with the place where the next one begins.

A page costs what it shows: no session is read, and a place is told by values, not by a number, so
that what is added or removed meanwhile moves nothing.
"""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import field
from typing import TYPE_CHECKING, Any

from ai_sessions.display import briefs
from ai_sessions.errors import UsageError
from ai_sessions.index import database, search, sessions, words
from ai_sessions.lazy_dataclasses import dataclass

if TYPE_CHECKING:
    import sqlite3

    from ai_sessions.index import Index
    from ai_sessions.index.choosing import Chosen
    from ai_sessions.store.contract import Source

Row = dict[str, Any]
#: Longest text that a place may be.
_LONGEST = 1_000
_ROWS = (
    "select row, crc, expires_at, {column}, name from session"
    " cross join public on public.session = session.id"
    " where id > 0 and {condition} order by {order} limit ?"
)
_COUNT = "select count(*) from session where id > 0 and {condition}"
#: Sessions in one entry of which all words are.
_WITH_WORDS = "session.id in (select said.session from said where said.id in ({found}))"


@dataclass(frozen=True, slots=True)
class Page:
    """`rows`: as JSON output shows sessions. `next`: the place behind the last of them; empty:
    there are no more.
    """

    rows: tuple[Row, ...]
    next: str = ""
    total: int | None = None
    """How many fit in all; None: nobody asked."""
    unreadable: tuple[str, ...] = field(default=())
    """What is wrong with sessions that could not be looked into for words."""


def page(
    index: Index,
    chosen: Chosen,
    text: str = "",
    after: str = "",
    *,
    counts: bool = False,
) -> Page:
    """The chosen sessions behind a place, `chosen.limit` of them at most, which must be given.

    `text`: only sessions in one entry of which all these words are. `after`: `Page.next` of the
    page before, in the same order; empty: from the beginning. `counts`: count all that fit.

    Raises `UsageError` for a place that is none, and for a text without a word.
    """
    place = _place(after, chosen.sort) if after else None
    sought = " AND ".join(f"({one})" for one in search.queries(text).values()) if text else ""

    def answer(connection: sqlite3.Connection, source: Source) -> Page:
        unreadable = words.refresh(connection, source) if sought else []
        if not sought:
            sessions.refresh(connection, source)
        condition, values = chosen.condition(connection)
        if sought:
            found = " union all ".join(map(search.rowids, database.WORDS))
            condition = f"{condition} and {_WITH_WORDS.format(found=found)}"
            values += [sought] * len(database.WORDS)
        total = _total(connection, condition, values) if counts else None
        rows, last = _rows(connection, chosen, condition, values, place)
        return Page(rows, last, total, tuple(unreadable))

    return index.ask(answer)


def _rows(
    connection: sqlite3.Connection,
    chosen: Chosen,
    condition: str,
    values: list[object],
    place: tuple[Any, str] | None,
) -> tuple[tuple[Row, ...], str]:
    """And the place behind the last one when there are more."""
    if place:
        behind, more = chosen.after(*place)
        condition, values = f"{condition} and {behind}", [*values, *more]
    if chosen.limit is None:
        raise ValueError("a page without a limit")
    query = _ROWS.format(column=chosen.column(), condition=condition, order=chosen.order())
    found = connection.execute(query, (*values, chosen.limit + 1)).fetchall()
    rows = tuple(_row(text, crc, at, chosen.now) for text, crc, at, *_ in found[: chosen.limit])
    if len(found) <= chosen.limit:
        return rows, ""
    *_, value, name = found[chosen.limit - 1]
    return rows, _text_of(chosen.sort, value, name)


def _row(text: Any, crc: Any, expires_at: str, now: str) -> Row:
    if zlib.crc32(database.typed(text, str).encode()) != crc:
        raise database.Damaged("a row")
    row: Row = json.loads(text)
    return {**row, "status": briefs.EXPIRED} if expires_at and expires_at <= now else row


def _total(connection: sqlite3.Connection, condition: str, values: list[object]) -> int:
    (found,) = connection.execute(_COUNT.format(condition=condition), values).fetchone()
    return int(found)


def _text_of(sort: str, value: Any, name: str) -> str:
    plain = json.dumps([sort, value, name], ensure_ascii=False).encode()
    return base64.urlsafe_b64encode(plain).rstrip(b"=").decode()


def _place(text: str, sort: str) -> tuple[Any, str]:
    """Value and name of a place. Raises `UsageError`."""
    try:
        padded = text[:_LONGEST] + "=" * (-len(text) % 4)
        of, value, name = json.loads(base64.b64decode(padded, b"-_", validate=True))
    except (ValueError, TypeError):  # no Base64, no JSON, not three of them
        raise UsageError(
            f"no place in a list: {text[:80]!r}", "give the one that the page before told"
        ) from None
    if of != sort or not isinstance(name, str) or not isinstance(value, str | int):
        raise UsageError(f"a place in a list in another order, not in that of {sort}")
    return value, name
