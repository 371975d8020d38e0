"""Reading journal files: streamed from any line on, damage skipped and counted.

Needs no lock: a journal only grows, and a reader stops at the last newline. The end is read from
the end, so that the last entries of a long journal cost what they cost in a short one.
"""

from __future__ import annotations

import os
import re
from collections import deque

from ai_sessions.disk import files
from ai_sessions.store import totals
from ai_sessions.store.files import lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path
    from typing import Any, BinaryIO

    Plain = dict[str, Any]

NAME = "journal.jsonl"
_BUFFER_BYTES = 1 << 18
#: How much of the end of a journal is read at first.
_TAIL_BYTES = 1 << 15
#: How a line of ours begins, up to its id where that has no escapes.
_START = re.compile(rb'\{"v":\d+,"type":"[a-z]+","seq":\d+,"id":"([^"\\]+)"')


def entries(path: Path | str, after: int = -1, last: int | None = None) -> Iterator[Plain]:
    """Every whole entry once, unknown types included. Raises `OSError`, `StorageError`.

    `after`: only those numbered higher; `last`: only so many from the end.
    """
    if last is not None:
        yield from (one for one in tail(path, last)[0] if after < 0 or one.get("seq", -1) > after)
        return
    with opened(path) as file:
        for entry in _forward(file, _start_after(file, after) if after >= 0 else 0):
            if after < 0 or entry.get("seq", -1) > after:
                yield entry


def tail(path: Path | str, count: int) -> tuple[list[Plain], os.stat_result, int]:
    """The last entries, the file that they were in, and how many bytes their lines have.

    Raises `OSError`, `StorageError`.
    """
    fd = files.open_safely(path, os.O_RDONLY)
    try:
        there, wanted = os.fstat(fd), count
        while True:
            _start, raw = _lines_before(fd, there.st_size, wanted + totals.RECENT)
            first = max(0, len(raw) - wanted)
            once = _Once(raw[:first])
            found = [one for one in map(read_line, raw[first:]) if one and once.is_new(one)]
            if len(found) >= count or len(raw) < wanted:
                return found[max(0, len(found) - count) :], there, sum(map(len, raw[first:]))
            wanted += max(wanted, 1)  # some were damaged, or repeats
    finally:
        os.close(fd)


def placed(file: BinaryIO, start: int) -> Generator[tuple[int, Plain], None, int]:
    """Entries from byte `start`, where a line begins, each once and with its place.

    Returns where the last whole line ends.
    """
    once = _Once(_lines_before(file.fileno(), start, totals.RECENT)[1] if start else [])
    file.seek(start)
    for raw in whole_lines(file):
        entry = read_line(raw)
        if entry is not None and once.is_new(entry):
            yield start, entry
        start += len(raw)
    return start


def entry_at(path: Path | str, place: int) -> Plain | None:
    """The entry whose line begins at byte `place`. Raises `OSError`, `StorageError`."""
    with opened(path) as file:
        file.seek(place)
        return next(map(read_line, whole_lines(file)), None)


def advance(path: Path | str, checkpoint: Plain) -> Plain:
    """The checkpoint with everything folded that came after it. Raises as `entries`."""
    result = totals.fold(checkpoint, ())
    place = result["journal"]
    last = b""
    with opened(path) as file:
        file.seek(place["bytes"])
        for raw in whole_lines(file):
            count(result, raw)
            place["bytes"] += len(raw)
            last = raw
    if last:
        place["tail"] = lines.tail(last)
    return result


def count(checkpoint: Plain, raw: bytes) -> None:
    """Fold one raw line in place; one that cannot be read counts as bad. Blank ones do not."""
    entry = read_line(raw)
    if entry is not None:
        totals.add(checkpoint, entry)
    elif raw.strip():
        checkpoint["journal"]["bad_lines"] += 1


