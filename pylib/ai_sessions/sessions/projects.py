"""Which session a name means when several repositories have a feature of the same name.

The first one to use `implement-auth` has it; in any other repository it is `implement-auth@<folder
of the repository>`. Working trees of one repository are one project. A session also records the
`.git` folder and the first commit of its repository: so a repository that was moved, or whose
working tree was removed, keeps its sessions, and a second clone beside the first gets its own.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace

from ai_sessions import git_files, names
from ai_sessions.errors import ConfigError, Conflict, NotFound, Taken
from ai_sessions.records import About
from ai_sessions.sessions import finding
from ai_sessions.store.entries import about_of, owner_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ai_sessions.store.contract import Source, Store

#: How often recording a session's repository is tried while others write in the session.
_TRIES = 20


def session_for(store: Store, name: str, project: str) -> str:
    """The session of this project called `name`, or what a new one of it is to be called.

    `project`: path of the repository; empty: whichever session is called so. A session that
    belongs to no project is everybody's. Raises `UsageError` when `name` is no session name.
    """
    if not project or "@" in names.session(name):
        return name
    ours = About(project=project)
    candidates = names.for_project(name, project)
    owners = [_owner(store, candidate) for candidate in candidates]
    for found, owner in zip(candidates, owners, strict=True):
        if owner.project and same(owner, ours):
            return found
    if moved := _from_another_folder(store, name, candidates, ours):
        return moved
    owned = zip(candidates, owners, strict=True)
    return next((found for found, owner in owned if not owner.project), candidates[-1])


def find(store: Store, given: str, project: str) -> str:
    """The session that `given` means in this project: its name, or the beginning of it.

    Of several that fit, the one of this project is meant. `implement-auth@shop` also finds the
    session `implement-auth` of a repository called shop. Raises `NotFound` with the choices.
    """
    known = store.names()
    if "@" in given:
        return _in_another_project(store, known, given) or finding.find(known, given)
    fitting = [name for name in known if names.fits(name, given)]
    ours = _of_project(store, fitting, project) if len(fitting) > 1 else fitting
    exact = [name for name in ours if name.partition("@")[0] == given]
    if len(exact) == 1:
        return exact[0]
    if len(ours) == 1 and given not in known:
        return ours[0]
    return finding.find(known, given)


def same(theirs: About, ours: About) -> bool:
    """Whether a session of `theirs` belongs to the repository we are in.

    It does when both are working trees of one repository, and when theirs is gone and ours has the
    `.git` folder or else the first commit that was recorded. A clone of a repository that is still
    there is another one.
    """
    if not (theirs.project and ours.project):
        return False
    here = _git_folder(ours.project)
    if theirs.project == ours.project or _git_folder(theirs.project) == here:
        return True
    place = _place(theirs)
    if place == here:
        return True
    if place and _is_still(place, theirs.root_commit):
        return False
    return bool(theirs.root_commit) and theirs.root_commit == _root_commit(here)


def place_of(theirs: About) -> str:
    """Where the repository of a session still is; empty when it is gone."""
    place = _place(theirs)
    if not place or not _is_still(place, theirs.root_commit):
        return ""
    return theirs.project if os.path.isdir(theirs.project) else place


def identified(about: About) -> About:
    """`about` with what identifies its repository, should that move."""
    folder = _git_folder(about.project)
    if not (about.project and os.path.isdir(folder)):
        return about
    return replace(about, git_folder=folder, root_commit=_root_commit(folder))


def claim(store: Store, name: str, about: About) -> str:
    """Put on record which repository a session of ours belongs to, where that is not known yet or
    the repository was moved.

    Returns a warning when the repository had another path before, else nothing. Raises `Taken`
    when the session is not ours (any more).
    """
    for _attempt in range(_TRIES):
        last = max((entry["seq"] for entry in store.plain_entries(name, last=1)), default=None)
        theirs = store.read(name).about
        if not (theirs.project and about.project):
            return ""
        if not same(theirs, about):
            raise Taken(f"session {name} belongs to another project: {theirs.project}")
        moved = _git_folder(theirs.project) != _git_folder(about.project)
        if theirs.git_folder and theirs.root_commit and not moved:
            return ""
        ours = identified(replace(theirs, project=about.project) if moved else theirs)
        if ours == theirs or not ours.git_folder:
            return ""
        with suppress(Conflict):  # somebody else wrote meanwhile, perhaps another clone
            store.append(name, [owner_of(ours)], expect=last)
            was = f"{name} was of {theirs.project}, which is gone: it goes on here"
            return was if moved else ""
    return ""


def _of_project(store: Store, known: list[str], project: str) -> list[str]:
    source = store.source()
    owners = {name: replace(_owner_in(source, name), command="", feature="") for name in known}
    ours = {owner for owner in set(owners.values()) if same(owner, About(project=project))}
    return [name for name in known if owners[name] in ours]


def _in_another_project(store: Store, known: list[str], given: str) -> str:
    """`implement-auth` for `implement-auth@shop` when it belongs to a repository called shop."""
    name, _, folder = given.partition("@")
    if given in known or name not in known:
        return ""
    owner = _owner_in(store.source(), name)
    return name if names.project_word(owner.project or "/") == folder else ""


def _from_another_folder(store: Store, name: str, tried: tuple[str, ...], ours: About) -> str:
    """`implement-auth@shop` when that repository is in a folder of another name now."""
    for known in store.names():
        if known.startswith(f"{name}@") and known not in tried and same(_owner(store, known), ours):
            return known
    return ""


def _owner_in(source: Source, name: str) -> About:
    row = source.row(name)
    return about_of(row) if row else About()


def _owner(store: Store, name: str) -> About:
    """Whose a session is; nobody's when there is no such session."""
    try:
        return store.read(name).about
    except NotFound:
        return About()


def _place(theirs: About) -> str:
    """The `.git` folder where the repository of a session was; empty when there is none."""
    for folder in (_git_folder(theirs.project), theirs.git_folder):
        if folder and os.path.isdir(folder):
            return os.path.realpath(folder)
    return ""


def _is_still(folder: str, root_commit: str) -> bool:
    """False when another repository has taken its place; when nobody knows, it is the same."""
    found = _root_commit(folder) if root_commit else ""
    return not found or found == root_commit


def _root_commit(folder: str) -> str:
    from ai_sessions import git

    with suppress(ConfigError):  # no git
        return git.root_commit(folder)
    return ""


def _git_folder(project: str) -> str:
    """The same text for all working trees of a repository; they share one `.git` folder."""
    return os.path.realpath(git_files.common_folder(project))
