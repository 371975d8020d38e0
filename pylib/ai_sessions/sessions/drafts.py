"""What is said in a call that is under way: kept beside the raw output until the log has it.

One file, as a session has one call at a time: a line for the question, then one for each piece of
the answer as it comes. It survives our process (`kill -9`), not a power cut.
"""

from __future__ import annotations

import contextlib
import json
import os
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

    def add(self, piece: Event) -> None:
        """A piece of the answer."""
        self._write({"text": piece.text, "begins": piece.begins})

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


def _lines(folder: Path) -> list[dict[str, Any]]:
    """Up to the first that is damaged: whoever is killed leaves a part of one."""
    found: list[dict[str, Any]] = []
    with contextlib.suppress(OSError, StorageError, ValueError):
        for line in files.read_bytes(folder / NAME, _LARGEST_BYTES).splitlines():
            one = json.loads(line)
            if not isinstance(one, dict):
                break
            found.append(one)
    return found
