"""What a repository says about itself: its test commands, its protected branches, its files."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ai_sessions import git
from ai_sessions.errors import ConfigError
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.plan import paths
from ai_sessions.plan.document import Command
from ai_sessions.plan.findings import findings
from ai_sessions.workflow import packages
from ai_sessions.yaml_text import NotYaml, parsed

if TYPE_CHECKING:
    from ai_sessions.detection.detect import FolderTests

_MOST_FILES = 400


@dataclass(frozen=True)
class Project:
    """A repository as its `config.yaml` tells it. `named`: the commands that it names."""

    repo: Path
    root: str
    named: dict[str, Any]
    protected: tuple[str, ...] = ()
    named_parts: dict[str, dict[str, Any]] | None = None
    """The same of folders with tools of their own; None: config.yaml says nothing of parts."""
    setup: Command | None = None
    """What installs the packages of a fresh checkout; None: ours are lent."""
    lends_first: bool = False
    """`setup` is for working trees that have no packages to lend."""
    build: Command | None = None
    """What makes the files that tests read and git ignores, in every fresh checkout."""

    def setup_of(self, repo: Path) -> Command | None:
        """The set-up of checkouts of `repo`; None: its installed packages are lent."""
        return None if self.lends_first and packages.lends(repo) else self.setup

    @property
    def preparing(self) -> tuple[Command, ...]:
        """The commands that fresh checkouts may need."""
        return tuple(filter(None, (self.setup, self.build)))

    @property
    def commands(self) -> dict[str, Any]:
        """`test` and `suite` in the form of a plan; where config.yaml has no `test` they are
        looked for, which reads through the repository.
        """
        if self._is_settled:
            return self.named
        return {**self.detected[0].commands, **self.named}

    @property
    def parts(self) -> dict[str, dict[str, Any]]:
        """The commands of folders with test tools of their own, by folder; each runs there."""
        if self._is_settled:
            return self.named_parts or {}
        return {one.place: one.commands for one in self.detected[1:]}

    @property
    def can_test(self) -> bool:
        """True where a test command is known, of the repository or of a part."""
        return "test" in self.commands or any("test" in one for one in self.parts.values())

    @property
    def _is_settled(self) -> bool:
        return "test" in self.named or self.named_parts is not None

    @cached_property
    def detected(self) -> tuple[FolderTests, ...]:
        """What the project's files say of their tests; the first is the repository itself."""
        from ai_sessions.detection.detect import detect

        return detect(self.repo)

    def files(self) -> list[str]:
        """Paths that git knows or would add, at most some hundreds, our own workspace left out."""
        own = [name for name in git.files(self.repo) if not name.startswith(f"{self.root}/")]
        if len(own) <= _MOST_FILES:
            return own
        return [*own[:_MOST_FILES], f"... and {len(own) - _MOST_FILES} more"]


def project(repo: Path, root: str) -> Project:
    """The project as its config.yaml has it.

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
    if named:  # what judges them takes long to load
        _check(named, lines, shown)
    protected = found.get("protected") or ()
    if not isinstance(protected, Sequence) or isinstance(protected, str):
        raise ConfigError(f"{shown}:{lines[('protected',)]}: protected must be a list of branches")
    setup = _preparing("setup", found, lines, shown)
    lends = _lends_first(found, lines, shown)
    build = _preparing("build", found, lines, shown)
    branches, parts = tuple(map(str, protected)), _parts(found, lines, shown)
    return Project(repo, root, named, branches, parts, setup, lends, build)


def _parts(found: dict[str, Any], lines: Any, shown: str) -> dict[str, dict[str, Any]] | None:
    """`parts`: test and suite by folder."""
    parts = found.get("parts")
    if parts is None:
        return None
    if not isinstance(parts, dict):
        raise ConfigError(f"{shown}:{lines[('parts',)]}: parts must be a map of folders")
    for place, commands in parts.items():
        line = lines[("parts", place)]
        if not isinstance(place, str) or not paths.is_safe(place) or paths.is_pattern(place):
            raise ConfigError(f"{shown}:{line}: parts: not a folder of the repository: {place!r}")
        if not isinstance(commands, dict) or set(commands) - {"test", "suite"}:
            raise ConfigError(f"{shown}:{line}: parts.{place} must be a map of test and suite")
        inside = {key[2:]: at for key, at in lines.items() if key[:2] == ("parts", place)}
        _check(commands, inside, shown)
    return parts


def _preparing(name: str, found: dict[str, Any], lines: Any, shown: str) -> Command | None:
    """What prepares a checkout: an argument list, or a command as `test` is."""
    given = found.get(name)
    if not given:
        return None
    command: Any = {"cmd": given} if isinstance(given, list) else given
    if name == "setup" and isinstance(command, dict):
        command = {key: value for key, value in command.items() if key != "when"}
    moved = {("suite", *place[1:]): line for place, line in lines.items() if place[:1] == (name,)}
    _check({"suite": command}, moved, shown, name)
    return Command(tuple(command["cmd"]), timeout_s=command.get("timeout"))


def _lends_first(found: dict[str, Any], lines: Any, shown: str) -> bool:
    setup = found.get("setup")
    when = setup.get("when", "always") if isinstance(setup, dict) else "always"
    if when not in ("always", "missing"):
        line = lines[("setup", "when")]
        raise ConfigError(f"{shown}:{line}: setup.when: must be missing or always, not {when!r}")
    return bool(when == "missing")


def _check(named: dict[str, Any], lines: Any, shown: str, name: str = "suite") -> None:
    """The commands have the same form as in a plan, so the same rule judges them."""
    task = {"id": "T1.1", "title": "-", "kind": "docs", "check": {"cmd": ["true"]}}
    phase = {"id": "P1", "title": "-", "tasks": [task]}
    whole = {"schema": 1, "feature": "x", "title": "x", "defaults": named, "phases": [phase]}
    moved = {("defaults", *place): line for place, line in lines.items() if place}
    for one in findings(whole, moved):
        told = one.message.removeprefix("defaults.").replace("suite", name, 1)
        raise ConfigError(f"{shown}:{one.line}: {told}")
