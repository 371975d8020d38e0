"""Logs of JSON lines that an agent appends to: each line is read once, also by later looks.

A state is the file's identity, where the last whole line ended and what a reader keeps in memory. A
file that was replaced, cut or rewritten is read from the beginning again: what stands before the
place where we stopped must still be what stood there. One whose size and time are unchanged is not
opened.
"""

from __future__ import annotations

import json
import os
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

import orjson

from ai_sessions.imports import packed
from ai_sessions.imports.contract import (
    Found,
    Past,
    Row,
    Scanned,
    State,
    Table,
    UnusualError,
)

#: Makes calls of entries and keeps what it must remember in the state. Raises `ValueError`,
#: `TypeError` or `KeyError` for an entry it cannot read.
Take = Callable[[dict[str, Any], State], Iterable[Past]]
#: Where a line begins in a block of lines, and where it ends (at its newline).
Span = tuple[int, int]

#: What is no longer written to for so long is complete as it is.
QUIET_S = 300.0
#: How many bytes before the place where we stopped are compared with what stood there.
_TAIL_BYTES = 256
_BLOCK_BYTES = 8 << 20
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Scanner(Protocol):
    """What takes the lines of one log, block by block."""

    @property
    def memory(self) -> State:
        """What it has to know at the next look."""

    @property
    def held(self) -> int | None:
        """From where in the file the next look reads again; None: from where this one ended."""

    def take(self, block: bytes, end: int, place: int, /) -> None:
        """The whole lines of `block` before `end`; `place` is where the block is in the file."""


class RowScanner(Scanner, Protocol):
    """What has rows in the end."""

    def rows(self) -> Sequence[Row]: ...


S = TypeVar("S", bound=Scanner)


def read(path: Path, state: State, marks: tuple[bytes, ...], take: Take) -> Found:
    """What `take` makes of the new lines that contain one of `marks`.

    `marks` are bare words, so that JSON with spaces is found as well as JSON without.
    """
    scanned = scan(path, state, lambda memory: Marked(memory, marks, take))
    if scanned is None:
        return Found((), state)
    scanner, position = scanned
    return Found(tuple(scanner.calls), position, scanner.bad)


def compiled(
    path: Path,
    state: State,
    table: Table,
    scanner_of: Callable[[State], RowScanner],
    now: float | None = None,
) -> Scanned | None:
    """What a scanner has put into `table`; None, with the table as it was, for a log that Python
    has to read.
    """
    before = len(table)
    try:
        scanned = scan(path, state, scanner_of, now)
        if scanned is None:
            return Scanned((), state)
        scanner, position = scanned
        return Scanned(scanner.rows(), position)
    except UnusualError:
        table.cut(before)
        return None
    except BaseException:
        table.cut(before)
        raise


def scan(
    path: Path, state: State, scanner_of: Callable[[State], S], now: float | None = None
) -> tuple[S, State] | None:
    """The scanner that has taken the new lines, and where to go on; None when there are none.

    `now`: seconds since 1970, for logs with lines that a scanner holds back until they are quiet.
    """
    there = os.stat(path)
    if _untouched(state, there, time.time() if now is None else now):
        return None
    if packed.is_packed(path):
        with packed.opened(path) as file:
            scanner = scanner_of({})
            _fed(scanner, lambda _place, size: file.read(size), 0)
        return scanner, _position(there, there.st_size, rest=False, tail="", scanner=scanner)
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        there = os.fstat(fd)
        known = state if _continues(state, there, fd) else {}
        scanner = scanner_of(dict(known.get("memory", {})))
        start = known.get("offset", 0)
        # one block where the file is shorter than that, none that is larger than the file, and
        # none behind its end: memory for each costs more than the copy of what is in it
        most = min(_BLOCK_BYTES, there.st_size - start)

        def block(place: int, _size: int) -> bytes:
            return os.pread(fd, most, place) if place < there.st_size else b""

        offset, rest = _fed(scanner, block, start)
        if scanner.held is not None:
            offset = scanner.held
        tail = _tail(fd, offset)
        return scanner, _position(there, offset, rest=rest, tail=tail, scanner=scanner)
    finally:
        os.close(fd)


def _fed(scanner: Scanner, read: Callable[[int, int], bytes], start: int) -> tuple[int, bool]:
    """Where the last line that was taken ends, and whether there is a part of another one."""
    rest, place = b"", start
    while block := read(place + len(rest), _BLOCK_BYTES):
        block = rest + block if rest else block
        end = block.rfind(b"\n") + 1
        if end:
            scanner.take(block, end, place)
        place += end
        rest = block[end:]
    if rest and _is_whole(rest):
        scanner.take(rest + b"\n", len(rest) + 1, place)
        return place + len(rest), False
    return place, bool(rest)


