"""Homes of agents for conversations that nobody will continue: nothing of them is kept.

Two of them have an option for it; the others get a place of their own that goes with the call.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

#: What gemini keeps of conversations; the rest of its folder is logins and settings.
_OF_GEMINI = ("tmp", "history", "projects.json")


@contextlib.contextmanager
def gemini(environment: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """An environment in which gemini has the user's logins and settings, and no conversations."""
    moved = environment.get("GEMINI_CLI_HOME") or environment.get("HOME") or "~"
    own = Path(moved).expanduser() / ".gemini"
    with tempfile.TemporaryDirectory(prefix="ai-sessions-gemini-") as home:
        folder = Path(home, ".gemini")
        folder.mkdir()
        for path in sorted(own.iterdir()) if own.is_dir() else ():
            if path.name not in _OF_GEMINI:
                (folder / path.name).symlink_to(path)
        yield {**environment, "GEMINI_CLI_HOME": home}


@contextlib.contextmanager
def opencode(environment: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """An environment in which opencode has an empty database."""
    with tempfile.TemporaryDirectory(prefix="ai-sessions-opencode-") as folder:
        yield {**environment, "OPENCODE_DB": os.path.join(folder, "opencode.db")}
