"""The command that makes a fresh checkout ready for its tests, as the project's lock files tell."""

import itertools
import json
import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from ai_sessions import git
from ai_sessions.detection import node_packages, python_packages
from ai_sessions.detection.folder import Folder, folder_of, table
from ai_sessions.detection.node import is_test
from ai_sessions.detection.parts import parts_of
from ai_sessions.detection.scripts import commands

Words = tuple[str, ...]

#: Manager -> what installs from its lock file, into the project, changing nothing in the file.
_PYTHON: Mapping[str, Words] = {
    "uv": ("uv", "sync", "--frozen"),
    "poetry": ("env", "POETRY_VIRTUALENVS_IN_PROJECT=true", "poetry", "install"),
    "pdm": ("env", "PDM_VENV_IN_PROJECT=true", "pdm", "install", "--frozen-lockfile"),
    "pipenv": ("env", "PIPENV_VENV_IN_PROJECT=1", "pipenv", "sync", "--dev"),
}
_OTHERS: Mapping[str, Words] = {
    "Gemfile.lock": ("bundle", "install"),
    "composer.lock": ("composer", "install", "--no-interaction"),
    "mix.lock": ("mix", "deps.get"),
    "go.sum": ("go", "mod", "download"),
    "Cargo.lock": ("cargo", "fetch", "--locked"),
}
#: How Python projects call what their tests need beside the package itself.
_FOR_TESTS = ("test", "tests", "testing", "dev")
_REQUIREMENTS = (
    *("requirements.txt", "requirements-dev.txt", "requirements_dev.txt", "dev-requirements.txt"),
    *("requirements-test.txt", "requirements-tests.txt", "test-requirements.txt"),
    *("requirements/dev.txt", "requirements/test.txt", "requirements/tests.txt"),
)
#: Folders that builds write.
_BUILT = ("dist", "build", "lib", "out", "es", "esm", "cjs")
#: A test that imports from one of them.
_FROM_BUILT = re.compile(rf"""['"](?:\.\.?/){{1,9}}(?:{"|".join(_BUILT)})(?:/|['"])""")
_MOST_READ = 50
_MOST_CHARACTERS = 20_000


def set_up_command(repo: Path) -> Words:
    """The words of the command; empty when no lock file of the project tells any.

    Those of the project's parts count too, each in its folder.
    """
    whole = folder_of(repo)
    return _joined([*_locked_in(whole), *_shown([_build(whole)])])


def _locked_in(whole: Folder) -> list[str]:
    """What the lock files at the top tell, and those of parts that have their own."""
    return [*_shown(_locked(whole)), *_in_parts(whole, _locked)]


def _built_in(whole: Folder) -> list[str]:
    """The build at the top, which is that of all its parts; else those of the parts."""
    at_the_top = [_build(whole)] if reads_build(whole) else []
    return _shown(at_the_top) or _in_parts(
        whole, lambda part: [_build(part)] if reads_build(part) else []
    )


def _in_parts(whole: Folder, steps: Callable[[Folder], list[Words]]) -> list[str]:
    """Steps that are taken in the folders of parts."""
    return [
        f"(cd {shlex.quote(part.place)} && {' && '.join(inside)})"
        for part in parts_of(whole)
        if (inside := _shown(steps(part)))
    ]


def set_up_line(repo: Path) -> str:
    """The line that a person may put into the project's config.yaml, with a gap for what no file
    tells. Unlike what lock files tell, it may install newer packages than are here.
    """
    whole = folder_of(repo)
    python = [_python(whole)] if _python(whole) else _python_without_lock(whole)
    packages = [*python, _node(whole) or _node_without_lock(whole)]
    build, others = _shown([_build(whole)]), _shown(_others(whole))
    found = [*_shown(packages), *build, *others, *_in_parts(whole, _locked)]
    return setup_line(_joined(found))


def settings(repo: Path) -> tuple[str, ...]:
    """The lines of a new config.yaml about fresh checkouts; comments where none is needed.

    Packages of Python and Node are lent as long as the working tree has them. Go and Rust fetch
    theirs by themselves.
    """
    whole = folder_of(repo)
    build = ", ".join(map(in_yaml, _joined(_built_in(whole))))
    lines = [f"build: {{cmd: [{build}]}}"] if build else []
    command = _joined(_locked_in(whole))
    if not command:
        return ("# setup: {cmd: [npm, ci], when: missing}", *lines)
    if command[0] in ("go", "cargo"):
        return (f"# {setup_line(command)}", *lines)
    others = any(_others(one) for one in (whole, *parts_of(whole)))
    return (setup_line(command, *(() if others else ("when: missing",))), *lines)


