"""What may not change after red: the tests, and whatever chooses which tests run and how."""

import hashlib
import json
from collections.abc import Iterable, Mapping

from ai_sessions.gate.verdict import Scope
from ai_sessions.plan import paths

#: Files that choose which tests run or how; wherever they lie.
_SELECTING = (
    *("conftest.py", "pytest.ini", ".pytest.ini", "tox.ini", "setup.cfg", "noxfile.py"),
    *("pyproject.toml", "package.json", "jest.config.*", "vitest.config.*", ".mocharc*"),
    *("setup_suite.bash", "Makefile", "makefile", "GNUmakefile", "sitecustomize.py"),
)
#: Files of which only the part about tests is frozen: a task may add a dependency.
_PARTLY = ("pyproject.toml", "package.json", "setup.cfg", "tox.ini")
#: What tools leave behind when they run; no one's work.
_LEAVINGS = (
    *("**/__pycache__/**", "**/*.pyc", "**/.pytest_cache/**", "**/.mypy_cache/**"),
    *("**/.ruff_cache/**", "**/.hypothesis/**", "**/.coverage", "**/.DS_Store"),
)


def work_of(changed: Iterable[str]) -> list[str]:
    """The changed paths, sorted, without what tools leave behind when they run."""
    return sorted(path for path in set(changed) if not paths.matches(path, _LEAVINGS))


def frozen_set(existing: Iterable[str], scope: Scope) -> tuple[str, ...]:
    """The paths that may not change after red: the task's tests and what chooses the tests.

    A whole file that the plan itself lets the task write is left out.
    """
    return tuple(
        path
        for path in work_of(existing)
        if paths.matches(path, scope.tests)
        or (
            paths.matches(_name(path), _SELECTING)
            and (_name(path) in _PARTLY or not paths.matches(path, scope.sources))
        )
    )


def frozen(contents: Mapping[str, bytes]) -> dict[str, str]:
    """sha256 by path; of a file that says more than how tests run, of that part only."""
    return {path: _digest(path, content) for path, content in contents.items()}


def _digest(path: str, content: bytes) -> str:
    part = _test_part(_name(path), content) if _name(path) in _PARTLY else content
    return f"sha256:{hashlib.sha256(part).hexdigest()}"


def _test_part(name: str, content: bytes) -> bytes:
    """What a shared file says about tests, in a form of its own; unreadable: all of it."""
    text = content.decode("utf-8", "replace")
    try:
        part = _PARTS[name](text)
    except (ValueError, KeyError, AttributeError, TypeError):
        return content
    return json.dumps(part, sort_keys=True, default=str).encode()


def _of_package(text: str) -> object:
    data = json.loads(text)
    scripts = {key: value for key, value in data.get("scripts", {}).items() if "test" in key}
    return [scripts, {key: data.get(key) for key in ("jest", "mocha", "ava", "vitest", "type")}]


def _of_project(text: str) -> object:
    import tomllib

    tools = tomllib.loads(text).get("tool", {})
    return {key: tools.get(key) for key in ("pytest", "tox", "nox", "coverage", "hatch", "poe")}


def _of_sections(text: str) -> object:
    import configparser

    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error as error:
        raise ValueError(str(error)) from error
    wanted = ("tool:pytest", "pytest", "tox", "testenv", "coverage")
    return {name: dict(parser[name]) for name in parser.sections() if name.startswith(wanted)}


_PARTS = {
    "package.json": _of_package,
    "pyproject.toml": _of_project,
    "setup.cfg": _of_sections,
    "tox.ini": _of_sections,
}


def _name(path: str) -> str:
    return path.rpartition("/")[2]
