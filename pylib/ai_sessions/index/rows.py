"""Checkpoint rows of many sessions, kept from the last look, and what is asked of them most.

A row is keyed by the stat of its session's journal (inode, size, both times), compared for
equality: a journal only grows, so this is right after appends, crashes, restores and clocks that go
back, where a folder's or a checkpoint's time is not.
"""

from __future__ import annotations

import os

from ai_sessions.accounting import stats
from ai_sessions.display import briefs
from ai_sessions.store.files import checkpoints

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any, TypeVar

    Answer = TypeVar("Answer")
    Row = dict[str, Any]
    Key = tuple[int, int, int, int]

#: Below this many sessions the checkpoints themselves are read as fast.
WORTHWHILE = 300
#: The key of a session without a journal (an old layout): looked at anew each time.
_NO_KEY = (0, 0, 0, 0)
#: SQLite's whole numbers; times far in the future have more nanoseconds.
_LARGEST = 2**63 - 1
_SUMS = ", ".join(f"sum({name})" for name in stats.COUNTS)


def rows(root: str | os.PathLike[str], worthwhile: int = WORTHWHILE) -> Iterator[Row]:
    """Every session by name, as of every acknowledged write. The same rows as `checkpoints`."""
    found = _asked(os.fspath(root), worthwhile, _all)
    yield from checkpoints.rows(root) if found is None else found


def lines(
    root: str | os.PathLike[str], worthwhile: int = WORTHWHILE
) -> tuple[list[str], list[str]]:
    """`briefs.line` of every session, the one used last first; and what a reader should know."""
    found = _asked(os.fspath(root), worthwhile, _lines)
    if found is not None:
        return found
    listed = sorted(checkpoints.rows(root), key=lambda row: row["last_used"], reverse=True)
    return [briefs.line(row) for row in listed], [note for row in listed for note in _notes(row)]


def totals(
    root: str | os.PathLike[str], most: int | None = None, worthwhile: int = WORTHWHILE
) -> tuple[dict[str, Any], list[str]]:
    """`stats.overall` of every session; and what a reader should know.

    `most`: with many groups of a kind only so many, the dearest; None means all.
    """
    found = _asked(os.fspath(root), worthwhile, lambda index: _totals(index, most))
    if found is not None:
        return found
    listed = list(checkpoints.rows(root))
    return stats.overall(listed), [note for row in listed for note in _notes(row)]


def _asked(top: str, worthwhile: int, ask: Callable[[sqlite3.Connection], Answer]) -> Answer | None:
    """The answer of an index that is up to date; None when it does not pay or cannot be used."""
    names = checkpoints.names(top)
    if len(names) < worthwhile:
        return None
    from ai_sessions.index import database

    try:
        with database.opened(top) as connection:
            _refresh(connection, top, names)
            return ask(connection)
    except database.Unusable:
        return None


def _all(connection: sqlite3.Connection) -> list[Row]:
    import marshal

    found = connection.execute("select row from whole order by name")
    return [marshal.loads(row) for (row,) in found]  # noqa: S302 (our own private file)


def _lines(connection: sqlite3.Connection) -> tuple[list[str], list[str]]:
    ordered = "from session order by last_used desc, name"
    found = [line for (line,) in connection.execute(f"select line {ordered}")]
    return found, _all_notes(connection)


def _totals(connection: sqlite3.Connection, most: int | None) -> tuple[dict[str, Any], list[str]]:
    counts = ("sessions", "errors", "features", *stats.COUNTS)
    found = connection.execute(
        f"select count(*), sum(errors), count(distinct feature), {_SUMS} from session"  # noqa: S608
    ).fetchone()
    whole = {name: count or 0 for name, count in zip(counts, found, strict=True)}
    models = _groups(connection, "model", "share", None)
    for sums in models.values():
        del sums["sessions"]
    features = _groups(connection, "feature", "session", most)
    return stats.together(whole, models, features), _all_notes(connection)


def _groups(
    connection: sqlite3.Connection, column: str, table: str, most: int | None
) -> dict[str, dict[str, int]]:
    found = connection.execute(
        f"select {column}, count(*), {_SUMS} from {table} group by {column}"  # noqa: S608
        f" order by sum(cost_nusd) desc, sum(input_tokens) + sum(output_tokens) desc, {column}"
        " limit ?",
        (-1 if most is None else most,),
    )
    counts = ("sessions", *stats.COUNTS)
    return {name: dict(zip(counts, sums, strict=True)) for name, *sums in found}


def _all_notes(connection: sqlite3.Connection) -> list[str]:
    found = connection.execute("select notices from session where notices != '' order by name")
    return [note for (notices,) in found for note in notices.split("\n")]


def _refresh(connection: sqlite3.Connection, top: str, names: Sequence[str]) -> None:
    """Read again what changed since the last look, and forget what is gone."""
    known = set(connection.execute("select name, ino, size, mtime, ctime from session"))
    gone = {row[0] for row in known}.difference(names)
    changed = []
    for name in names:
        key = _key(f"{top}/{name}/{checkpoints.JOURNAL}")
        if key is None or (name, *key) not in known:
            changed.append((name, key, checkpoints.readable_row(top, name)))
    gone |= {name for name, _key, row in changed if row is None}
    if changed or gone:
        connection.execute("begin immediate")
        _forget(connection, [*gone, *(name for name, _key, _row in changed)])
        for _name, key, row in changed:
            if row is not None:
                _keep(connection, key or _NO_KEY, row)
        connection.execute("commit")


def _forget(connection: sqlite3.Connection, names: Sequence[str]) -> None:
    for table in ("session", "whole", "share"):
        connection.executemany(
            f"delete from {table} where name = ?",  # noqa: S608 (one of three words)
            [(name,) for name in names],
        )


def _keep(connection: sqlite3.Connection, key: Key, row: Row) -> None:
    import marshal

    sums = row["totals"]
    facts = (row["last_used"], briefs.line(row), "\n".join(_notes(row)), row["feature"])
    values = (row["name"], *key, *facts, sums["errors"], *_counts(sums))
    connection.execute(f"insert into session values ({_places(values)})", values)  # noqa: S608
    connection.execute("insert into whole values (?,?)", (row["name"], marshal.dumps(row)))
    for model, share in sums["by_model"].items():
        values = (row["name"], model, *_counts(share))
        connection.execute(f"insert into share values ({_places(values)})", values)  # noqa: S608


def _counts(sums: dict[str, int]) -> list[int]:
    return [sums[name] for name in stats.COUNTS]


def _places(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))


def _notes(row: Row) -> list[str]:
    return [f"{row['name']}: {notice}" for notice in row.get("notices", ())]


def _key(path: str) -> Key | None:
    """None: no journal (an old layout, an empty folder), so nothing to rely on."""
    try:
        there = os.lstat(path)
    except OSError:
        return None
    modified, changed = there.st_mtime_ns & _LARGEST, there.st_ctime_ns & _LARGEST
    return there.st_ino & _LARGEST, there.st_size, modified, changed
