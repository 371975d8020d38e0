"""The history of a feature, one line an event, in `events.jsonl`."""

from __future__ import annotations

import json
import os

from ai_sessions.disk import files
from ai_sessions.workspace.files import SHARED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ai_sessions.workspace.files import Workspace


_HISTORY = "events.jsonl"
#: Lines that were written while another branch was checked out.
_AWAY = ("cache", "events-away.jsonl")


def add_event(space: Workspace, at: str, kind: str, **facts: Any) -> None:
    """Add a line to the history of the feature, safe when this returns."""
    line = json.dumps({"at": at, "event": kind, **facts}, ensure_ascii=False, default=str)
    _append(space, f"{line}\n".encode("utf-8", "replace"), _HISTORY)


def set_aside(space: Workspace, lines: bytes) -> None:
    """Keep lines that belong into the history of a branch that somebody has left meanwhile."""
    if lines:
        os.makedirs(space.path("cache"), exist_ok=True)
        _append(space, lines, *_AWAY)


def take_up(space: Workspace) -> None:
    """Put lines that were set aside where they belong, now that their branch is here again."""
    known = set(space.text(_HISTORY).splitlines())
    lines = space.text(*_AWAY).splitlines()
    if new := [f"{line}\n" for line in lines if line not in known]:
        _append(space, "".join(new).encode("utf-8", "replace"), _HISTORY)
    if lines:
        os.unlink(space.path(*_AWAY))


def _append(space: Workspace, data: bytes, *name: str) -> None:
    path = space.path(*name)
    with files.reported(path):
        fd = files.open_safely(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, SHARED)
        try:
            files.write_all(fd, data)
            files.sync_file(fd)
        finally:
            os.close(fd)
