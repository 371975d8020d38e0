"""Full-text search over everything that was said, with SQLite's FTS5 (porter stemming).

The index holds no text, only words and where each entry lies in its journal; what is shown is read
back from there. Journals grow, so only what is new is read; one that was replaced is read anew.
"""

from __future__ import annotations

import contextlib
import itertools
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ai_sessions.disk import files
from ai_sessions.errors import StorageError, UsageError
from ai_sessions.index import database
from ai_sessions.store.files import checkpoints, journal

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence

    Plain = dict[str, Any]
    #: Inode, size and time of change of a journal.
    Place = list[int]
    #: The same, how far it was read, the mark of the line that ends there.
    Row = list[Any]

#: SQLite's whole numbers; times far in the future have more nanoseconds.
_LARGEST = 2**63 - 1
_SHOWN = 20
_AROUND = 60
#: SQLite keeps the words of deleted entries in a contentless table, so it is made anew.
_FORGET = (
    "insert into words(words) values('delete-all')",
    "delete from entry",
    "delete from indexed",
)


@dataclass(frozen=True, slots=True)
class Hit:
    """One place where the words stand. `excerpt` has the first match with its surroundings."""

    session: str
    seq: int
    at: str
    role: str
    excerpt: str


def search(
    root: str | os.PathLike[str], words: str, within: Sequence[str] = (), limit: int = _SHOWN
) -> list[Hit]:
    """The best hits, by rank. `within`: only these sessions; empty means all.

    Every word must occur. Falls back to reading every journal when there can be no index. Raises
    `UsageError` when there is nothing to look for.
    """
    terms = _terms(words)
    top = os.fspath(root)
    names = [name for name in checkpoints.names(top) if not within or name in within]
    try:
        with database.opened(top) as connection:
            indexed = refresh(connection, top, checkpoints.names(top))
            places = _places(connection, terms, set(names))
            hits = list(_hits(top, places, terms, limit))
    except database.Unusable:
        return _scanned(top, names, terms, limit)
    without = [name for name in names if name not in indexed]
    return hits + _scanned(top, without, terms, limit - len(hits))


def refresh(connection: sqlite3.Connection, top: str, names: Sequence[str]) -> set[str]:
    """Bring the index up to date with the journals of these sessions, the only ones there are.

    Returns those that have one.
    """
    known = {name: row for name, *row in connection.execute("select * from indexed")}
    found = {name: there for name in names if (there := _place(f"{top}/{name}"))}
    connection.execute("begin immediate")
    if any(not _continues(top, name, known[name], found.get(name)) for name in known):
        for statement in _FORGET:
            connection.execute(statement)
        known = {}
    for name, there in found.items():
        if name not in known or known[name][:3] != there:
            # one that cannot be read must not hide the others
            with contextlib.suppress(OSError, StorageError):
                _add(connection, top, name, known[name][3] if name in known else 0)
    connection.execute("commit")
    return set(found)


def _continues(top: str, name: str, known: Row, found: Place | None) -> bool:
    """Whether all that was read of a journal is still in it: the same line ends there."""
    if found is None or known[:3] == found:
        return found is not None
    *_place, done, tail = known
    try:
        fd = files.open_safely(_journal(top, name), os.O_RDONLY)
    except OSError:
        return False
    try:
        return not done or bool(journal.mark_at(fd, done) == tail)
    finally:
        os.close(fd)


def _journal(top: str, name: str) -> str:
    return f"{top}/{name}/{checkpoints.JOURNAL}"


def _place(folder: str) -> Place | None:
    """Which file a journal is and what state it is in; None without one."""
    try:
        return _state(os.lstat(f"{folder}/{checkpoints.JOURNAL}"))
    except OSError:
        return None


def _state(there: os.stat_result) -> Place:
    return [number & _LARGEST for number in (there.st_ino, there.st_size, there.st_ctime_ns)]


