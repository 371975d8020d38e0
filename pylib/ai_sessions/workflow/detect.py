"""How the tests of a repository are run, found out from its files."""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ai_sessions.plan.document import TESTS

Found = dict[str, dict[str, Any]]

_SKIPPED = {".git", "node_modules", ".venv", "venv", "target", "dist", "build", ".ai-session"}
_MOST_FILES = 5000


def commands(repo: Path) -> Found:
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
    while folders and count < _MOST_FILES:
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
