"""What is said in a call that is under way: kept beside the raw output until the log has it.

One file, as a session has one call at a time: a line for the question, then one for each piece of
the answer as it comes, and for each tool and note. It survives our process (`kill -9`), not a power
cut. `Follower` reads it while it grows.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ai_sessions.disk import files
from ai_sessions.errors import StorageError
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.records import Message
from ai_sessions.store.masking import storable

if TYPE_CHECKING:
    from ai_sessions.providers.contract import Event

NAME = "under-way.jsonl"
#: A question has at most 1 MiB; an answer that is longer than this is cut.
_LARGEST_BYTES = 16 << 20


@dataclass(slots=True)
class Draft:
    """Where to write; a disk that takes no more costs the copy, never the call."""

    fd: int = -1
    room: int = _LARGEST_BYTES

    def add(self, event: Event) -> None:
        """A piece of the answer, or what was done on the way to it."""
        if event.kind == "text":
            self._write({"text": event.text, "begins": event.begins})
        else:
            self._write({"kind": event.kind, "text": event.text})

    def close(self) -> None:
        """Nothing more will come."""
        if self.fd >= 0:
            os.close(self.fd)
        self.fd = -1

    def begin(self, folder: Path, call: str, question: Message) -> None:
        """Write what is asked in the call of that id."""
        with contextlib.suppress(OSError, StorageError):
            files.make_folders(folder, sync=False)
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND
            self.fd = files.open_safely(folder / NAME, flags)
        self._write({"call": call, "question": storable(question.text), "at": question.at})

    def _write(self, line: dict[str, Any]) -> None:
        if self.fd < 0:
            return
        data = json.dumps(line).encode() + b"\n"
        self.room -= len(data)
        if self.room < 0:
            self.close()
            return
        with contextlib.suppress(OSError):
            files.write_all(self.fd, data)


def read(folder: Path | None, call: str, at: str) -> tuple[Message, ...]:
    """The question of the call of that id, and what had come of its answer by then (`at`). Empty:
    there is no draft of it.
    """
    lines = list(_lines(folder)) if folder else []
    if not lines or lines[0].get("call") != call:
        return ()
    question = Message("user", str(lines[0].get("question", "")), str(lines[0].get("at", "")))
    pieces: list[str] = []
    for line in lines[1:]:
        if "kind" in line:
            continue
        if line.get("begins"):
            pieces.clear()
        pieces.append(str(line.get("text", "")))
    answer = "".join(pieces)
    return (question, Message("assistant", answer, at)) if answer else (question,)


def forget(folder: Path | None) -> None:
    """The log has it, or nothing was called."""
    if folder:
        with contextlib.suppress(OSError):
            (folder / NAME).unlink(missing_ok=True)


class Follower:
    """Reads the draft of a session while somebody else writes it."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._head = b""
        """The first line, by which a draft is told from the next one in the same file."""
        self._read_to = 0

    def new(self) -> tuple[list[dict[str, Any]], bool]:
        """The lines that were added since the last time, and whether they are the first of a draft,
        so that those before are void. There is none: an empty list.
        """
        with contextlib.suppress(OSError, StorageError):
            fd = files.open_safely(self._path, os.O_RDONLY)
            try:
                return self._read(fd)
            finally:
                os.close(fd)
        return [], False

    def _read(self, fd: int) -> tuple[list[dict[str, Any]], bool]:
        if self._head and os.pread(fd, len(self._head), 0) != self._head:
            self._head, self._read_to = b"", 0
        data = os.pread(fd, max(0, os.fstat(fd).st_size - self._read_to), self._read_to)
        whole = data[: data.rfind(b"\n") + 1]
        is_another = bool(whole) and not self._head
        if is_another:
            self._head = whole[: whole.index(b"\n") + 1]
        self._read_to += len(whole)
        return list(_parsed(whole)), is_another


def _lines(folder: Path) -> list[dict[str, Any]]:
    """Up to the first that is damaged: whoever is killed leaves a part of one."""
    with contextlib.suppress(OSError, StorageError, ValueError):
        return list(_parsed(files.read_bytes(folder / NAME, _LARGEST_BYTES)))
    return []


def _parsed(data: bytes) -> Iterator[dict[str, Any]]:
    for line in data.splitlines():
        try:
            one = json.loads(line)
        except ValueError:
            return
        if not isinstance(one, dict):
            return
        yield one
