"""The entries of a conversation that have most in common with a question, by its rare words.

Words are weighed here, not by FTS5's bm25: that counts each word in all sessions for every
question, and a word that is rare in the store may be in every message of this conversation.
"""

from __future__ import annotations

import itertools
import math
import operator

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
MOST = 40
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
    """The rows of a span: numbers `first` to `last`, `count` of them."""

    __slots__ = ("count", "first", "last", "session", "span")

    def __init__(self, connection: sqlite3.Connection, span: Span, session: int) -> None:
        found = connection.execute(_BOUNDS, (session, span.after, span.until)).fetchone()
        self.count, self.first, self.last = found
        self.session = session
        self.span = span


def candidates(
    index: Index, terms: Terms, groups: Sequence[Sequence[Span]], limit: int = MOST
) -> list[list[tuple[Span, Plain]]]:
    """For each group of spans its entries that fit best, the best first. The spans of a group are
    of different sessions.

    Only these sessions are brought up to date. Raises `database.Unusable` and `database.Damaged`
    where the index is of no use, and `StorageError` for a session that cannot be read.
    """

    def answer(connection: sqlite3.Connection, source: Source) -> list[list[tuple[Span, Plain]]]:
        names = sorted({span.name for group in groups for span in group})
        numbers = following.follow_some(connection, source, words.LAYER, names)
        return [
            _best(
                connection,
                source,
                terms,
                limit,
                [
                    _Rows(connection, span, numbers[span.name])
                    for span in group
                    if span.name in numbers
                ],
            )
            for group in groups
        ]

    return index.ask_kept(answer)


def _best(
    connection: sqlite3.Connection, source: Source, terms: Terms, limit: int, rows: Sequence[_Rows]
) -> list[tuple[Span, Plain]]:
    found = _read(connection, source, _ranked(connection, terms, rows), rows)
    return list(itertools.islice(found, limit))


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
    for text, weight in sorted(variants.items(), key=operator.itemgetter(1)):
        found, count = [], 0.0
        for one in rows:
            some = _with(connection, text, one)
            found += some
            count += _count(some, one)
        rarity = math.log(1 + (max(total - count, 0) + 0.5) / (count + 0.5))
        best |= dict.fromkeys(found, weight * rarity)
    return best


def _with(connection: sqlite3.Connection, text: str, rows: _Rows) -> list[int]:
    """The newest rows that have a word or several words side by side, the newest first."""
    sought = words.query(text)
    found: list[int] = []
    for table in database.WORDS if sought else ():
        condition = f"owner:{words.owner(rows.session)} AND text:({sought})"
        values = (condition, rows.first, rows.last, _MOST_OF_A_WORD)
        query = _WITH.format(table)
        found += itertools.chain.from_iterable(connection.execute(query, values).fetchall())
    return found


def _count(found: Sequence[int], rows: _Rows) -> float:
    """How many rows have a word; where only the newest are known, if the others are as many."""
    if len(found) < _MOST_OF_A_WORD:
        return float(len(found))
    part = (rows.last - min(found) + 1) / (rows.last - rows.first + 1)
    return float(len(found) / part)


def _read(
    connection: sqlite3.Connection, source: Source, ranked: Sequence[int], rows: Sequence[_Rows]
) -> Iterator[tuple[Span, Plain]]:
    """What stands there; what was taken away or changed meanwhile is passed over."""
    spans = {one.session: one.span for one in rows}
    for row in ranked:
        query = "select session, place, seq from said where id = ?"
        for session, place, seq in connection.execute(query, (row,)).fetchall():
            span = spans.get(session)
            entry = span and source.entry_at(span.name, place)
            if span and entry and entry.get("seq") == seq:
                yield span, entry
