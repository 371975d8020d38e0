"""The environment of a Python project: its manager, and which Python runs its tests."""

from ai_sessions.detection.folder import Folder, table

Words = tuple[str, ...]

#: Environments that lie in the project, in the order in which they are looked for.
_PLACES = (".venv/bin/python", "venv/bin/python")
_LOCKS = {"uv.lock": "uv", "poetry.lock": "poetry", "pdm.lock": "pdm", "Pipfile.lock": "pipenv"}


def python_of(folder: Folder) -> Words:
    """The words that start the project's Python.

    An environment in the project comes first, then the one that its manager will make there. `uv
    run` is none of them: it installs the checkout that it is run in, into an environment that is
    lent.
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


def lock_of(folder: Folder) -> str:
    """The manager whose lock file is there; empty: none."""
    return next((name for lock, name in _LOCKS.items() if folder.has(lock)), "")


def manager_of(folder: Folder) -> str:
    """uv, poetry, pdm or pipenv; empty for a project that names none of them."""
    tools = table(folder.toml("pyproject.toml"), "tool")
    named = next((name for name in ("uv", "poetry", "pdm") if table(tools, name)), "")
    return lock_of(folder) or named or ("pipenv" if folder.has("Pipfile") else "")


def _is_inside(folder: Folder) -> bool:
    virtual = table(folder.toml("poetry.toml"), "virtualenvs")
    return virtual.get("in-project") is True
