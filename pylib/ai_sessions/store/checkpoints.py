"""Sessions as `list` and `stats` need them: from small checkpoints, with next to no imports.

A row is the plain object of `metadata.json`, plus `notices` when a reader should be told something.
A checkpoint that is behind its journal, damaged or missing is folded anew from the journal.
"""

from __future__ import annotations

import os
import stat

from ai_sessions.disk import files
from ai_sessions.errors import StorageError
from ai_sessions.store import fold, lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    Row = dict[str, Any]

NAME = "metadata.json"
#: A larger one is not a checkpoint of ours (damage, or a trap).
LARGEST_BYTES = 4 << 20
#: What the files of a session may be found to be.
CURRENT, EMPTY, LOST, OLD, NEWER = "current", "empty", "lost", "old", "newer"
_NOTICES = {
    NEWER: "made by a newer version: read-only here",
    LOST: "history missing: totals from the checkpoint",
    OLD: "old layout: upgraded at the next write",
}
JOURNAL = "journal.jsonl"
_NAME_CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789._-@"


def names(root: str | os.PathLike[str]) -> list[str]:
    """Session names in order; none when the folder does not exist. Raises `StorageError`."""
    try:
        with os.scandir(root) as found:
            return sorted(entry.name for entry in found if _is_session(entry))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise files.storage_error(error, os.fspath(root)) from error


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
        return {**fold.empty(name), "notices": [f"cannot be read: {error}"]}


def row(folder: str, name: str, *, thorough: bool = False) -> Row | None:
    """One session; None when its folder is gone. Raises `OSError`, `StorageError`.

    `thorough` also looks whether the journal still has the line the checkpoint ends with, which
    notices a journal that was replaced by one of the same length.
    """
    state, checkpoint = look(folder, name, thorough=thorough)
    notices = [_NOTICES[state]] if state in _NOTICES else []
    if bad := checkpoint["journal"]["bad_lines"]:
        notices.append(f"{bad} damaged line{'s' if bad > 1 else ''} skipped")
    if state == EMPTY and not os.path.isdir(folder):
        return None
    return {**checkpoint, "name": name, "notices": notices} if notices else checkpoint


def look(folder: str, name: str, *, thorough: bool = False) -> tuple[str, Row]:
    """What a session's files are (one of the states above) and what they add up to."""
    found = metadata(folder)
    path = f"{folder}/{JOURNAL}"
    size = _size_of(path)
    if is_newer(found):
        return NEWER, _newer(name, found)
    if not size:
        return _without_journal(name, found)
    result = found if fold.sound(found) else None
    if result is None or result["journal"]["bytes"] != size or thorough:
        result = _caught_up(path, name, result, size)
    if result["journal"]["seq"] < 0 and fold.sound(found):  # not one line can be read
        return LOST, {**found, "name": name}
    result["name"] = name  # the folder may have been renamed
    return NEWER if is_newer(result) else CURRENT, result


def metadata(folder: str) -> Any:
    """The parsed `metadata.json`; None when it is missing or damaged in whatever way."""
    try:
        return lines.parse(files.read_bytes(f"{folder}/{NAME}", LARGEST_BYTES).decode())
    except (OSError, ValueError, StorageError):
        return None


def is_newer(found: Any) -> bool:
    """Whether a checkpoint (read from anywhere) was made by a later version than this."""
    return (
        isinstance(found, dict)
        and type(found.get("schema")) is int
        and found["schema"] > fold.SCHEMA
    )


def _is_session(entry: os.DirEntry[str]) -> bool:
    """A quick look; the full rule (names.session) guards every verb that takes a name."""
    name = entry.name
    return (
        not name.startswith(".")
        and not name.strip(_NAME_CHARACTERS)
        and entry.is_dir(follow_symlinks=False)
    )


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
    from ai_sessions.store import journal  # most rows do not need it

    covered = checkpoint["journal"]["bytes"] if checkpoint else size + 1
    if checkpoint is None or covered > size or not journal.covers(path, checkpoint):
        return journal.advance(path, fold.empty(name))
    return journal.advance(path, checkpoint) if covered < size else checkpoint


def _without_journal(name: str, found: Any) -> tuple[str, Row]:
    from ai_sessions.store import legacy  # rare

    if fold.sound(found):
        return LOST, {**found, "name": name}
    if legacy.is_legacy(found):
        return OLD, fold.fold(fold.empty(name), legacy.entries(name, found))
    return EMPTY, fold.empty(name)


def _newer(name: str, found: Row) -> Row:
    """As much of a later version's checkpoint as has the form we know."""
    ours = {**fold.empty(name), **found, "schema": fold.SCHEMA}
    shown = ours if fold.sound(ours) else fold.empty(name)
    return {**shown, "schema": found["schema"], "name": name}
