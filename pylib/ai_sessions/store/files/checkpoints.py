"""Sessions as `list` and `stats` need them: from small checkpoints, with next to no imports.

A row is the plain object of `metadata.json`, plus `notices` when a reader should be told something.
A checkpoint that is behind its journal, damaged or missing is folded anew from the journal.
"""

from __future__ import annotations

import os
import stat

from ai_sessions.disk import files
from ai_sessions.errors import StorageError
from ai_sessions.names import is_session
from ai_sessions.plurals import counted
from ai_sessions.store import totals
from ai_sessions.store.files import lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    Row = dict[str, Any]

NAME = "metadata.json"
#: A larger one is not a checkpoint of ours (damage, or a trap).
LARGEST_BYTES = 4 << 20
#: The first layout kept every call in that file, so without a journal it may be as large as this.
LARGEST_OLD_BYTES = 256 << 20
#: What the files of a session may be found to be. EMPTY: there are none, so it is no session.
CURRENT, EMPTY, LOST, OLD, BROKEN, NEWER = "current", "empty", "lost", "old", "broken", "newer"
_NOTICES = {
    NEWER: "made by a newer version: read-only here",
    LOST: "history missing: totals from the checkpoint",
    OLD: "old layout: upgraded at the next write",
    BROKEN: "metadata.json cannot be read: the next write sets it aside",
}
JOURNAL = "journal.jsonl"


def names(root: str | os.PathLike[str]) -> list[str]:
    """Session names in order; none when the folder does not exist. Raises `StorageError`."""
    return sorted(unsorted_names(root))


def unsorted_names(root: str | os.PathLike[str], known: str = "") -> list[str]:
    """The same as the disk has them.

    `known`: what was found the last time, each with a slash behind it. As long as the order is the
    same, names need not be judged again.
    """
    names = []
    end = 0
    try:
        with os.scandir(root) as found:
            for entry in found:
                name = entry.name
                is_known = known.startswith(f"{name}/", end)
                if (is_known or is_session(name)) and entry.is_dir(follow_symlinks=False):
                    names.append(name)
                    end += len(name) + 1
    except FileNotFoundError:
        return []
    except OSError as error:
        raise files.storage_error(error, os.fspath(root)) from error
    return names


def foreign(root: str | os.PathLike[str]) -> list[str]:
    """Names that are no sessions and none of our own (those begin with a dot); never opened."""
    with os.scandir(root) as found:
        return sorted(
            entry.name
            for entry in found
            if not entry.name.startswith(".") and not _is_session(entry)
        )


def rows(root: str | os.PathLike[str]) -> Iterator[Row]:
    """Every session by name, as of every acknowledged write; one that cannot be read says so."""
    top = os.fspath(root)
    for name in names(top):
        found = readable_row(top, name)
        if found is not None:
            yield found


def readable_row(root: str, name: str) -> Row | None:
    """One session of a listing; what goes wrong becomes a notice, None when it is gone."""
    try:
        return row(f"{root}/{name}", name)
    except Exception as error:  # one broken session must not hide the others
        return {**totals.empty(name), "notices": [f"cannot be read: {told(error, root)}"]}


def told(error: Exception, path: str) -> str:
    """What is wrong, for people: the file and the reason."""
    return files.storage_error(error, path).message if isinstance(error, OSError) else str(error)


def row(folder: str, name: str, *, thorough: bool = False) -> Row | None:
    """One session; None when there is none. Raises `OSError`, `StorageError`.

    `thorough` also looks whether the journal still has the line the checkpoint ends with, which
    notices a journal that was replaced by one of the same length.
    """
    try:
        state, checkpoint = look(folder, name, thorough=thorough)
    except FileNotFoundError:  # moved away while we looked
        return None
    if state == EMPTY:
        return None
    return with_notices({**checkpoint, "name": name}, state)


def with_notices(checkpoint: Row, state: str = CURRENT) -> Row:
    """The checkpoint of a session whose files are of that kind, as a row."""
    notices = [_NOTICES[state]] if state in _NOTICES else []
    if lost := checkpoint["carried"]:
        notices.append(f"history missing: {counted(lost, 'call')} known by their sums alone")
    if bad := checkpoint["journal"]["bad_lines"]:
        notices.append(f"{counted(bad, 'damaged line')} skipped")
    return {**checkpoint, "notices": notices} if notices else checkpoint