def _add(connection: sqlite3.Connection, top: str, name: str, start: int) -> None:
    with journal.opened(_journal(top, name)) as file:
        place = _state(os.fstat(file.fileno()))
        file.seek(start)
        offset = start
        for raw in journal.whole_lines(file):
            entry = journal.read_line(raw)
            text = "\n".join(said for _role, said in _said(entry)) if entry else ""
            if text:
                _add_entry(connection, name, offset, len(raw), text)
            offset += len(raw)
        tail = journal.mark_at(file.fileno(), offset)
    values = (name, *place, offset, tail)
    connection.execute("insert or replace into indexed values (?,?,?,?,?,?)", values)


def _add_entry(
    connection: sqlite3.Connection, name: str, offset: int, length: int, text: str
) -> None:
    row = connection.execute(
        "insert into entry(name, offset, length) values (?,?,?)", (name, offset, length)
    )
    connection.execute("insert into words(rowid, text) values (?,?)", (row.lastrowid, text))


def _places(
    connection: sqlite3.Connection, terms: Sequence[str], names: set[str]
) -> Iterator[tuple[str, int, int]]:
    query = " ".join(f'"{term}"' for term in terms)
    found = connection.execute(
        "select entry.name, entry.offset, entry.length from words"
        " join entry on entry.id = words.rowid where words match ? order by rank",
        (query,),
    )
    return ((name, offset, length) for name, offset, length in found if name in names)


def _hits(
    top: str, places: Iterator[tuple[str, int, int]], terms: Sequence[str], limit: int
) -> Iterator[Hit]:
    for count, (name, offset, length) in enumerate(places):
        if count == limit:
            return
        entry = _entry_at(_journal(top, name), offset, length)
        if entry:
            yield _hit(name, entry, terms)


def _entry_at(path: str, offset: int, length: int) -> Plain | None:
    try:
        fd = files.open_safely(path, os.O_RDONLY)
    except OSError:
        return None
    try:
        return journal.read_line(os.pread(fd, length, offset))
    finally:
        os.close(fd)


def _scanned(top: str, names: Sequence[str], terms: Sequence[str], limit: int) -> list[Hit]:
    """Without an index: every session, in order, whole words not required."""
    found = (hit for name in names for hit in _scanned_session(top, name, terms))
    return list(itertools.islice(found, limit))


def _scanned_session(top: str, name: str, terms: Sequence[str]) -> Iterator[Hit]:
    with contextlib.suppress(OSError, StorageError):
        for entry in checkpoints.entries(f"{top}/{name}", name):
            text = "\n".join(said for _role, said in _said(entry)).lower()
            if all(term in text for term in terms):
                yield _hit(name, entry, terms)


def _hit(name: str, entry: Plain, terms: Sequence[str]) -> Hit:
    said = _said(entry)
    role, text = next(
        ((role, text) for role, text in said if any(term in text.lower() for term in terms)),
        said[0],
    )
    return Hit(name, entry.get("seq", -1), entry.get("ts", ""), role, _excerpt(text, terms))


def _excerpt(text: str, terms: Sequence[str]) -> str:
    """One line around the first match, ellipses where it was cut."""
    flat = " ".join(text.split())
    places = [at for term in terms if (at := flat.lower().find(term)) >= 0]
    start = max(0, min(places, default=0) - _AROUND)
    end = start + 2 * _AROUND + max(map(len, terms))
    return ("…" if start else "") + flat[start:end] + ("…" if end < len(flat) else "")


def _said(entry: Plain) -> list[tuple[str, str]]:
    """What an entry adds to the conversation: (role, text)."""
    messages = [entry] if entry["type"] == "message" else entry.get("messages", ())
    return [
        (message.get("role", ""), message["text"])
        for message in messages
        if isinstance(message, dict) and isinstance(message.get("text"), str)
    ]


def _terms(words: str) -> list[str]:
    terms = [term.replace('"', "").lower() for term in words.split()]
    found = [term for term in terms if any(map(str.isalnum, term))]
    if not found:
        raise UsageError(f"nothing to look for in {words!r}", 'try: search "card retries"')
    return found
