"""Search by words and by meaning at once: what fits best by either, in one order."""

from __future__ import annotations

import itertools
import math

from ai_sessions.index import database, passages, search, words
from ai_sessions.index.recalling import Span
from ai_sessions.index.search import MEANING, SHOWN, WORDS, Found, Hit
from ai_sessions.memory import fusing

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from ai_sessions.index import Index
    from ai_sessions.index.meaning import Meaning
    from ai_sessions.store.contract import Source

    Plain = dict[str, Any]
    Place = tuple[str, int]

#: Words that are looked for together, and entries of each order that are taken into account.
_MOST_TERMS = 64
_MOST_RANKED = 100
#: Of a word that is in most texts, as FTS5 has it.
_LEAST_WORTH = 1e-6


class _Ranked:
    """Places by words with their weights, those with all of them first, and by meaning with the
    part that fits.
    """

    def __init__(self, exact: Mapping[Place, float], some: Mapping[Place, float]) -> None:
        self.exact = exact
        self.by_words = {**exact, **{place: some[place] for place in some if place not in exact}}
        self.by_meaning: dict[Place, int] = {}

    def places(self) -> list[Place]:
        meant = dict.fromkeys(self.by_meaning, 1.0)
        return [place for place, _score in fusing.fused(self.by_words, meant)]

    def by(self, place: Place) -> tuple[str, ...]:
        ways = ((WORDS, self.by_words), (MEANING, self.by_meaning))
        return tuple(way for way, found in ways if place in found)


def search_fused(
    index: Index,
    meaning: Meaning,
    text: str,
    within: Sequence[str] = (),
    limit: int = SHOWN,
    until: Mapping[str, int] | None = None,
    *,
    by_words: bool = True,
) -> Found:
    """The entries that fit `text` best. `by_words` False: by their meaning alone.

    `within`, `until`: as `search` has them. Raises what it does, and what `Meaning.ranked` does.
    """
    shared = until or {}
    sought = search.queries(text)
    asked = tuple(sought.values())[:_MOST_TERMS] if by_words else ()
    wanted = [*map(Span, within), *(Span(name, last) for name, last in shared.items())]
    spans = wanted or None

    def answer(connection: sqlite3.Connection, source: Source) -> Found:
        unreadable = words.refresh(connection, source)
        names = (*within, *shared)
        most = _most(connection, asked)
        ranked = _Ranked(
            dict.fromkeys(_by_relevance(connection, asked, " AND ", names, most), 1.0),
            _by_relevance(connection, asked, " OR ", names, most),
        )
        ranking = meaning.ranked(connection, source, text, spans, _MOST_RANKED)
        ranked.by_meaning = {(near.session, near.place): near.part for near in ranking.near}
        hits = _hits(source, ranked, tuple(sought), shared)
        chosen = dict(itertools.islice(hits, limit))
        exact = all(place in ranked.exact for place in chosen)
        return Found(tuple(chosen.values()), exact, tuple(unreadable), ranking.left)

    return index.ask(answer)


def _by_relevance(
    connection: sqlite3.Connection,
    queries: Sequence[str],
    joined: str,
    names: Sequence[str],
    most: float,
) -> dict[Place, float]:
    """Places with some words, those with rare ones in a short text first; of equals the latest.

    The weight says how much of what the words are worth is there, squared: next to nothing for
    those that are in most texts. `most`: as `_most` has it.
    """
    if not queries:
        return {}
    matching = joined.join(f"({one})" for one in queries)
    condition, values = search.of_sessions(names)
    found = " union all ".join(
        f"select rowid as id, rank as worth from {table} where text match ?"
        for table in database.WORDS
    )
    query = (
        f"select session.name, place, -worth from ({found}) as found"
        " join said on said.id = found.id join session on session.id = said.session"
        f" where true {condition} order by worth, at desc, session.name, place desc limit ?"
    )
    rows = connection.execute(query, (matching, matching, *values, _MOST_RANKED))
    return {(name, place): min(1.0, worth / most) ** 2 for name, place, worth in rows}


def _most(connection: sqlite3.Connection, queries: Sequence[str]) -> float:
    """What a text is worth to bm25 that has each of the words once, and is as long as others."""
    ((total,),) = connection.execute("select count(*) from said").fetchall()
    rarities = []
    for query in queries:
        count = 0
        for table in database.WORDS:
            found = f"select count(*) from {table} where text match ?"
            ((more,),) = connection.execute(found, (query,)).fetchall()
            count += more
        rarities.append(max(math.log((total - count + 0.5) / (count + 0.5)), _LEAST_WORTH))
    return sum(rarities)


def _hits(
    source: Source, ranked: _Ranked, terms: Sequence[str], until: Mapping[str, int]
) -> Iterator[tuple[Place, Hit]]:
    """What stands at the places; what was taken away meanwhile, or is not shared, is left out."""
    for place in ranked.places():
        name, at = place
        entry = source.entry_at(name, at)
        if entry and not (name in until and entry.get("seq", -1) > until[name]):
            hit = _hit(name, entry, terms, ranked.by_meaning.get(place))
            if hit:
                hit.by = ranked.by(place)
                yield place, hit


def _hit(name: str, entry: Plain, terms: Sequence[str], part: int | None) -> Hit | None:
    """Shown where one of the words stands, else by its passage of that number."""
    spoken = words.said(entry)
    if not any(term in text.casefold() for _role, text in spoken for term in terms):
        found = passages.passages(entry)[part:] if part is not None else []
        spoken = found or spoken
    return search.hit(name, entry, spoken, terms) if spoken else None