def covers(path: Path | str, checkpoint: Plain) -> bool:
    """Whether the journal has, where the checkpoint ends, the very line it ends with."""
    place = checkpoint["journal"]
    if not place["bytes"]:  # we never write such a checkpoint
        return False
    fd = files.open_safely(path, os.O_RDONLY)
    try:
        return bool(mark_at(fd, place["bytes"]) == place["tail"])
    finally:
        os.close(fd)


def mark_at(fd: int, end: int) -> str:
    """The mark (`lines.tail`) of the line that ends before byte `end`."""
    start = max(0, end - lines.TAIL_BYTES)
    last = os.pread(fd, end - start, start)
    return lines.tail(last) if last.endswith(b"\n") else ""


def opened(path: Path | str) -> BinaryIO:
    return os.fdopen(files.open_safely(path, os.O_RDONLY), "rb", buffering=_BUFFER_BYTES)


def whole_lines(file: BinaryIO) -> Iterator[bytes]:
    for raw in file:
        if raw.endswith(b"\n"):
            yield raw


def read_line(raw: bytes) -> Plain | None:
    """The entry of a raw line; None when it is damaged."""
    entry = lines.decode(raw)
    return entry if entry is not None and totals.well_formed(entry) else None


class _Once:
    """Tells repeats, as far back as `totals` does, so that readers and sums agree."""

    def __init__(self, before: list[bytes]) -> None:
        """`before`: the raw lines that come before the first entry that is asked for."""
        starts = [_START.match(raw) for raw in before]
        self._before = before
        self._ids = {found[1] for found in starts if found}
        # of another form, by hand or from elsewhere
        self._others = [raw for raw, found in zip(before, starts, strict=True) if not found]
        self._recent: deque[str] = deque(maxlen=totals.RECENT)

    def is_new(self, entry: Plain) -> bool:
        id_ = entry.get("id")
        if not isinstance(id_, str) or not id_:
            return True
        if id_ in self._recent or self._was_before(id_):
            return False
        self._recent.append(id_)
        return True

    def _was_before(self, id_: str) -> bool:
        word = id_.encode("utf-8", "replace")
        suspects = self._before if word in self._ids else self._others
        found = (read_line(raw) for raw in suspects if word in raw)
        return any(entry is not None and entry.get("id") == id_ for entry in found)


def _forward(file: BinaryIO, start: int) -> Iterator[Plain]:
    return (entry for _place, entry in placed(file, start))


def _start_after(file: BinaryIO, seq: int) -> int:
    """The beginning of a line at or before the first entry numbered higher than `seq`, and near it:
    looked for from the end, since most readers want what is new, then by halves.
    """
    found, high, back = 0, os.fstat(file.fileno()).st_size, _TAIL_BYTES
    while high - found > _TAIL_BYTES:
        place = high - back if back < high - found else (found + high) // 2
        start, first = _entry_from(file, place)
        if first is not None and 0 <= first.get("seq", -1) <= seq:
            found, back = start, high
        else:
            high, back = place, back * 4
    return found


def _entry_from(file: BinaryIO, place: int) -> tuple[int, Plain | None]:
    """The first entry whose line begins after byte `place`, and where that is."""
    file.seek(place)
    start = place + len(file.readline())  # it may have begun before
    for raw in whole_lines(file):
        if entry := read_line(raw):
            return start, entry
        start += len(raw)
    return start, None


def _lines_before(fd: int, end: int, count: int) -> tuple[int, list[bytes]]:
    """Up to `count` lines that end at or before byte `end`, and where the first of them begins.

    Half a line at the end is left out.
    """
    size = _TAIL_BYTES
    while True:
        start = max(0, end - size)
        *found, torn = os.pread(fd, end - start, start).split(b"\n")
        if start and found:
            del found[0]  # it may have begun before
        if len(found) >= count or not start:
            kept = [line + b"\n" for line in found[max(0, len(found) - count) :]]
            return end - len(torn) - sum(map(len, kept)), kept
        size *= 4
