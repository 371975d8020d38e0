"""A folder of the repository, as detection reads it: names, texts, manifests. Never raises."""

import json
import os
import tomllib
from collections.abc import Iterator
from dataclasses import field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from ai_sessions import git
from ai_sessions.lazy_dataclasses import dataclass

#: Longer files are no manifests, and are read so far only.
_MOST_BYTES = 1 << 20
#: Folders of files that others made, also where they are committed.
_SKIPPED = frozenset(
    ("node_modules", ".venv", "venv", "target", "dist", "build", "vendor", ".ai-session")
)


@dataclass(frozen=True)
class Folder:
    """`names`: the files below `path` that git knows or would add, relative to it.

    `place`: its path in the repository; `above`: the repository itself, for a part of it.
    """

    path: Path
    names: tuple[str, ...]
    place: str = ""
    above: "Folder | None" = None
    _texts: dict[str, str] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self.names)

    def has(self, *names: str) -> bool:
        """True when one of these files is there."""
        return any(name in self._known for name in names)

    def first(self, *names: str) -> str:
        """The first of these files that is there; empty: none."""
        return next((name for name in names if name in self._known), "")

    def has_program(self, name: str) -> bool:
        """True for a program that is there whether or not git ignores it."""
        return os.access(self.path / name, os.X_OK) and (self.path / name).is_file()

    def text(self, name: str) -> str:
        """What a file says; empty when it cannot be read, or is a link."""
        if name not in self._texts:
            self._texts[name] = self._read(name)
        return self._texts[name]

    def _read(self, name: str) -> str:
        path = self.path / name
        try:
            if path.is_symlink():
                return ""
            with path.open("rb") as file:
                return file.read(_MOST_BYTES).decode("utf-8", "replace").removeprefix("\ufeff")
        except OSError:
            return ""

    def json(self, name: str) -> dict[str, Any]:
        """The object in a JSON file; empty for anything else."""
        try:
            found = json.loads(self.text(name) or "{}")
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}

    def json_problem(self, name: str) -> str:
        """Why the JSON file says nothing; empty for one that can be read."""
        try:
            if (self.path / name).stat().st_size > _MOST_BYTES:
                return f"{name} is larger than {_MOST_BYTES >> 20} MB"
            json.loads(self.text(name))
        except (ValueError, RecursionError) as error:
            return f"{name} is no JSON: {error}"
        except OSError as error:
            return f"{name} cannot be read: {error.strerror}"
        return ""

    def toml(self, name: str) -> dict[str, Any]:
        """The table in a TOML file; empty for anything else."""
        try:
            return tomllib.loads(self.text(name))
        except (tomllib.TOMLDecodeError, RecursionError):
            return {}

    def ending(self, *endings: str) -> Iterator[str]:
        """The files whose names end like this."""
        return (name for name in self.names if name.endswith(endings))

    def below(self, place: str) -> "Folder":
        """A folder inside this one."""
        start = f"{place}/"
        names = tuple(one.removeprefix(start) for one in self.names if one.startswith(start))
        whole = f"{self.place}/{place}" if self.place else place
        return Folder(self.path / place, names, whole, self.above or self)


def table(value: Any, *keys: str) -> dict[str, Any]:
    """The table at these keys of a manifest; empty where there is something else."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def folder_of(repo: Path) -> Folder:
    """The whole repository, without what others made."""
    names = tuple(name for name in git.files(repo) if not _SKIPPED & set(_parents(name)))
    return Folder(repo, names)


def _parents(name: str) -> tuple[str, ...]:
    return PurePosixPath(name).parts[:-1]
