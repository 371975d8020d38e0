"""A waiting room for what was paid for and could not be written in time.

`SESSION_DIR/.spool/<session>~<nanoseconds>-<id>.json` holds entries of one session. The next
successful append of any session brings them in; their ids keep them from being counted twice. The
folder is opened once and worked in by its descriptor, so that a link in its place leads nowhere.
"""

import contextlib
import json
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ai_sessions import ids
from ai_sessions.disk import files
from ai_sessions.errors import StorageError
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.store.files import lines

Plain = dict[str, Any]

FOLDER = ".spool"
_LARGEST_BYTES = 4 * lines.LONGEST
_BETWEEN = "~"
_DAMAGED = ".damaged"


@dataclass(frozen=True, slots=True)
class Waiting:
    """One write that waits. `session` is empty when only the file itself tells it."""

    folder: int
    """Descriptor of the room."""
    name: str
    session: str

    def load(self) -> tuple[str, Plain, list[Plain]]:
        """Session, facts about it, entries. Raises `OSError`, `ValueError` when damaged."""
        raw = files.read_bytes(self.name, _LARGEST_BYTES, folder=self.folder)
        kept = lines.parse(raw.decode())
        try:
            session, about, entries = kept["session"], kept["about"], kept["entries"]
            if not all(isinstance(entry["type"], str) for entry in entries):
                raise ValueError(f"{self.name}: no entries")
        except (TypeError, KeyError) as error:
            raise ValueError(f"{self.name}: not a spooled write") from error
        return str(session), dict(about), list(entries)

    def remove(self) -> None:
        """It is written; another process may have said so first."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.name, dir_fd=self.folder)

    def set_aside(self) -> None:
        """Keep a damaged file for a person to look at, out of the way."""
        aside = f"{self.name.removesuffix('.json')}{_DAMAGED}"
        with contextlib.suppress(OSError):
            os.rename(self.name, aside, src_dir_fd=self.folder, dst_dir_fd=self.folder)


def keep(root: Path, session: str, about: Plain, entries: Sequence[Plain]) -> Path | None:
    """Save the entries if any of them was paid for; None when not. Raises `OSError`."""
    if not any(entry["type"] == "interaction" for entry in entries):
        return None
    folder = root / FOLDER
    if files.make_folder(folder):
        files.sync_folder(root)
    # file times are coarse: of two writes at one time the name tells which came first
    path = folder / f"{session}{_BETWEEN}{time.time_ns():020}-{ids.new()}.json"
    kept = {"session": session, "about": about, "entries": list(entries)}
    files.replace(path, json.dumps(kept, ensure_ascii=False).encode("utf-8", "replace"))
    return path


@contextlib.contextmanager
def waiting(root: Path) -> Iterator[list[Waiting]]:
    """What is in the room, in the order in which it came. Raises `OSError`."""
    with _opened(root) as folder:
        if folder is None:
            yield []
            return
        with os.scandir(folder) as room:
            found = [(_came(one), one.name) for one in room if one.name.endswith(".json")]
        yield [Waiting(folder, name, _session_in(name)) for _came_at, name in sorted(found)]


def forget(root: Path, session: str, ids: frozenset[str]) -> list[str]:
    """Delete what can never be brought in and may have entries of a session: damaged files, and
    what killed processes left, if it has one of `ids`.

    Returns files that still wait and have one of `ids`. Raises `OSError`.
    """
    words = [json.dumps(one, ensure_ascii=False).encode("utf-8", "replace") for one in ids]
    waits: list[str] = []
    with _opened(root) as folder:
        if folder is None:
            return []
        for name in os.listdir(folder):
            is_damaged = name.endswith(_DAMAGED)
            if not (is_damaged and _session_in(name) == session) and not _has(folder, name, words):
                continue
            if name.endswith(".json"):
                waits.append(name)
            else:
                os.unlink(name, dir_fd=folder)
                files.sync_names(folder)
    return waits


def _has(folder: int, name: str, words: Sequence[bytes]) -> bool:
    try:
        raw = files.read_bytes(name, _LARGEST_BYTES, folder=folder)
    except (FileNotFoundError, StorageError, ValueError):  # brought in; none of ours
        return False
    return any(word in raw for word in words)


@contextlib.contextmanager
def _opened(root: Path) -> Iterator[int | None]:
    """A descriptor of the room; None when there is none."""
    try:
        folder = files.open_folder(root / FOLDER)
    except FileNotFoundError:
        yield None
        return
    try:
        yield folder
    finally:
        os.close(folder)


def names(root: Path) -> list[str]:
    """Files in the room. Raises `OSError`."""
    with waiting(root) as found:
        return [one.name for one in found]


def _session_in(name: str) -> str:
    session, between, _rest = name.partition(_BETWEEN)
    return session if between else ""


def _came(entry: "os.DirEntry[str]") -> int:
    """Nanoseconds; 0 when it is gone again."""
    with contextlib.suppress(FileNotFoundError):
        return entry.stat(follow_symlinks=False).st_mtime_ns
    return 0
