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
_BLOCK_BYTES = 8 << 20


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


def waiting(path: Path, state: State) -> int:
    """How many bytes `read` would look at, as far as their number tells; 0 for a lost file."""
    try:
        there = path.stat()
    except OSError:
        return 0
    offset = state.get("offset", 0)
    grown = there.st_size - (offset if isinstance(offset, int) else 0)
    return 0 if _untouched(state, there) else grown if grown > 0 else there.st_size


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

    def calls(self, file: BinaryIO, marks: tuple[bytes, ...], take: Take) -> Iterator[Past]:
        """Those of the whole lines from `offset` on, which moves behind them."""
        rest = b""
        while read := file.read(_BLOCK_BYTES):
            block = rest + read
            end = block.rfind(b"\n") + 1
            for line in _marked(block, end, marks):
                yield from self._taken(line, take)
            self.offset += end
            rest = block[end:]

    def _taken(self, line: bytes, take: Take) -> Iterable[Past]:
        """All calls of a line or, when it cannot be read, none; what is no object is no call."""
        try:
            entry = parsed(line)
            return tuple(take(entry, self.memory)) if isinstance(entry, dict) else ()
        except (ValueError, TypeError, KeyError):
            self.bad += 1
            return ()


def _marked(block: bytes, end: int, marks: tuple[bytes, ...]) -> Iterator[bytes]:
    """The lines before `end` that contain a mark.

    Most of a log is what people and tools said. Looking for marks in all of it at once takes a
    fourth of the time that line after line does.
    """
    lines: set[tuple[int, int]] = set()
    for mark in marks:
        at = block.find(mark, 0, end)
        while at >= 0:
            line_end = block.find(b"\n", at)
            lines.add((block.rfind(b"\n", 0, at) + 1, line_end))
            at = block.find(mark, line_end, end)
    return (block[start:line_end] for start, line_end in sorted(lines))


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
