"""Where a feature's files are, and how text and JSON get in and out of them.

Content (plan, spec, notes) is for people and models to edit; state and evidence are written by our
process alone. `status` reads a workspace on the fast path, so nothing heavy is imported up here.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os

from ai_sessions.disk import files
from ai_sessions.errors import StorageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    Record = dict[str, Any]

#: Files in the repository follow its own rules, not those of private sessions.
SHARED = 0o644
MOST_BYTES = 8 << 20
#: Folders that are written by the process that works, and not committed.
PASSING = ("cache", "logs", "locks", "worktrees")
IGNORED = (*(f"{name}/" for name in PASSING), "*.tmp")


def is_passing(name: str) -> bool:
    """True for what is not committed. `name`: from the folder of workspaces, as `pay/logs/x`."""
    parts = name.split("/")
    return len(parts) > 2 and parts[1] in PASSING


class Workspace:
    """One feature. `repo`: top-level folder of the repository; `root`: name of SESSION_ROOT."""

    __slots__ = ("feature", "folder", "repo", "root")

    def __init__(self, repo: str, root: str, feature: str) -> None:
        self.repo = str(repo)
        self.root = root
        self.feature = feature
        self.folder = os.path.join(self.repo, root, feature)

    def path(self, *parts: str) -> str:
        """A place in the workspace, absolute."""
        return os.path.join(self.folder, *parts)

    def relative(self, *parts: str) -> str:
        """The same place as seen from the repository."""
        return "/".join((self.root, self.feature, *parts))

    def exists(self) -> bool:
        return os.path.isdir(self.folder)

    def has(self, *parts: str) -> bool:
        return os.path.exists(self.path(*parts))

    def text(self, *parts: str) -> str:
        """The content of a file; empty when there is none."""
        path = self.path(*parts)
        try:
            return files.read_bytes(path, MOST_BYTES).decode("utf-8", "replace")
        except FileNotFoundError:
            return ""
        except ValueError as error:
            raise StorageError(str(error)) from error
        except OSError as error:
            raise files.storage_error(error, path) from error

    def write(self, text: str | bytes, *parts: str, private: bool = False) -> str:
        """Put `text` in place of a file in one step; returns its path."""
        path = self.path(*parts)
        with files.reported(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            if parts[0] in PASSING and len(parts) > 1:
                self.hide(parts[0])
            mode = files.PRIVATE_FILE if private else SHARED
            content = text.encode("utf-8", "backslashreplace") if isinstance(text, str) else text
            files.replace(path, content, mode=mode)
        return path

    def hide(self, folder: str) -> None:
        """Have git ignore a folder by a file in it: rules in a folder above leave with the branch
        that has them.
        """
        rules = self.path(folder, ".gitignore")
        if not os.path.lexists(rules):
            files.replace(rules, b"*\n", mode=SHARED)

    def record(self, *parts: str) -> Record | None:
        """A JSON object; None when there is none or it cannot be read."""
        text = self.text(*parts)
        try:
            value = json.loads(text) if text else None
        except ValueError:
            return None
        return value if isinstance(value, dict) else None

    def save(self, record: Mapping[str, Any], *parts: str) -> str:
        """Write a JSON object; returns the SHA-256 of the file.

        A file name that is not UTF-8 is read back as it was: what stands for its bytes is written
        as `\\udc80` to `\\udcff`, which JSON takes for the same.
        """
        content = as_json(record)
        self.write(content, *parts)
        return hashlib.sha256(content).hexdigest()

    def records(self, folder: str, start: str) -> list[str]:
        """What stands between `start` and `.json` in the names there; no drafts of writers."""
        listed = self.listed(folder)
        found = (name for name in listed if name.startswith(start) and name.endswith(".json"))
        return sorted(name[len(start) : -len(".json")] for name in found)

    def last_number(self, folder: str) -> int:
        """The highest number that a name there begins with, however many were deleted; else 0."""
        begun = (name.replace(".", "-").partition("-")[0] for name in self.listed(folder))
        return max((int(one) for one in begun if one.isascii() and one.isdigit()), default=0)

    def listed(self, *parts: str) -> list[str]:
        """The names in a folder, hidden ones left out; none when it is not there."""
        try:
            return [name for name in os.listdir(self.path(*parts)) if not name.startswith(".")]
        except FileNotFoundError:
            return []


def as_json(record: Mapping[str, Any]) -> bytes:
    """An object as `Workspace.save` writes it."""
    text = json.dumps(record, ensure_ascii=False, indent=1, default=str) + "\n"
    return text.encode("utf-8", "backslashreplace")


# -- values that can always be derived again, in `cache/`


def read_cached(space: Workspace, key: str, name: str) -> Any:
    """A derived value kept under `key`; None when the key is another or nothing was kept."""
    found = space.record("cache", name)
    return found.get("value") if found and found.get("key") == key else None


def save_cached(space: Workspace, key: str, value: Any, name: str) -> None:
    """Keep a derived value; a read-only checkout only makes the next run slower."""
    save_record(space, {"key": key, "value": value}, name)


def save_record(space: Workspace, record: Mapping[str, Any], name: str) -> None:
    """Keep an object as it is; where that cannot be, nothing happens."""
    with contextlib.suppress(StorageError):
        space.save(record, "cache", name)
