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


def add_event(space: Workspace, at: str, kind: str, **facts: Any) -> None:
    """Add a line to the history of the feature, safe when this returns."""
    line = json.dumps({"at": at, "event": kind, **facts}, ensure_ascii=False, default=str)
    path = space.path("events.jsonl")
    with files.reported(path):
        fd = files.open_safely(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, SHARED)
        try:
            files.write_all(fd, f"{line}\n".encode("utf-8", "replace"))
            files.sync_file(fd)
        finally:
            os.close(fd)