def look(folder: str, name: str, *, thorough: bool = False) -> tuple[str, Row]:
    """What a session's files are (one of the states above) and what they add up to."""
    found = metadata(folder)
    path = f"{folder}/{JOURNAL}"
    size = _size_of(path)
    if is_newer(found):
        return NEWER, _newer(name, found)
    if not size:
        return _without_journal(folder, name, found)
    kept = totals.completed(found)
    result = kept
    if result is None or result["journal"]["bytes"] != size or thorough:
        result = _caught_up(path, name, result, size)
    if result["journal"]["seq"] < 0 and kept:  # not one line can be read
        return LOST, {**kept, "name": name}
    result["name"] = name  # the folder may have been renamed
    return NEWER if is_newer(result) else CURRENT, result


def entries(folder: str, name: str, after: int = -1, last: int | None = None) -> Iterator[Row]:
    """The log of a session of either layout; damaged lines are skipped, and where the journal is
    missing, entries of its sums stand for it.

    `after`: only entries numbered higher; `last`: only so many from the end. Raises
    `OSError`, `StorageError`.
    """
    from ai_sessions.store.files import journal  # not for rows

    path = f"{folder}/{JOURNAL}"
    if _size_of(path):
        read = False
        for entry in journal.entries(path, after, last):
            yield entry
            read = True
        if read or after >= 0 or last == 0:
            return
    found = [entry for entry in without_lines(folder, name) if entry["seq"] > after]
    yield from found if last is None else found[max(0, len(found) - last) :]


def without_lines(folder: str, name: str) -> Iterator[Row]:
    """The log of a session whose journal is missing, or has not one line that can be read."""
    from ai_sessions.store import first_layout  # rare
    from ai_sessions.store.entries import numbered
    from ai_sessions.store.files import carrying

    found = metadata(folder, LARGEST_OLD_BYTES)
    if first_layout.is_legacy(found):
        yield from first_layout.entries(name, found)
    elif lost := totals.completed(found):
        told = enumerate(carrying.of_lost_journal(lost), 1)
        yield from filter(totals.well_formed, (numbered(entry, seq) for seq, entry in told))


def metadata(folder: str, limit: int = LARGEST_BYTES) -> Any:
    """The parsed `metadata.json`; None when it is missing, too long or damaged in whatever way."""
    try:
        # editors put a byte order mark in front
        return lines.parse(files.read_bytes(f"{folder}/{NAME}", limit).decode("utf-8-sig"))
    except (OSError, ValueError, StorageError):
        return None


def is_newer(found: Any) -> bool:
    """Whether a checkpoint (read from anywhere) was made by a later version than this."""
    return (
        isinstance(found, dict)
        and type(found.get("schema")) is int
        and found["schema"] > totals.SCHEMA
    )


def _is_session(entry: os.DirEntry[str]) -> bool:
    return is_session(entry.name) and entry.is_dir(follow_symlinks=False)


def has_journal(folder: str) -> bool:
    """Whether there is a session whose log can be read; False: look what else is there."""
    try:
        return _size_of(f"{folder}/{JOURNAL}") > 0
    except (OSError, StorageError):
        return False


def _size_of(path: str) -> int:
    """Bytes of the journal; 0 when there is none."""
    try:
        there = os.lstat(path)
    except FileNotFoundError:
        return 0
    if not stat.S_ISREG(there.st_mode):
        raise StorageError(f"{path}: not a regular file", "move it away")
    return there.st_size


def _caught_up(path: str, name: str, checkpoint: Row | None, size: int) -> Row:
    from ai_sessions.store.files import journal  # most rows do not need it

    covered = checkpoint["journal"]["bytes"] if checkpoint else size + 1
    if checkpoint is None or covered > size or not journal.covers(path, checkpoint):
        return journal.advance(path, totals.empty(name))
    return journal.advance(path, checkpoint) if covered < size else checkpoint


def _without_journal(folder: str, name: str, found: Any) -> tuple[str, Row]:
    from ai_sessions.store import first_layout  # rare

    if kept := totals.completed(found):
        return LOST, {**kept, "name": name}
    old = found or metadata(folder, LARGEST_OLD_BYTES)
    if first_layout.is_legacy(old):
        return OLD, totals.fold(totals.empty(name), first_layout.entries(name, old))
    if not os.path.lexists(f"{folder}/{NAME}"):
        return EMPTY, totals.empty(name)
    if _size_of(f"{folder}/{JOURNAL}"):  # somebody began the session while we looked
        return look(folder, name)
    return BROKEN, totals.empty(name)


def _newer(name: str, found: Row) -> Row:
    """As much of a later version's checkpoint as has the form we know."""
    shown = totals.completed({**found, "schema": totals.SCHEMA}) or totals.empty(name)
    return {**shown, "schema": found["schema"], "name": name}
