"""When calls of ours were that no session has, by conversation: so that they are not imported.

Not a word of them, a JSON object a line; the file only grows.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from ai_sessions import times
from ai_sessions.disk import files
from ai_sessions.errors import StorageError
from ai_sessions.records import stamp

Plain = dict[str, Any]

_LARGEST_BYTES = 1 << 28


def add(folder: Path, entries: Iterable[Plain]) -> None:
    """Those of calls as journals have them, but for those of which their agents keep nothing.

    Raises `StorageError`, `OSError`.
    """
    lines: dict[str, list[str]] = {}
    for entry in entries:
        if span := _span(entry):
            lines.setdefault(entry["provider"], []).append(json.dumps(span))
    for provider, told in lines.items():
        files.make_folders(folder)
        fd = files.open_safely(_path(folder, provider), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        try:
            # what a killed process left is ended
            files.write_all(fd, "\n".join(["", *told, ""]).encode())
        finally:
            os.close(fd)


def _span(entry: Plain) -> Plain | None:
    """The times of one, as RFC 3339 UTC."""
    conversation, ended = (entry.get("resume") or {}).get("id"), times.read(entry.get("ts"))
    if not (conversation and ended and entry.get("provider")):
        return None
    began = ended - timedelta(milliseconds=entry.get("duration_ms") or 0)
    return {"conversation": conversation, "began": stamp(began), "ended": stamp(ended)}


def read(folder: Path, provider: str) -> Iterator[tuple[str, str, str]]:
    """Conversation, from when and until when of each; what is damaged counts as nothing."""
    try:
        text = files.read_bytes(_path(folder, provider), _LARGEST_BYTES)
    except (OSError, StorageError, ValueError):
        return
    for line in text.splitlines():
        try:
            told = json.loads(line or b"{}")
            found = str(told["conversation"]), str(told["began"]), str(told["ended"])
        except (ValueError, TypeError, KeyError):
            continue
        yield found


def _path(folder: Path, provider: str) -> Path:
    return folder / f"{provider}.calls"
