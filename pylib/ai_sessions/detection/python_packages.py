"""The environment of a Python project: which Python runs its tests, and what installs packages."""

import re

from ai_sessions.detection.folder import Folder, table

Words = tuple[str, ...]

#: Environments that lie in the project, in the order in which they are looked for.
_PLACES = (".venv/bin/python", "venv/bin/python")
_REQUIREMENTS = (
    "requirements-dev.txt",
    "requirements_dev.txt",
    "dev-requirements.txt",
    "requirements-test.txt",
    "requirements-tests.txt",
    "test-requirements.txt",
    "requirements/dev.txt",
    "requirements/test.txt",
    "requirements/tests.txt",
)
_PYTEST = re.compile(r"pytest(?![\w-])", re.IGNORECASE)


def python_of(folder: Folder) -> Words:
    """The words that start the project's Python.

    An environment in the project comes first, then the one that its tool will make there. `uv run`
    is none of them: it installs the checkout that it is run in, into an environment that is lent.
    """
    found = next((place for place in _PLACES if folder.has_program(place)), "")
    if found:
        return (found,)
    manager = manager_of(folder)
    if manager in ("uv", "pdm") or (manager == "poetry" and _is_inside(folder)):
        return (_PLACES[0],)
    if manager in ("poetry", "pipenv"):
        return (manager, "run", "python")
    return ("python3",)


def has_environment(folder: Folder) -> bool:
    """True when the environment that `python_of` names need not be made first."""
    (first, *_) = python_of(folder)
    return "/" not in first or folder.has_program(first)


def manager_of(folder: Folder) -> str:
    """uv, poetry, pdm or pipenv; empty for a project that names none of them."""
    locks = {"uv.lock": "uv", "poetry.lock": "poetry", "pdm.lock": "pdm", "Pipfile.lock": "pipenv"}
    for lock, name in locks.items():
        if folder.has(lock):
            return name
    tools = table(folder.toml("pyproject.toml"), "tool")
    found = next((name for name in ("uv", "poetry", "pdm") if table(tools, name)), "")
    return found or ("pipenv" if folder.has("Pipfile") else "")


def _is_inside(folder: Folder) -> bool:
    virtual = table(folder.toml("poetry.toml"), "virtualenvs")
    return virtual.get("in-project") is True


def install(folder: Folder) -> tuple[Words, ...]:
    """The commands that make the environment of a fresh checkout; empty: none is known."""
    found = {
        "uv": ("uv", "sync", *(("--frozen",) if folder.has("uv.lock") else ())),
        "poetry": ("poetry", "install", "--no-interaction"),
        "pdm": ("pdm", "sync") if folder.has("pdm.lock") else ("pdm", "install"),
        "pipenv": ("pipenv", "sync", "--dev"),
    }
    manager = manager_of(folder)
    if manager:
        return ((*found[manager], *_choice(folder, manager)),)
    python, packages = python_of(folder)[0], _pip_words(folder)
    if not packages or "/" not in python:
        return ()  # packages for all projects are nothing that a check may change
    made = python.partition("/")[0]
    return (("python3", "-m", "venv", made), (python, "-m", "pip", "install", "-q", *packages))


def _pip_words(folder: Folder) -> Words:
    """What pip has to install: lists of requirements, and the project itself."""
    lists = [name for name in ("requirements.txt", *_REQUIREMENTS) if folder.has(name)]
    words = [word for name in lists for word in ("-r", name)]
    project = folder.toml("pyproject.toml")
    if folder.has("setup.py") or table(project, "project") or table(project, "build-system"):
        extra = _extra(folder)
        words += ["-e", f".[{extra}]" if extra else "."]
    group = _group(folder)
    return (*words, *(("--group", group) if group else ()))


def _choice(folder: Folder, manager: str) -> Words:
    """The extra or the group that pytest is in, where the manager would leave it out."""
    extra, group = _extra(folder), _group(folder)
    if manager in ("uv", "poetry") and extra:
        return ("--extra" if manager == "uv" else "--extras", extra)
    if manager == "uv" and group:
        defaults = table(folder.toml("pyproject.toml"), "tool", "uv").get("default-groups", ["dev"])
        is_given = defaults == "all" or (isinstance(defaults, list) and group in defaults)
        return () if is_given else ("--group", group)
    return ()


def _extra(folder: Folder) -> str:
    return _holder(table(folder.toml("pyproject.toml"), "project", "optional-dependencies"))


def _group(folder: Folder) -> str:
    return _holder(table(folder.toml("pyproject.toml"), "dependency-groups"))


def _holder(lists: dict[str, object]) -> str:
    """The name of the first list that has pytest; one that is called dev comes first."""
    having = [
        name
        for name, one in lists.items()
        if re.fullmatch(r"[\w.-]+", name) and isinstance(one, list) and any(map(_is_pytest, one))
    ]
    return next((name for name in having if name == "dev"), having[0] if having else "")


def _is_pytest(requirement: object) -> bool:
    return isinstance(requirement, str) and bool(_PYTEST.match(requirement.strip()))
