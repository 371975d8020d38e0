"""Checkpoint rows of many sessions, kept from the last look.

A row is keyed by the stat of its session's journal (inode, size, both times), compared for
equality: a journal only grows, so this is right after appends, crashes, restores and clocks that go
back, where a folder's or a checkpoint's time is not.
"""

from __future__ import annotations

import marshal
import os

from ai_sessions.store import checkpoints

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence
    from typing import Any

    Row = dict[str, Any]
    Key = tuple[int, int, int, int]

#: Below this many sessions the checkpoints themselves are read as fast.
WORTHWHILE = 300


def rows(root: str | os.PathLike[str], worthwhile: int = WORTHWHILE) -> Iterator[Row]:
    """Every session by name, as of every acknowledged write. The same rows as `checkpoints`."""
    top = os.fspath(root)
    names = checkpoints.names(top)
    if len(names) < worthwhile:
        yield from checkpoints.rows(top)
        return
    from ai_sessions.index import database

    try:
        with database.opened(top) as connection:
            found = _refreshed(connection, top, names)
    except database.Unusable:
        found = None
    yield from checkpoints.rows(top) if found is None else found


def _refreshed(connection: sqlite3.Connection, top: str, names: Sequence[str]) -> list[Row]:
    stored = {
        name: (tuple(key), row) for name, *key, row in connection.execute("select * from session")
    }
    result: list[Row] = []
    changed: list[tuple[Any, ...]] = []
    for name in names:
        key = _key(f"{top}/{name}/{checkpoints.JOURNAL}")
        known = stored.pop(name, None)
        if known and key == known[0]:
            result.append(marshal.loads(known[1]))  # noqa: S302 (our own private file)
            continue
        row = checkpoints.readable_row(top, name)
        if row is not None:
            result.append(row)
            if key:
                changed.append((name, *key, marshal.dumps(row)))
    _save(connection, changed, list(stored))
    return result


def _save(
    connection: sqlite3.Connection, changed: Sequence[tuple[Any, ...]], gone: Sequence[str]
) -> None:
    if not changed and not gone:
        return
    connection.execute("begin immediate")
    connection.executemany("insert or replace into session values (?,?,?,?,?,?)", changed)
    connection.executemany("delete from session where name = ?", [(name,) for name in gone])
    connection.execute("commit")


def _key(path: str) -> Key | None:
    """None: no journal (an old layout, an empty folder), so nothing to rely on."""
    try:
        there = os.lstat(path)
    except OSError:
        return None
    return there.st_ino, there.st_size, there.st_mtime_ns, there.st_ctime_ns
