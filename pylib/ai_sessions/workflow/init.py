"""`init`: lay out the workspace of a new feature. Run again, it only adds what is missing."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ai_sessions import names
from ai_sessions.disk import files
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.workflow import detecting, hints
from ai_sessions.workflow.installing import settings
from ai_sessions.workflow.project import Project, project
from ai_sessions.workspace.features import features, need_new
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

# What a fresh checkout needs before its tests run there; `when: missing`: only where the working
# tree has no packages to lend.
{setup}

# Settings (docs/settings.md); flags and the environment come first.
# settings: {TEST_TIMEOUT: 600, ATTEMPTS: 3}
"""


@dataclass(frozen=True, slots=True)
class Created:
    """What `init` did. `made`: paths from the repository; empty: all was there already.

    `commands`: `test` and `suite` as they count; `notes`: what to know of them, a line each.
    """

    feature: str
    made: tuple[str, ...]
    commands: dict[str, Any]
    notes: tuple[str, ...]
    next: str


def init(repo: Path, root: str, feature: str, wish: str = "") -> Created:
    """Lay out `feature`.

    Raises `UsageError` for a name that cannot be one, and `NotFound` where HEAD has the feature.
    """
    space = Workspace(str(repo), root, names.feature(feature))
    need_new(space)
    before = project(repo, root)
    content = {
        **_ROOT,
        ("config.yaml",): _config(before),
        (feature, "spec.md"): _SPEC.format(feature=feature, wish=wish.strip()),
        (feature, "notes.md"): _NOTES,
    }
    made = _written(repo / root, content)
    next_command = hints.status(feature) if space.has("plan.yaml") else hints.plan(feature)
    shown = tuple("/".join((root, *path)) for path in made)
    notes = tuple(_notes(before))
    return Created(feature, shown, before.commands, notes, next_command)


def _notes(found: Project) -> Iterator[str]:
    yield from detecting.differences(found.named, found.detected[0].commands, found.root)
    if not found.named:
        yield from detecting.notes(found.detected, found.repo)
    if not found.can_test:
        yield ": ".join(detecting.missing(found.detected, found.root))


def prepare(repo: Path, root: str) -> None:
    """Make the folder of workspaces ready, so that git sees none of our passing files in it."""
    _written(repo / root, _ROOT)


def _written(folder: Path, content: Mapping[Place, str]) -> list[Place]:
    """Write the files that are not there yet; those that were made."""
    return [place for place, text in content.items() if _write_new(folder.joinpath(*place), text)]


def known(repo: Path, root: str) -> list[str]:
    """The features there are."""
    return features(str(repo), root)


def _config(found: Project) -> str:
    """The settings of a new project: the commands that were found, else an example to change."""
    commands = found.detected[0].commands
    lines = [f"{name}: {_in_yaml(one)}" for name, one in commands.items()]
    if not found.can_test:
        lines.insert(0, f"# {detecting.in_yaml_line(detecting.advised(found.detected[0]))}")
    if found.parts:
        lines += ["parts:", *(f"  {place}: {_in_yaml(one)}" for place, one in found.parts.items())]
    notes = [f"# {note}" for note in detecting.notes(found.detected[:1], found.repo)]
    tail = _CONFIG_TAIL.replace("{setup}", "\n".join(settings(found.repo)))
    return "\n".join([_CONFIG_HEAD.rstrip("\n"), "", *notes, *lines, tail])


def _in_yaml(command: Mapping[str, Any]) -> str:
    import yaml

    width = float("inf")
    return yaml.safe_dump(command, default_flow_style=True, width=width, sort_keys=False).strip()


def _write_new(path: Path, text: str) -> bool:
    """Write a file that is not there yet; what is there is never touched."""
    with files.reported(path):
        os.makedirs(path.parent, exist_ok=True)
        if path.exists():
            return False
        files.replace(path, text.encode(), mode=0o644)
    return True
