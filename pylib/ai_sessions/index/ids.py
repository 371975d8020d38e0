"""Which ids the entries of a session have: what a store asks before it adds an old one again.

Of the index file alone, and of one session: a store that asks has it locked, so nothing else is
brought up to date here.
"""

from __future__ import annotations

from ai_sessions.errors import StorageError
from ai_sessions.index import database

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from ai_sessions.index import Index
    from ai_sessions.store.contract import Increment, Source

_BATCH = 500


def known(index: Index, name: str, wanted: frozenset[str]) -> frozenset[str] | None:
    """Those of `wanted` that entries of the session have; None when the index cannot tell now.

    What the index says is there is looked at in the session: an answer that was paid for is never
    left out because a derived file says so.
    """

    def answer(connection: sqlite3.Connection, source: Source) -> frozenset[str]:
        session = _followed(connection, source, name)
        return frozenset(_among(connection, source, session, name, sorted(wanted)))

    try:
        return index.ask_kept(answer)
    except (StorageError, database.Damaged, database.Unusable):
        return None


def forget(connection: sqlite3.Connection, name: str) -> None:
    """Take away what was kept of a session that is gone."""
    found = connection.execute("select session from id_source where name = ?", (name,)).fetchone()
    if found:
        connection.execute("delete from entry_id where session = ?", found)
        connection.execute("delete from id_source where session = ?", found)


def _followed(connection: sqlite3.Connection, source: Source, name: str) -> int:
    """Read what is new in the session; its number."""
    connection.execute("begin immediate")
    connection.execute("insert or ignore into id_source(name, mark) values (?, '')", (name,))
    query = "select session, mark from id_source where name = ?"
    session, mark = connection.execute(query, (name,)).fetchone()
    increment = source.follow(name, str(mark))
    if increment.whole:
        connection.execute("delete from entry_id where session = ?", (session,))
    new = _rows(int(session), increment)
    connection.executemany("insert or ignore into entry_id values (?,?,?)", new)
    update = "update id_source set mark = ? where session = ?"
    connection.execute(update, (increment.bookmark, session))
    connection.execute("commit")
    return int(session)


def _rows(session: int, increment: Increment) -> Iterator[tuple[int, str, int]]:
    for place, entry in increment:
        if id_ := database.text(entry.get("id")):
            yield session, id_, place


def _among(
    connection: sqlite3.Connection, source: Source, session: int, name: str, ids: list[str]
) -> Iterator[str]:
    by_text = {database.text(one): one for one in ids}
    texts = list(by_text)
    for start in range(0, len(texts), _BATCH):
        some = texts[start : start + _BATCH]
        query = f"select id, place from entry_id where session = ? and id in ({_marks(some)})"
        for id_, place in connection.execute(query, (session, *some)).fetchall():
            entry = source.entry_at(name, place)
            if entry is None or entry.get("id") != by_text[id_]:
                raise database.Damaged("the place of an id")
            yield by_text[id_]


def _marks(values: list[str]) -> str:
    return ",".join("?" * len(values))
