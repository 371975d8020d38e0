"""The entries of a conversation that have most in common with a question, by its rare words.

Words are weighed here, not by FTS5's bm25: that counts each word in all sessions for every
question, and a word that is rare in the store may be in every message of this conversation.
"""

from __future__ import annotations

import itertools
import math
from typing import NamedTuple

from ai_sessions.index import database, following, words

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from ai_sessions.index import Index
    from ai_sessions.store.contract import Source

    Plain = dict[str, Any]
    #: For each thing that is asked for the words that may stand for it, and how well they do (0-1).
    Terms = Sequence[Mapping[str, float]]

#: Entries that are looked at.
MOST = 64
#: Entries behind a message that may have what came of it, and of how many messages.
_BEHIND, _MOST_OPEN = 3, 12
#: Entries with a word that are taken into account, the newest: one that more have says little.
_MOST_OF_A_WORD = 400
#: Entries with several of the words, of which those that are there are returned.
_MOST_RANKED = 200
_BOUNDS = (
    "select count(*), coalesce(min(id), 0), coalesce(max(id), 0) from said"
    " where session = ? and seq > ? and seq <= ?"
)
_WITH = (
    "select rowid from {0} where {0} match ? and rowid between ? and ? order by rowid desc limit ?"
)
_NEXT = (
    "select place, seq from said where session = ? and seq > ? and seq <= ? order by seq limit ?"
)
#: Numbers of entries that are of no session.
_LAST = 2**62


class Span:
    """Entries of a session, numbered higher than `after`, up to `until`."""

    __slots__ = ("after", "name", "until")

    def __init__(self, name: str, until: int = _LAST, after: int = -1) -> None:
        self.name = name
        self.until = until
        self.after = after


class _Rows:
    """The rows of a span: numbers `first` to `last`, `count` of them, and who has their words."""

    __slots__ = ("count", "first", "last", "session", "span", "tables")

    def __init__(self, connection: sqlite3.Connection, span: Span, session: int) -> None:
        found = connection.execute(_BOUNDS, (session, span.after, span.until)).fetchone()
        self.count, self.first, self.last = found
        self.session = session
        self.span = span
        query = "select 1 from said where part = ? and session = ? limit 1"
        self.tables = [
            table
            for part, table in enumerate(database.WORDS)
            if connection.execute(query, (part, session)).fetchone()
        ]


def candidates(
    index: Index, groups: Sequence[tuple[Terms, Sequence[Span]]], limit: int = MOST
) -> list[list[tuple[Span, Plain]]]:
    """For each group of spans its entries that fit its terms best, the best first, then what stands
    right behind the best messages. The spans of a group are of different sessions.

    Only these sessions are brought up to date. Raises `database.Unusable` and `database.Damaged`
    where the index is of no use, and `StorageError` for a session that cannot be read.
    """

    def answer(connection: sqlite3.Connection, source: Source) -> list[list[tuple[Span, Plain]]]:
        names = sorted({span.name for _terms, spans in groups for span in spans})
        numbers = following.follow_some(connection, source, words.LAYER, names)
        found = []
        for terms, spans in groups:
            known = [span for span in spans if span.name in numbers]
            rows = [_Rows(connection, span, numbers[span.name]) for span in known]
            best = _read(connection, source, _ranked(connection, terms, rows), rows)
            found.append(_with_next(connection, source, list(itertools.islice(best, limit))))
        return found

    return index.ask_kept(answer)


def _ranked(connection: sqlite3.Connection, terms: Terms, rows: Sequence[_Rows]) -> list[int]:
    """Numbers of rows, the best first; of those that fit as well the newest."""
    total = sum(one.count for one in rows)
    scores: dict[int, float] = {}
    for variants in terms if total else ():
        for row, worth in _worths(connection, variants, rows, total).items():
            scores[row] = scores.get(row, 0.0) + worth
    ranked = sorted(zip(scores.values(), scores, strict=True), reverse=True)
    return [row for _score, row in ranked[:_MOST_RANKED]]


def _worths(
    connection: sqlite3.Connection,
    variants: Mapping[str, float],
    rows: Sequence[_Rows],
    total: int,
) -> dict[int, float]:
    """What rows are worth that have one of these words: the more, the fewer of them there are."""
    best: dict[int, float] = {}
    alike: dict[float, list[str]] = {}
    for text, weight in variants.items():
        alike.setdefault(weight, []).append(words.query(text))
    for weight in sorted(alike):
        sought = " OR ".join(f"({one})" for one in alike[weight] if one)
        found, count = [], 0.0
        for one in rows if sought else ():
            some = _with(connection, sought, one)
            found += some
            count += _count(some, one)
        rarity = math.log(1 + (max(total - count, 0) + 0.5) / (count + 0.5))
        best |= dict.fromkeys(found, weight * rarity)
    return best


def _with(connection: sqlite3.Connection, sought: str, rows: _Rows) -> list[int]:
    """The newest rows that fit a query, the newest of them first."""
    found: list[int] = []
    for table in rows.tables:
        condition = f"owner:{words.owner(rows.session)} AND text:({sought})"
        values = (condition, rows.first, rows.last, _MOST_OF_A_WORD)
        query = _WITH.format(table)
        found += itertools.chain.from_iterable(connection.execute(query, values).fetchall())
    return found


def _count(found: Sequence[int], rows: _Rows) -> float:
    """How many rows fit a query; where only the newest are known, if the others are as many."""
    if len(found) < _MOST_OF_A_WORD:
        return float(len(found))
    part = (rows.last - min(found) + 1) / (rows.last - rows.first + 1)
    return float(len(found) / part)


class _Place(NamedTuple):
    """An entry and where it stands."""

    rows: _Rows
    seq: int
    entry: Plain


def _read(
    connection: sqlite3.Connection, source: Source, ranked: Sequence[int], rows: Sequence[_Rows]
) -> Iterator[_Place]:
    """What stands there; what was taken away or changed meanwhile is passed over."""
    known = {one.session: one for one in rows}
    for row in ranked:
        query = "select session, place, seq from said where id = ?"
        for session, place, seq in connection.execute(query, (row,)).fetchall():
            if session in known and (entry := _entry(source, known[session], place, seq)):
                yield _Place(known[session], seq, entry)


def _entry(source: Source, rows: _Rows, place: int, seq: int) -> Plain | None:
    entry = source.entry_at(rows.span.name, place)
    return entry if entry and entry.get("seq") == seq else None


def _with_next(
    connection: sqlite3.Connection, source: Source, best: Sequence[_Place]
) -> list[tuple[Span, Plain]]:
    """With what stands behind messages that are entries of their own, as far as it was said."""
    found = {(one.rows.session, one.seq): (one.rows.span, one.entry) for one in best}
    asking = [one for one in best if _is_open(one.entry)]
    for rows, seq, _entry_there in asking[:_MOST_OPEN]:
        bounds = (rows.session, seq, rows.span.until, _BEHIND)
        for place, later in connection.execute(_NEXT, bounds).fetchall():
            if (rows.session, later) in found:
                continue
            if entry := _entry(source, rows, place, later):
                found[rows.session, later] = (rows.span, entry)
    return list(found.values())


def _is_open(entry: Plain) -> bool:
    """Whether something may have come of it: an answer, a call of a tool, a result."""
    return entry["type"] == "message" and entry.get("role") != "tool"
