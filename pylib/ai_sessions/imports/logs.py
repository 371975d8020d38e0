"""Files of JSON lines that others append to: what is new since the last look.

Only whole lines are read; one that is still being written waits for the next look. A file that
was replaced or cut is read from its beginning, which the ids of calls make harmless.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson

from ai_sessions.imports.contract import Found, Past, State

#: Makes calls of entries and keeps what it must remember in the state. Raises `ValueError`,
#: `TypeError` or `KeyError` for an entry it cannot read.
Take = Callable[[dict[str, Any], State], Iterable[Past]]


def read(path: Path, state: State, marks: tuple[bytes, ...], take: Take) -> Found:
    """What `take` makes of the new lines that contain one of `marks`.

    `marks` are bare words, so that JSON with spaces is found as well as JSON without.
    """
    with path.open("rb") as file:
        there = os.fstat(file.fileno())
        known = state if _continues(state, there) else {}
        memory = dict(known.get("memory", {}))
        offset = int(known.get("offset", 0))
        if offset == there.st_size:
            return Found((), dict(known))
        file.seek(offset)
        reader = _Reader(offset, memory)
        calls = tuple(reader.calls(file, marks, take))
    position = {"inode": there.st_ino, "offset": reader.offset, "memory": memory}
    return Found(calls, position, reader.bad)


class _Reader:
    def __init__(self, offset: int, memory: State) -> None:
        self.offset = offset
        self.bad = 0
        self._memory = memory

    def calls(self, lines: Iterable[bytes], marks: tuple[bytes, ...], take: Take) -> Iterator[Past]:
        for line in lines:
            if not line.endswith(b"\n"):
                return
            self.offset += len(line)
            if any(mark in line for mark in marks):
                yield from self._taken(line, take)

    def _taken(self, line: bytes, take: Take) -> tuple[Past, ...]:
        """All calls of a line or, when it cannot be read, none; what is no object is no call."""
        try:
            entry = orjson.loads(line)
            return tuple(take(entry, self._memory)) if isinstance(entry, dict) else ()
        except (ValueError, TypeError, KeyError):
            self.bad += 1
            return ()


def _continues(state: State, there: os.stat_result) -> bool:
    offset = state.get("offset")
    return (
        isinstance(offset, int)
        and state.get("inode") == there.st_ino
        and offset <= there.st_size
        and isinstance(state.get("memory"), dict)
    )
