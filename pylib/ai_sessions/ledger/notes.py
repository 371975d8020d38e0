"""Calls without a session: their sums, and not a word of them, a JSON object a line.

The file only grows. A reader goes on where it stopped, so that what was read is not read again.
Light on imports: `stats` reads through it.
"""

from __future__ import annotations

import os
import zlib

from ai_sessions.disk import files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

    Plain = dict[str, Any]

FOLDER = ".budget"
FACTS = ("session", "feature", "task", "project", "model", "provider", "purpose")
_NAME = "spent.jsonl"
_BLOCK_BYTES = 1 << 20
#: So many bytes before a place tell whether it is in the file that it was noted for.
_MARKED_BYTES = 128
_BOUND = 2**63


def add(root: Path | str, call: Plain) -> None:
    """Note what a call cost. Half a line of a killed process is ended first. Raises `OSError`.

    Only for the holder of the lock on the folder.
    """
    import json

    kept = {key: call.get(key, "") for key in (*FACTS, "ts", "status", "cost_nusd")}
    kept["session"] = ""  # a name, but no session that others could belong to
    fd = files.open_safely(_path(root), os.O_RDWR | os.O_CREAT | os.O_APPEND)
    try:
        size = os.fstat(fd).st_size
        torn = size > 0 and os.pread(fd, 1, size - 1) != b"\n"
        files.write_all(fd, (b"\n" if torn else b"") + json.dumps(kept).encode() + b"\n")
    finally:
        os.close(fd)


class Increment:
    """The notes since a bookmark, each with its place. `Increment` of store.contract.

    A line that lacks its newline is told when it is whole otherwise, and told again, at the same
    place, when it has one.
    """

    def __init__(self, root: Path | str, bookmark: str = "") -> None:
        """Raises `StorageError` for a file that is none."""
        self._fd = _opened(_path(root))
        self._start = _place_of(self._fd, bookmark)
        self.whole = not self._start
        self.bookmark = bookmark if self._start else ""

    def __iter__(self) -> Iterator[tuple[int, Plain]]:
        """Once. A damaged line counts as nothing."""
        if self._fd is None:
            return
        try:
            place = end = self._start
            for line in _lines(self._fd, self._start):
                if note := _read(line):
                    yield place, note
                place += len(line)
                end = place if line.endswith(b"\n") else end
            self.bookmark = f"{os.fstat(self._fd).st_ino}:{end}:{_mark(self._fd, end)}"
        finally:
            os.close(self._fd)
            self._fd = None


def _path(root: Path | str) -> str:
    return f"{os.fspath(root)}/{FOLDER}/{_NAME}"


def _opened(path: str) -> int | None:
    try:
        return files.open_safely(path, os.O_RDONLY)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise files.storage_error(error, path) from error


def _place_of(fd: int | None, bookmark: str) -> int:
    """Where to go on reading; 0: from the beginning, as this is not the file that was read."""
    inode, _, rest = bookmark.partition(":")
    place, _, mark = rest.partition(":")
    if fd is None or not place.isdecimal() or str(os.fstat(fd).st_ino) != inode:
        return 0
    return int(place) if _mark(fd, int(place)) == mark else 0


def _mark(fd: int, end: int) -> str:
    start = max(0, end - _MARKED_BYTES)
    return f"{zlib.crc32(os.pread(fd, end - start, start)):08x}"


def _lines(fd: int, start: int) -> Iterator[bytes]:
    """From a place on, each with its newline; the last may lack it."""
    rest = b""
    while block := os.pread(fd, _BLOCK_BYTES, start):
        start += len(block)
        *whole, rest = (rest + block).split(b"\n")
        yield from (line + b"\n" for line in whole)
    if rest:
        yield rest


def _read(line: bytes) -> Plain | None:
    import json

    try:
        note = json.loads(line)
        facts = {key: str(note[key]) for key in (*FACTS, "ts", "status")}
        cost = note["cost_nusd"]
        cost = cost if cost is None else int(cost)
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return None
    return {**facts, "cost_nusd": cost} if cost is None or 0 <= cost < _BOUND else None
