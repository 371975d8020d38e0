"""`init`: lay out the workspace of a new feature. Run again, it only adds what is missing."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ai_sessions import names
from ai_sessions.disk import files
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.workflow import hints
from ai_sessions.workflow.project import Found, detected
from ai_sessions.workspace.features import features
from ai_sessions.workspace.files import IGNORED, Workspace

_SPEC = """\
# {feature}

{wish}

<!-- What should be true when this is done? Answers and decisions go here; plan.sh reads it. -->
"""
#: A file's place below the folder of workspaces.
Place = tuple[str, ...]
#: What all features share.
_ROOT: Mapping[Place, str] = {
    (".gitignore",): "\n".join(IGNORED) + "\n",
    # evidence is tied to its hash: git must not convert its line ends
    (".gitattributes",): "* -text\n*/events.jsonl merge=union\n",
}
_NOTES = "# Notes\n\n<!-- What later tasks should know. Read into every prompt. -->\n"
_CONFIG_HEAD = """\
# How ai-sessions works in this project; committed, for everyone.

"""
_CONFIG_TAIL = """
# Branches that implement.sh does not commit on.
# protected: [main]

# What a fresh checkout needs before its tests run there (verify.sh); plan.sh --approve approves it.
# setup: {cmd: [npm, ci]}

# Settings (docs/settings.md); flags and the environment come first.
# settings: {TEST_TIMEOUT: 600, ATTEMPTS: 3}
"""


@dataclass(frozen=True, slots=True)
class Created:
    """What `init` did. `made`: paths from the repository; empty: all was there already."""

    feature: str
    made: tuple[str, ...]
    commands: dict[str, Any]
    next: str


def init(repo: Path, root: str, feature: str, wish: str = "") -> Created:
    """Lay out `feature`. Raises `UsageError` for a name that cannot be one."""
    space = Workspace(str(repo), root, names.feature(feature))
    found = detected(repo)
    content = {
        **_ROOT,
        ("config.yaml",): _config(found),
        (feature, "spec.md"): _SPEC.format(feature=feature, wish=wish.strip()),
        (feature, "notes.md"): _NOTES,
    }
    made = _written(repo / root, content)
    next_command = hints.status(feature) if space.has("plan.yaml") else hints.plan(feature)
    shown = tuple("/".join((root, *path)) for path in made)
    return Created(feature, shown, found, next_command)


def prepare(repo: Path, root: str) -> None:
    """Make the folder of workspaces ready, so that git sees none of our passing files in it."""
    _written(repo / root, _ROOT)


def _written(folder: Path, content: Mapping[Place, str]) -> list[Place]:
    """Write the files that are not there yet; those that were made."""
    return [place for place, text in content.items() if _write_new(folder.joinpath(*place), text)]


def known(repo: Path, root: str) -> list[str]:
    """The features there are."""
    return features(str(repo), root)


def _config(found: Found) -> str:
    import yaml

    if not found:
        return (
            f"{_CONFIG_HEAD}# test: {{cmd: [python3, -m, pytest, -q, '{{tests}}']}}\n{_CONFIG_TAIL}"
        )
    lines = [
        f"{name}: {yaml.safe_dump(one, default_flow_style=True, width=500, sort_keys=False)}"
        for name, one in found.items()
    ]
    return _CONFIG_HEAD + "".join(lines) + _CONFIG_TAIL


def _write_new(path: Path, text: str) -> bool:
    """Write a file that is not there yet; what is there is never touched."""
    with files.reported(path):
        os.makedirs(path.parent, exist_ok=True)
        if path.exists():
            return False
        files.replace(path, text.encode(), mode=0o644)
    return True
