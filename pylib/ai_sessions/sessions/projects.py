"""Which session a name means when several repositories have a feature of the same name.

The first one to use `implement-auth` has it; in any other repository it is `implement-auth@<folder
of the repository>`. Working trees of one repository are one project.
"""

import os

from ai_sessions import head, names
from ai_sessions.errors import NotFound
from ai_sessions.sessions import housekeeping
from ai_sessions.store.contract import Source, Store


def session_for(store: Store, name: str, project: str) -> str:
    """The session of this project called `name`, or what a new one of it is to be called.

    `project`: path of the repository; empty: whichever session is called so. A session that
    belongs to no project is everybody's. Raises `UsageError` when `name` is no session name.
    """
    if not project or "@" in names.session(name):
        return name
    candidates = names.for_project(name, project)
    owners = [_owner(store, candidate) for candidate in candidates]
    for found, owner in zip(candidates, owners, strict=True):
        if owner and same(owner, project):
            return found
    free = (found for found, owner in zip(candidates, owners, strict=True) if not owner)
    return next(free, candidates[-1])


def find(store: Store, given: str, project: str) -> str:
    """The session that `given` means in this project: its name, or the beginning of it.

    Of several that fit, the one of this project is meant. `implement-auth@shop` also finds the
    session `implement-auth` of a repository called shop. Raises `NotFound` with the choices.
    """
    known = store.names()
    if "@" in given:
        return _in_another_project(store, known, given) or housekeeping.find(known, given)
    fitting = [name for name in known if names.fits(name, given)]
    ours = _of_project(store, fitting, project) if len(fitting) > 1 else fitting
    exact = [name for name in ours if name.partition("@")[0] == given]
    if len(exact) == 1:
        return exact[0]
    if len(ours) == 1 and given not in known:
        return ours[0]
    return housekeeping.find(known, given)


def same(one: str, other: str) -> bool:
    """Whether two paths are working trees of one repository."""
    if not one or not other:
        return False
    return one == other or _identity(one) == _identity(other)


def _of_project(store: Store, known: list[str], project: str) -> list[str]:
    source = store.source()
    owners = {name: _owner_in(source, name) for name in known}
    ours = {owner for owner in set(owners.values()) if same(owner, project)}
    return [name for name in known if owners[name] in ours]


def _in_another_project(store: Store, known: list[str], given: str) -> str:
    """`implement-auth` for `implement-auth@shop` when it belongs to a repository called shop."""
    name, _, folder = given.partition("@")
    if given in known or name not in known:
        return ""
    return name if names.project_word(_owner_in(store.source(), name) or "/") == folder else ""


def _owner_in(source: Source, name: str) -> str:
    row = source.row(name)
    return str(row["project"]) if row else ""


def _owner(store: Store, name: str) -> str:
    """The project of a session; empty when there is none, or no such session."""
    try:
        return store.read(name).about.project
    except NotFound:
        return ""


def _identity(project: str) -> str:
    """The same text for all working trees of a repository; they share one `.git` folder."""
    return os.path.realpath(head.common_folder(project))
