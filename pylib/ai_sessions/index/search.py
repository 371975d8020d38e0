"""Full-text search over everything that was said, with SQLite's FTS5 (porter stemming).

The index holds no text, only words and where each entry is; what is shown is read back from there.
"""

from __future__ import annotations

from ai_sessions.errors import UsageError
from ai_sessions.index import database, words

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any

    from ai_sessions.index import Index
    from ai_sessions.store.contract import Source

    Plain = dict[str, Any]
    #: Asks SQLite for places, by the queries of words and the names of sessions.
    Ask = Callable[[sqlite3.Connection, Sequence[str], Sequence[str]], Iterator[tuple[str, int]]]

#: Hits that are shown unless more are asked for.
SHOWN = 20
_AROUND = 60
#: How a hit was found.
WORDS, MEANING = "words", "meaning"


class Hit:
    """One place that fits. `excerpt` has the first match with its surroundings; `by`: what it was
    found by, `words`, `meaning` or both.
    """

    __slots__ = ("at", "by", "excerpt", "role", "seq", "session")

    def __init__(
        self,
        session: str,
        seq: int,
        at: str,
        role: str,
        excerpt: str,
        by: tuple[str, ...] = (WORDS,),
    ) -> None:
        self.session = session
        self.seq = seq
        self.at = at
        self.role = role
        self.excerpt = excerpt
        self.by = by


class Found:
    """`exact`: every word occurs in each hit; else only some of them do, those with most first, or
    hits mean something like it.

    `unreadable`: what is wrong with sessions that could not be looked into. `left`: passages that
    cannot be found by their meaning yet.
    """

    __slots__ = ("exact", "hits", "left", "unreadable")

    def __init__(
        self,
        hits: tuple[Hit, ...],
        exact: bool,
        unreadable: tuple[str, ...] = (),
        left: int = 0,
    ) -> None:
        self.hits = hits
        self.exact = exact
        self.unreadable = unreadable
        self.left = left


def search(
    index: Index,
    text: str,
    within: Sequence[str] = (),
    limit: int = SHOWN,
    until: Mapping[str, int] | None = None,
) -> Found:
    """The latest entries with every word of `text`; when there is none, those with any of them.

    `within`: only these sessions; empty means all. `until`: of these sessions, which are others,
    entries up to that number, too: what a fork shares. Raises `UsageError` when there is no word.
    """
    shared = until or {}
    sought = queries(text)

    def looked_up(connection: sqlite3.Connection, source: Source, ask: Ask) -> tuple[Hit, ...]:
        places = ask(connection, tuple(sought.values()), (*within, *shared))
        return tuple(_hits(source, places, tuple(sought), limit, shared))

    def answer(connection: sqlite3.Connection, source: Source) -> Found:
        unreadable = words.refresh(connection, source)
        hits = looked_up(connection, source, _with_all)
        exact = bool(hits) or len(sought) == 1
        if not exact:
            hits = looked_up(connection, source, _with_any)
        return Found(hits, exact, tuple(unreadable))

    return index.ask(answer)


def queries(text: str) -> dict[str, str]:
    """The words of `text`, each with what FTS5 finds it by. Raises `UsageError` for none."""
    terms = {term.casefold(): words.query(term) for term in database.text(text).split()}
    sought = {term: query for term, query in terms.items() if query}
    if not sought:
        raise UsageError(f"nothing to look for in {text!r}", 'ai-session.sh search "card retries"')
    return sought


def _with_all(
    connection: sqlite3.Connection, queries: Sequence[str], within: Sequence[str]
) -> Iterator[tuple[str, int]]:
    matching = " AND ".join(f"({one})" for one in queries)
    found = " union all ".join(rowids(table) for table in database.WORDS)
    only, names = of_sessions(within)
    return connection.execute(
        "select session.name, place from said join session on session.id = said.session"
        f" where said.id in ({found}) {only} order by at desc, session.name, place desc",
        (matching, matching, *names),
    )


def _with_any(
    connection: sqlite3.Connection, queries: Sequence[str], within: Sequence[str]
) -> Iterator[tuple[str, int]]:
    """Word by word: SQLite takes only so many in one query."""
    connection.execute("create temporary table found(id int)")
    for table in database.WORDS:
        put = f"insert into found {rowids(table)}"
        connection.executemany(put, ((query,) for query in queries))
    only, names = of_sessions(within)
    return connection.execute(
        "select session.name, place from"
        " (select id, count(*) as many from found group by id) as found"
        " join said on said.id = found.id join session on session.id = said.session"
        f" where true {only} order by many desc, at desc, session.name, place desc",
        names,
    )


def rowids(table: str) -> str:
    """A query of what one table of words has, with the words for its value."""
    return f"select rowid as id from {table} where text match ?"


def of_sessions(within: Sequence[str]) -> tuple[str, Sequence[str]]:
    if not within:
        return "", ()
    return f"and session.name in ({', '.join('?' * len(within))})", within


def _hits(
    source: Source,
    places: Iterator[tuple[str, int]],
    terms: Sequence[str],
    limit: int,
    until: Mapping[str, int],
) -> Iterator[Hit]:
    """What stands at the places; one that was taken away meanwhile is passed over."""
    left = limit
    for name, place in places:
        entry = source.entry_at(name, place)
        spoken = words.said(entry) if entry else []
        if entry and spoken and not (name in until and entry.get("seq", -1) > until[name]):
            yield hit(name, entry, spoken, terms)
            left -= 1
        if not left:
            return


def hit(name: str, entry: Plain, spoken: list[tuple[str, str]], terms: Sequence[str]) -> Hit:
    """An entry, shown where the first of the words stands in it."""
    role, text = next(
        ((role, text) for role, text in spoken if any(term in text.casefold() for term in terms)),
        spoken[0],
    )
    return Hit(name, entry.get("seq", -1), entry.get("ts", ""), role, excerpt(text, terms))


def excerpt(text: str, terms: Sequence[str] = ()) -> str:
    """One line around the first match, ellipses where it was cut."""
    flat = " ".join(text.split())
    places = [at for term in terms if (at := flat.casefold().find(term)) >= 0]
    start = max(0, min(places, default=0) - _AROUND)
    end = start + 2 * _AROUND + max(map(len, terms), default=0)
    return ("…" if start else "") + flat[start:end] + ("…" if end < len(flat) else "")
