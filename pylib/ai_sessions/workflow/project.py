"""What a repository says about itself: its test commands, its protected branches, its files."""

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ai_sessions import git
from ai_sessions.errors import ConfigError
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.plan.document import TESTS, Command
from ai_sessions.plan.findings import findings
from ai_sessions.yaml_text import NotYaml, parsed

Found = dict[str, dict[str, Any]]

_SKIPPED = {".git", "node_modules", ".venv", "venv", "target", "dist", "build", ".ai-session"}
_MOST_SEARCHED = 5000
_MOST_FILES = 400


@dataclass(frozen=True, slots=True)
class Project:
    """A repository as its `config.yaml` tells it. `named`: the commands that it names."""

    repo: Path
    root: str
    named: dict[str, Any]
    protected: tuple[str, ...] = ()
    setup: Command | None = None
    """What a fresh checkout needs before its tests can run; None: nothing."""

    @property
    def commands(self) -> dict[str, Any]:
        """`test` and `suite` in the form of a plan; those that no file names are looked for, which
        reads through the repository.
        """
        return self.named or detected(self.repo)

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
    setup = _setup(found, lines, shown)
    return Project(repo, root, named, tuple(map(str, protected)), setup)


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


# -- commands that no config.yaml names, found out from the files


def detected(repo: Path) -> Found:
    """`test` (for one task's tests) and `suite` (for everything), in the form of a plan.

    Python without a sign of pytest gets unittest, which is always there. Empty: nothing known.
    """
    files = tuple(_files(repo))
    found: Found = {}
    for detect in (_python, _bats, _node, _go, _cargo):
        found = detect(repo, files)
        if found:
            break
    if re.search(r"^test\s*:(?!=)", _text(repo / "Makefile"), re.MULTILINE):
        found["suite"] = {"cmd": ["make", "test"]}
    return found


def _python(repo: Path, files: Iterable[str]) -> Found:
    names = [name for name in files if name.endswith(".py")]
    projects = ("pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "pytest.ini")
    if not names and not any((repo / one).exists() for one in projects):
        return {}
    python = ".venv/bin/python" if (repo / ".venv/bin/python").exists() else "python3"
    if _uses_pytest(repo, names):
        start = [python, "-m", "pytest", "-q"]
        return {
            "test": {"runner": "pytest", "cmd": [*start, TESTS]},
            "suite": {"runner": "pytest", "cmd": start},
        }
    start = [python, "-m", "unittest"]
    return {
        "test": {"runner": "unittest", "cmd": [*start, TESTS]},
        "suite": {"runner": "unittest", "cmd": [*start, "discover", *_top(names)]},
    }


def _top(names: Iterable[str]) -> list[str]:
    """Where unittest has to look: below `tests` even when that is no package."""
    folders = {name.split("/")[0] for name in names if "/" in name}
    folder = next((one for one in ("tests", "test") if one in folders), "")
    return ["-s", folder, "-t", "."] if folder and f"{folder}/__init__.py" in set(names) else []


def _uses_pytest(repo: Path, names: Iterable[str]) -> bool:
    if (repo / "pytest.ini").exists() or any(name.endswith("conftest.py") for name in names):
        return True
    settings = ("pyproject.toml", "setup.cfg", "tox.ini", "requirements.txt")
    if any("pytest" in _text(repo / name) for name in settings):
        return True
    tests = [name for name in names if name.rsplit("/", 1)[-1].startswith("test_")][:50]
    return any("import pytest" in _text(repo / name) for name in tests)


def _bats(_repo: Path, files: Iterable[str]) -> Found:
    folders = sorted({name.rsplit("/", 1)[0] for name in files if name.endswith(".bats")})
    if not folders:
        return {}
    return {
        "test": {"runner": "bats", "cmd": ["bats", TESTS]},
        "suite": {"runner": "bats", "cmd": ["bats", *folders]},
    }


def _node(repo: Path, _files: Iterable[str]) -> Found:
    try:
        package = json.loads(_text(repo / "package.json") or "{}")
        script = str((package.get("scripts") or {}).get("test") or "")
    except (ValueError, AttributeError):
        return {}
    if not (repo / "package.json").exists():
        return {}
    found: Found = {"test": {"runner": "node", "cmd": ["node", "--test", TESTS]}}
    plain = script.startswith("node --test") or not script or "no test specified" in script
    suite = ["node", "--test"] if plain else ["npm", "test"]
    found["suite"] = {"runner": "node", "cmd": suite} if plain else {"cmd": suite}
    return found


def _go(repo: Path, _files: Iterable[str]) -> Found:
    if not (repo / "go.mod").exists():
        return {}
    return {
        "test": {"runner": "go", "cmd": ["go", "test", TESTS]},
        "suite": {"runner": "go", "cmd": ["go", "test", "./..."]},
    }


def _cargo(repo: Path, _files: Iterable[str]) -> Found:
    if not (repo / "Cargo.toml").exists():
        return {}
    return {
        "test": {"runner": "cargo", "cmd": ["cargo", "test", TESTS]},
        "suite": {"runner": "cargo", "cmd": ["cargo", "test"]},
    }


def _files(repo: Path) -> Iterable[str]:
    """Paths of the repository's own files, at most some thousands."""
    count, folders = 0, [repo]
    while folders and count < _MOST_SEARCHED:
        for entry in sorted(folders.pop().iterdir()):
            count += 1
            if entry.is_symlink() or entry.name in _SKIPPED:
                continue
            if entry.is_dir():
                folders.append(entry)
            else:
                yield entry.relative_to(repo).as_posix()


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""
