"""Homes of agents for conversations that nobody will continue: nothing of them is kept.

Two of them have an option for it, with which claude leaves empty folders; the others get a place of
their own that goes with the call.
"""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from ai_sessions.imports import places
from ai_sessions.imports.contract import home

#: What gemini keeps of conversations; the rest of its folder is logins and settings.
_OF_GEMINI = ("tmp", "history", "projects.json")


@contextlib.contextmanager
def claude(environment: Mapping[str, str], cwd: Path) -> Iterator[None]:
    """Takes away the project's folders that claude makes in any case, when they are empty."""
    yield
    place = places.named(environment, "CLAUDE_CONFIG_DIR") or [home(environment) / ".claude"]
    folder = place[0] / "projects" / re.sub(r"[^A-Za-z0-9]", "-", os.path.realpath(cwd))
    for path in (folder / "memory", folder):
        with contextlib.suppress(OSError):
            path.rmdir()


@contextlib.contextmanager
def gemini(environment: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """An environment in which gemini has the user's logins and settings, and no conversations."""
    own = (places.named(environment, "GEMINI_CLI_HOME") or [home(environment)])[0] / ".gemini"
    with tempfile.TemporaryDirectory(prefix="ai-sessions-gemini-") as made:
        folder = Path(made, ".gemini")
        folder.mkdir()
        for path in sorted(own.iterdir()) if own.is_dir() else ():
            if path.name not in _OF_GEMINI:
                (folder / path.name).symlink_to(path)
        yield {**environment, "GEMINI_CLI_HOME": made}


@contextlib.contextmanager
def opencode(environment: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """An environment in which opencode has an empty database."""
    with tempfile.TemporaryDirectory(prefix="ai-sessions-opencode-") as folder:
        yield {**environment, "OPENCODE_DB": os.path.join(folder, "opencode.db")}