def setup_line(command: Sequence[str], *more: str) -> str:
    """The `setup` of a config.yaml; `more`: other keys of it. Without a command: a gap."""
    words = ", ".join(map(in_yaml, command)) or "..."
    return f"setup: {{{', '.join([f'cmd: [{words}]', *more])}}}"


def _locked(folder: Folder) -> list[Words]:
    return [_python(folder), _node(folder), *_others(folder)]


def _shown(steps: Sequence[Words]) -> list[str]:
    return [shlex.join(step) for step in steps if step]


def _joined(steps: Sequence[str]) -> Words:
    """The one step there is, or a shell that takes all of them."""
    if len(steps) == 1 and not steps[0].startswith("("):
        return tuple(shlex.split(steps[0]))
    return ("sh", "-c", " && ".join(steps)) if steps else ()


def in_yaml(word: str) -> str:
    """A word in a list of YAML."""
    is_plain = re.fullmatch(r"[\w./][\w./=-]*|--?[a-z][\w-]*", word)
    return word if is_plain else json.dumps(word)


# -- Python


def _python(folder: Folder) -> Words:
    manager = python_packages.lock_of(folder)
    return (*_PYTHON[manager], *_asked_for(folder, manager)) if manager else ()


def _asked_for(folder: Folder, manager: str) -> Iterator[str]:
    """What the tests need and is not installed unless it is asked for."""
    project = folder.toml("pyproject.toml")
    flag = {"uv": "--extra", "poetry": "--extras"}.get(manager)
    if flag:
        extras = _extras(folder)
        yield from (word for one in _FOR_TESTS if one in extras for word in (flag, one))
    if manager != "uv":
        return
    groups = table(project, "dependency-groups")
    yield from (word for one in _FOR_TESTS[:-1] if one in groups for word in ("--group", one))
    if "workspace" in table(project, "tool", "uv"):
        yield "--all-packages"


def _extras(folder: Folder) -> Mapping[str, object]:
    """The optional dependencies by name."""
    project = folder.toml("pyproject.toml")
    own = table(project, "project", "optional-dependencies")
    return own or table(project, "tool", "poetry", "extras")


def _python_without_lock(folder: Folder) -> list[Words]:
    """An environment of its own, with what the project says of its dependencies."""
    wanted = [("-r", one) for one in _REQUIREMENTS if folder.has(one)]
    if "project" in folder.toml("pyproject.toml") or folder.has("setup.py"):
        extras = ",".join(one for one in _FOR_TESTS if one in _extras(folder))
        wanted.append(("-e", f".[{extras}]" if extras else "."))
    if not wanted:
        return []
    place = "venv" if (folder.path / "venv").is_dir() else ".venv"
    install = (f"{place}/bin/pip", "install", "-q", *(word for one in wanted for word in one))
    return [("python3", "-m", "venv", place), install]


# -- Node


def _node(folder: Folder) -> Words:
    manager = node_packages.manager_of(folder)
    return manager.install if manager.lock else ()


def _node_without_lock(folder: Folder) -> Words:
    package = folder.json("package.json")
    if not (table(package, "dependencies") or table(package, "devDependencies")):
        return ()
    return node_packages.manager_of(folder).install


def _build(folder: Folder) -> Words:
    """How the project makes what git ignores and its tests may run."""
    scripts = table(folder.json("package.json"), "scripts")
    if "build" not in scripts or "build" in str(scripts.get("prepare") or ""):
        return ()
    ignored = {name.rstrip("/").rpartition("/")[2] for name in git.ignored(folder.path)}
    if ignored.isdisjoint(_BUILT):
        return ()
    return node_packages.manager_of(folder).script("build")


def reads_build(folder: Folder) -> bool:
    """True where a test imports what a build writes, and its script does not build by itself."""
    if any(one.builds for one in commands(table(folder.json("package.json"), "scripts"), "test")):
        return False
    tests = itertools.islice(filter(is_test, folder.names), _MOST_READ)
    return any(_FROM_BUILT.search(folder.text(name)[:_MOST_CHARACTERS]) for name in tests)


# -- all


def _others(folder: Folder) -> list[Words]:
    """Modules of Go that are in the repository need no download."""
    locks = [name for name in _OTHERS if folder.has(name)]
    is_vendored = (folder.path / "vendor/modules.txt").is_file()
    return [_OTHERS[name] for name in locks if not (name == "go.sum" and is_vendored)]
