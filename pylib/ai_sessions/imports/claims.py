"""When calls of ours were that no session has, by conversation: so that they are not imported.

Not a word of them, a JSON object a line; the file only grows.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

from ai_sessions.disk import files
from ai_sessions.errors import StorageError

_LARGEST_BYTES = 1 << 28


def add(folder: Path, provider: str, conversation: str, began: str, ended: str) -> None:
    """Times are RFC 3339 UTC. Raises `StorageError`, `OSError`."""
    files.make_folders(folder)
    fd = files.open_safely(_path(folder, provider), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        line = json.dumps({"conversation": conversation, "began": began, "ended": ended})
        files.write_all(fd, b"\n" + line.encode() + b"\n")  # what a killed process left is ended
    finally:
        os.close(fd)


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
