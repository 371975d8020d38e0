"""The command that makes a fresh checkout ready for its tests, as the project's lock files tell."""

import json
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ai_sessions import git

Words = tuple[str, ...]

#: Lock file -> what installs from it, changing nothing in it. The first that is there counts.
_PYTHON: Mapping[str, Words] = {
    "uv.lock": ("uv", "sync", "--frozen"),
    "poetry.lock": ("env", "POETRY_VIRTUALENVS_IN_PROJECT=true", "poetry", "install"),
    "pdm.lock": ("env", "PDM_VENV_IN_PROJECT=true", "pdm", "install", "--frozen-lockfile"),
    "Pipfile.lock": ("env", "PIPENV_VENV_IN_PROJECT=1", "pipenv", "sync", "--dev"),
}
_NODE: Mapping[str, Words] = {
    "pnpm-lock.yaml": ("pnpm", "install", "--frozen-lockfile"),
    "yarn.lock": ("yarn", "install", "--frozen-lockfile"),
    "bun.lock": ("bun", "install", "--frozen-lockfile"),
    "bun.lockb": ("bun", "install", "--frozen-lockfile"),
    "package-lock.json": ("npm", "ci"),
    "npm-shrinkwrap.json": ("npm", "ci"),
}
_OTHERS: Mapping[str, Words] = {
    "Gemfile.lock": ("bundle", "install"),
    "composer.lock": ("composer", "install", "--no-interaction"),
    "mix.lock": ("mix", "deps.get"),
}
#: What each manager of Node packages leaves in `node_modules` when it has filled it.
_FILLED = {".package-lock.json": "npm", ".modules.yaml": "pnpm", ".yarn-integrity": "yarn"}
#: How Python projects call what their tests need beside the package itself.
_FOR_TESTS = ("test", "tests", "testing", "dev")
_REQUIREMENTS = ("requirements.txt", "requirements-dev.txt", "requirements-test.txt")
#: Folders that builds write.
_BUILT = ("dist", "build", "lib", "out", "es", "esm", "cjs")


def set_up_command(repo: Path) -> Words:
    """The words of the command; empty when no lock file of the project tells any."""
    return _joined([_python(repo), _node(repo), _build(repo), *_others(repo)])


def set_up_line(repo: Path) -> str:
    """The line that a person may put into the project's config.yaml, with a gap for what no file
    tells. Unlike what lock files tell, it may install newer packages than are here.
    """
    python = _python(repo) or _without_lock(repo)
    words = _joined([python, _node(repo), _build(repo), *_others(repo)])
    return f"setup: {{cmd: [{', '.join(map(_in_yaml, words)) or '...'}]}}"


def _joined(steps: Sequence[Words]) -> Words:
    """The one step there is, or a shell that takes all of them."""
    made = list(filter(None, steps))
    if len(made) < 2:
        return made[0] if made else ()
    return ("sh", "-c", " && ".join(map(shlex.join, made)))


def _in_yaml(word: str) -> str:
    """A word in a list of YAML."""
    is_plain = re.fullmatch(r"[\w./][\w./=-]*|--?[a-z][\w-]*", word)
    return word if is_plain else json.dumps(word)


# -- Python


def _python(repo: Path) -> Words:
    lock = next((one for one in _PYTHON if (repo / one).is_file()), "")
    return (*_PYTHON[lock], *_asked_for(repo, lock)) if lock else ()


def _asked_for(repo: Path, lock: str) -> Iterator[str]:
    """What the tests need and is not installed unless it is asked for."""
    project = _toml(repo)
    extras, tools = _extras(project), _table(project, "tool")
    flag = {"uv.lock": "--extra", "poetry.lock": "--extras"}.get(lock)
    if flag:
        yield from (word for one in _FOR_TESTS if one in extras for word in (flag, one))
    if lock != "uv.lock":
        return
    groups = _table(project, "dependency-groups")
    yield from (word for one in _FOR_TESTS[:-1] if one in groups for word in ("--group", one))
    if "workspace" in _table(tools, "uv"):
        yield "--all-packages"


def _extras(project: Mapping[str, Any]) -> Mapping[str, Any]:
    """The optional dependencies by name."""
    own = _table(_table(project, "project"), "optional-dependencies")
    return own or _table(_table(_table(project, "tool"), "poetry"), "extras")


def _without_lock(repo: Path) -> Words:
    """An environment of its own, with what the project says of its dependencies."""
    wanted = [("-r", one) for one in _REQUIREMENTS if (repo / one).is_file()]
    project = _toml(repo)
    if "project" in project or (repo / "setup.py").is_file():
        extras = ",".join(one for one in _FOR_TESTS if one in _extras(project))
        wanted.append(("-e", f".[{extras}]" if extras else "."))
    if not wanted:
        return ()
    folder = "venv" if (repo / "venv").is_dir() else ".venv"
    words = (f"{folder}/bin/pip", "install", "-q", *(word for one in wanted for word in one))
    return ("sh", "-c", f"python3 -m venv {folder} && {shlex.join(words)}")


def _toml(repo: Path) -> Mapping[str, Any]:
    import tomllib

    try:
        return tomllib.loads(_text(repo / "pyproject.toml"))
    except tomllib.TOMLDecodeError:
        return {}


# -- Node


def _node(repo: Path) -> Words:
    locks = [one for one in _NODE if (repo / one).is_file()]
    if not locks:
        return ()
    named = _manager(repo)
    words = next((_NODE[one] for one in locks if _NODE[one][0] == named), _NODE[locks[0]])
    if words[0] == "yarn" and _is_modern_yarn(repo):
        return ("yarn", "install", "--immutable")
    return words


def _manager(repo: Path) -> str:
    """The manager that the project names, else the one that filled `node_modules`."""
    named = str(_package(repo).get("packageManager") or "").partition("@")[0]
    modules = repo / "node_modules"
    return named or next((_FILLED[one] for one in _FILLED if (modules / one).exists()), "")


def _is_modern_yarn(repo: Path) -> bool:
    named = str(_package(repo).get("packageManager") or "")
    return (repo / ".yarnrc.yml").is_file() or bool(re.match(r"yarn@([2-9]|\d\d)", named))


def _build(repo: Path) -> Words:
    """How the project makes what git ignores and its tests may run."""
    scripts = _table(_package(repo), "scripts")
    if "build" not in scripts or "build" in str(scripts.get("prepare") or ""):
        return ()
    ignored = {name.rstrip("/").rpartition("/")[2] for name in git.ignored(repo)}
    if ignored.isdisjoint(_BUILT):
        return ()
    words = _node(repo)
    return (words[0] if words else _manager(repo) or "npm", "run", "build")


def _package(repo: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(_text(repo / "package.json") or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


# -- all


def _others(repo: Path) -> Sequence[Words]:
    return [words for name, words in _OTHERS.items() if (repo / name).is_file()]


def _table(of: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = of.get(name)
    return found if isinstance(found, dict) else {}


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""
