"""Giving sessions to the repository one is in, because a person says so: for a repository that was
moved, and neither its `.git` folder nor its first commit tells.
"""

from collections.abc import Sequence
from contextlib import suppress

from ai_sessions.errors import Conflict, NotFound, Taken, UsageError
from ai_sessions.records import About, Session, Wanted
from ai_sessions.sessions import projects
from ai_sessions.store.contract import Store
from ai_sessions.store.entries import owner_of

#: How often it is tried while others write in the session.
_TRIES = 20
_FORCE = "--force gives it to this repository all the same"


def adopt(store: Store, name: str, project: str, *, force: bool = False) -> str | None:
    """Put on record that a session belongs to the repository at `project`.

    Returns the path of the repository that had it, empty when none had; None when it is this one's
    already. Raises
    `Taken` when the other one is still there and `force` is not given, `UsageError` when this one
    has a session for the same work, `LockBusy` while it is in use, `NotFound`.
    """
    ours = projects.identified(About(project=project))
    with store.turn(name, 0) as turn:
        for _attempt in range(_TRIES):
            last = max((entry["seq"] for entry in store.plain_entries(name, last=1)), default=None)
            theirs = store.read(name).about
            if projects.same(theirs, ours):
                projects.claim(store, name, ours)
                return None
            check(store, name, project, force=force)
            with suppress(Conflict):  # somebody else wrote meanwhile
                store.append(name, [owner_of(ours)], expect=last, turn=turn)
                return theirs.project
    raise Conflict(f"others write to session {name} all the time", "try again later")


def check(store: Store, name: str, project: str, *, force: bool = False) -> None:
    """Raises as `adopt` would, with nothing written."""
    theirs, ours = store.read(name).about, About(project=project)
    if projects.same(theirs, ours):
        return
    place = projects.place_of(theirs) if theirs.project else ""
    if place and not force:
        told = f"session {name} belongs to another repository, which is still there: {place}"
        raise Taken(told, _FORCE)
    for other in store.names():
        is_rival = other != name and _base(other) == _base(name)
        if is_rival and projects.same(store.read(other).about, ours):
            raise UsageError(
                f"this repository has a session {other} of its own already",
                f"give that another name first: ai-session.sh rename {other} NEW",
            )


def of_feature(store: Store, feature: str, project: str, *, force: bool = False) -> tuple[str, ...]:
    """Names of the sessions of a feature that this repository could adopt: those of repositories
    that are gone, with `force` those of any other one. When there is nothing else to adopt, those
    that it has already.

    Raises `NotFound` when there are none, `Taken` when their repositories are still there,
    `UsageError` when two of them are for the same work.
    """
    ours = About(project=project)
    owned = [one for one in store.sessions(Wanted(feature=feature)) if one.about.project]
    own = [session for session in owned if projects.same(session.about, ours)]
    found = [session for session in owned if session not in own]
    if not owned:
        raise NotFound(
            f"no session of feature {feature!r} belongs to a repository",
            f"see what there is: ai-session.sh list --feature {feature}",
        )
    if not found:
        return tuple(session.name for session in own)
    chosen = [session for session in found if force or not projects.place_of(session.about)]
    if not chosen:
        place = projects.place_of(found[0].about)
        told = f"the sessions of {feature} belong to another repository, which is still there"
        raise Taken(f"{told}: {place}", _FORCE.replace("it", "them", 1))
    _refuse_two_of_a_kind(chosen)
    return tuple(session.name for session in chosen)


def _refuse_two_of_a_kind(chosen: Sequence[Session]) -> None:
    first: dict[str, str] = {}
    for session in chosen:
        other = first.setdefault(_base(session.name), session.name)
        if other != session.name:
            raise UsageError(
                f"{other} and {session.name} would be the same session here",
                f"say which one: ai-session.sh adopt {session.name}",
            )


def _base(name: str) -> str:
    return name.partition("@")[0]
