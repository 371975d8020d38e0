"""Reading journal files: streamed from any line on, damage skipped and counted.

Needs no lock: a journal only grows, and a reader stops at the last newline.
"""

from __future__ import annotations

import os

from ai_sessions.disk import files
from ai_sessions.store import totals
from ai_sessions.store.files import lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any, BinaryIO

    Plain = dict[str, Any]

NAME = "journal.jsonl"
_BUFFER_BYTES = 1 << 18


def entries(path: Path | str) -> Iterator[Plain]:
    """Every whole entry once, unknown types included. Raises `OSError`, `StorageError`."""
    recent: list[str] = []
    with opened(path) as file:
        for raw in whole_lines(file):
            entry = read_line(raw)
            if entry is None:
                continue
            if entry["type"] == "interaction":
                if entry["id"] in recent:  # a repeat (fold counts it once as well)
                    continue
                recent = [*recent, entry["id"]][-totals.RECENT :]
            yield entry


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