def _is_whole(line: bytes) -> bool:
    """Whether a line is an entry that lacks nothing but its newline."""
    if not line.rstrip().endswith(b"}"):
        return False
    try:
        return isinstance(parsed(line), dict)
    except ValueError:
        return False


def waiting(path: Path, state: State) -> int:
    """How many bytes `read` would look at, as far as their number tells; 0 for a lost file."""
    try:
        there = os.stat(path)
    except OSError:
        return 0
    offset = state.get("offset", 0)
    grown = there.st_size - (offset if isinstance(offset, int) else 0)
    return 0 if _untouched(state, there, time.time()) else grown if grown > 0 else there.st_size


def parsed(raw: bytes) -> Any:
    """JSON as agents and crashes leave it: with a byte order mark or NULs before it, with bytes
    that are no UTF-8, with halves of surrogate pairs. Raises `ValueError` for anything else.
    """
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        text = raw.replace(b"\0", b"").removeprefix(_BYTE_ORDER_MARK).decode("utf-8", "replace")
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return _with_surrogates(text)


def _with_surrogates(text: str) -> Any:
    if "\\u" not in text:
        raise ValueError("no JSON")
    try:
        found = json.dumps(json.loads(text), ensure_ascii=False)
        return orjson.loads(found.encode("utf-8", "replace"))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


class Marked:
    """Takes the lines that contain one of some words."""

    held = None

    def __init__(self, memory: State, marks: tuple[bytes, ...], take: Take) -> None:
        self.memory = memory
        self.calls: list[Past] = []
        self.bad = 0
        self._marks, self._take = marks, take

    def take(self, block: bytes, end: int, _place: int) -> None:
        for start, line_end in marked(block, end, self._marks):
            self.calls += self._taken(block[start:line_end])

    def _taken(self, line: bytes) -> Iterable[Past]:
        """All calls of a line or, when it cannot be read, none; what is no object is no call."""
        try:
            entry = parsed(line)
            return tuple(self._take(entry, self.memory)) if isinstance(entry, dict) else ()
        except (ValueError, TypeError, KeyError):
            self.bad += 1
            return ()


def marked(block: bytes, end: int, marks: tuple[bytes, ...]) -> Iterator[Span]:
    """The lines before `end` that contain a mark.

    Most of a log is what people and tools said. Looking for marks in all of it at once takes a
    fourth of the time that line after line does.
    """
    if len(marks) == 1:
        return _with_mark(block, end, marks[0])
    lines = {span for mark in marks for span in _with_mark(block, end, mark)}
    return iter(sorted(lines))


def _with_mark(block: bytes, end: int, mark: bytes) -> Iterator[Span]:
    at = block.find(mark, 0, end)
    while at >= 0:
        line_end = block.find(b"\n", at)
        yield block.rfind(b"\n", 0, at) + 1, line_end
        at = block.find(mark, line_end, end)


def _position(
    there: os.stat_result, offset: int, *, rest: bool, tail: str, scanner: Scanner
) -> State:
    position = {
        "inode": there.st_ino,
        "size": there.st_size,
        "time": there.st_mtime_ns,
        "offset": offset,
        "tail": tail,
        "memory": scanner.memory,
    }
    if rest:
        position["rest"] = True
    if scanner.held is not None:
        position["held"] = True
    return position


def _untouched(state: State, there: os.stat_result, now: float) -> bool:
    """Whether a look would find nothing: the file is the same, and all that can be read was."""
    return (
        (state.get("inode"), state.get("size"), state.get("time"))
        == (there.st_ino, there.st_size, there.st_mtime_ns)
        and (state.get("rest") or state.get("held") or state.get("offset", 0) >= there.st_size)
        and not (state.get("held") and is_quiet(there, now))
    )


def is_quiet(there: os.stat_result, now: float) -> bool:
    """Whether nobody has written to a file for a while."""
    return now - there.st_mtime > QUIET_S


def _continues(state: State, there: os.stat_result, fd: int) -> bool:
    offset = state.get("offset")
    return (
        isinstance(offset, int)
        and state.get("inode") == there.st_ino
        and 0 <= offset <= there.st_size
        and isinstance(state.get("memory"), dict)
        and state.get("tail") == _tail(fd, offset)
    )


def _tail(fd: int, offset: int) -> str:
    """What stands before `offset`, in short."""
    start = max(0, offset - _TAIL_BYTES)
    return f"{zlib.crc32(os.pread(fd, offset - start, start)):08x}"
