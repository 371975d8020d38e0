"""A waiting room for what was paid for and could not be written in time.

`SESSION_DIR/.spool/<id>.json` holds entries of one session. The next successful append of any
session brings them in; their ids keep them from being counted twice.
"""

import contextlib
import json
import os
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ai_sessions.disk import files
from ai_sessions.store.files import lines

Plain = dict[str, Any]

FOLDER = ".spool"
_LARGEST_BYTES = 4 * lines.LONGEST


def keep(root: Path, session: str, about: Plain, entries: Sequence[Plain]) -> Path | None:
    """Save the entries if any of them was paid for; None when not. Raises `OSError`."""
    if not any(entry["type"] == "interaction" for entry in entries):
        return None
    folder = root / FOLDER
    if files.make_folder(folder):
        files.sync_folder(root)
    path = folder / f"{uuid.uuid4()}.json"
    kept = {"session": session, "about": about, "entries": list(entries)}
    files.replace(path, json.dumps(kept, ensure_ascii=False).encode("utf-8", "replace"))
    return path


def waiting(root: Path) -> list[Path]:
    """What is in the room, in the order in which it came."""
    with (
        contextlib.suppress(FileNotFoundError, NotADirectoryError),
        os.scandir(root / FOLDER) as room,
    ):
        found = [(_came(entry), entry.path) for entry in room if entry.name.endswith(".json")]
        return [Path(path) for _came_at, path in sorted(found)]
    return []


def _came(entry: "os.DirEntry[str]") -> int:
    """Nanoseconds; 0 when it is gone again."""
    with contextlib.suppress(FileNotFoundError):
        return entry.stat(follow_symlinks=False).st_mtime_ns
    return 0


def load(path: Path) -> tuple[str, Plain, list[Plain]]:
    """Session, facts about it, entries. Raises `OSError`, `ValueError` when damaged."""
    kept = lines.parse(files.read_bytes(path, _LARGEST_BYTES).decode())
    try:
        session, about, entries = kept["session"], kept["about"], kept["entries"]
        if not all(isinstance(entry["type"], str) for entry in entries):
            raise ValueError(f"{path}: no entries")
    except (TypeError, KeyError) as error:
        raise ValueError(f"{path}: not a spooled write") from error
    return str(session), dict(about), list(entries)


def set_aside(path: Path) -> None:
    """Keep a damaged file for a person to look at, out of the way."""
    with contextlib.suppress(OSError):
        path.rename(path.with_suffix(".damaged"))
