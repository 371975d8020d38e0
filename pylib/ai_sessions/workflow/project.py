"""What a repository says about itself: its test commands, its protected branches, its files."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ai_sessions import git
from ai_sessions.errors import ConfigError
from ai_sessions.plan.document import Command
from ai_sessions.plan.findings import findings
from ai_sessions.workflow import detect
from ai_sessions.workspace.yaml_places import parsed
from ai_sessions.yaml_text import NotYaml

_MOST_FILES = 400


@dataclass(frozen=True, slots=True)
class Project:
    """A repository as its `config.yaml` tells it. `commands`: `test` and `suite`, as in a plan."""

    repo: Path
    root: str
    commands: dict[str, Any]
    protected: tuple[str, ...] = ()
    setup: Command | None = None
    """What a fresh checkout needs before its tests can run; None: nothing."""

    def files(self) -> list[str]:
        """Paths that git knows or would add, at most some hundreds, our own workspace left out."""
        own = [name for name in git.files(self.repo) if not name.startswith(f"{self.root}/")]
        if len(own) <= _MOST_FILES:
            return own
        return [*own[:_MOST_FILES], f"... and {len(own) - _MOST_FILES} more"]


def project(repo: Path, root: str) -> Project:
    """The project; commands that config.yaml does not name are found from the files.

    Raises `ConfigError` with file and line for a `config.yaml` that is wrong.
    """
    path = repo / root / "config.yaml"
    text = path.read_text("utf-8", "replace") if path.is_file() else ""
    shown = f"{root}/config.yaml"
    try:
        found, lines, _ = parsed(text)
    except NotYaml as error:
        raise ConfigError(f"{shown}:{error.line}: {error.message}") from error
    found = found or {}
    if not isinstance(found, dict):
        raise ConfigError(f"{shown}:1: must be a map")
    named = {name: found[name] for name in ("test", "suite") if found.get(name)}
    _check(named, lines, shown)
    protected = found.get("protected") or ()
    if not isinstance(protected, Sequence) or isinstance(protected, str):
        raise ConfigError(f"{shown}:{lines[('protected',)]}: protected must be a list of branches")
    setup = _setup(found, lines, shown)
    return Project(repo, root, named or detect.commands(repo), tuple(map(str, protected)), setup)


def _setup(found: dict[str, Any], lines: Any, shown: str) -> Command | None:
    """The set-up command: an argument list, or a command as `test` is."""
    given = found.get("setup")
    if not given:
        return None
    command: dict[str, Any] = {"cmd": given} if isinstance(given, list) else given
    moved = {
        ("suite", *place[1:]): line for place, line in lines.items() if place[:1] == ("setup",)
    }
    _check({"suite": command}, moved, shown, "setup")
    return Command(tuple(command["cmd"]), timeout_s=command.get("timeout"))


def _check(named: dict[str, Any], lines: Any, shown: str, name: str = "suite") -> None:
    """The commands have the same form as in a plan, so the same rule judges them."""
    task = {"id": "T1.1", "title": "-", "kind": "docs", "check": {"cmd": ["true"]}}
    phase = {"id": "P1", "title": "-", "tasks": [task]}
    whole = {"schema": 1, "feature": "x", "title": "x", "defaults": named, "phases": [phase]}
    moved = {("defaults", *place): line for place, line in lines.items() if place}
    for one in findings(whole, moved):
        told = one.message.removeprefix("defaults.").replace("suite", name, 1)
        raise ConfigError(f"{shown}:{one.line}: {told}")
