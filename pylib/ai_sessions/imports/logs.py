"""Files of JSON lines that others append to: what is new since the last look.

Only whole lines are read; one that is still being written waits for the next look. A file that was
replaced, cut or rewritten is read from its beginning, which the ids of calls make harmless: where
we stopped must still be what stood there. One whose size and time are unchanged is not opened.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from ai_sessions.imports.contract import Found, Past, State

#: Makes calls of entries and keeps what it must remember in the state. Raises `ValueError`,
#: `TypeError` or `KeyError` for an entry it cannot read.
Take = Callable[[dict[str, Any], State], Iterable[Past]]


#: How many bytes before the place where we stopped are compared with what stood there.
_TAIL_BYTES = 256


def read(path: Path, state: State, marks: tuple[bytes, ...], take: Take) -> Found:
    """What `take` makes of the new lines that contain one of `marks`.

    `marks` are bare words, so that JSON with spaces is found as well as JSON without.
    """
    if _untouched(state, path.stat()):
        return Found((), state)
    with path.open("rb") as file:
        there = os.fstat(file.fileno())
        known = state if _continues(state, there, file) else {}
        reader = _Reader(known.get("offset", 0), dict(known.get("memory", {})))
        file.seek(reader.offset)
        calls = tuple(reader.calls(file, marks, take))
        tail = _tail(file, reader.offset)
    position = {
        "inode": there.st_ino,
        "size": there.st_size,
        "time": there.st_mtime_ns,
        "offset": reader.offset,
        "tail": tail,
        "memory": reader.memory,
    }
    return Found(calls, position, reader.bad)


def parsed(raw: bytes) -> Any:
    """JSON whose texts may have bytes that are no UTF-8. Raises `ValueError` for anything else."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return orjson.loads(raw.decode("utf-8", "replace"))


class _Reader:
    def __init__(self, offset: int, memory: State) -> None:
        self.offset = offset
        self.memory = memory
        self.bad = 0

    def calls(self, lines: Iterable[bytes], marks: tuple[bytes, ...], take: Take) -> Iterator[Past]:
        for line in lines:
            if not line.endswith(b"\n"):
                return
            self.offset += len(line)
            for mark in marks:
                if mark in line:
                    yield from self._taken(line, take)
                    break

    def _taken(self, line: bytes, take: Take) -> Iterable[Past]:
        """All calls of a line or, when it cannot be read, none; what is no object is no call."""
        try:
            entry = parsed(line)
            return tuple(take(entry, self.memory)) if isinstance(entry, dict) else ()
        except (ValueError, TypeError, KeyError):
            self.bad += 1
            return ()


def _untouched(state: State, there: os.stat_result) -> bool:
    return (state.get("inode"), state.get("size"), state.get("time")) == (
        there.st_ino,
        there.st_size,
        there.st_mtime_ns,
    )


def _continues(state: State, there: os.stat_result, file: BinaryIO) -> bool:
    offset = state.get("offset")
    return (
        isinstance(offset, int)
        and state.get("inode") == there.st_ino
        and 0 <= offset <= there.st_size
        and isinstance(state.get("memory"), dict)
        and state.get("tail") == _tail(file, offset)
    )


def _tail(file: BinaryIO, offset: int) -> str:
    """What stands before `offset`, in short."""
    start = max(0, offset - _TAIL_BYTES)
    return f"{zlib.crc32(os.pread(file.fileno(), offset - start, start)):08x}"
