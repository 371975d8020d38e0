"""Which session is meant: who asks for one of another project, for one that is gone by now, or for
one that has changed, is refused in every store.
"""

from collections.abc import Callable

from ai_sessions.errors import Conflict, Taken
from ai_sessions.records import About, Session

#: Whether two sessions are of the same project.
SameProject = Callable[[About, About], bool]


def refuse_other(session: Session, about: About, same_project: SameProject) -> None:
    """Raises `Taken` when the session belongs to another project than `about` names."""
    theirs = session.about
    if about.project and theirs.project and not same_project(theirs, about):
        raise Taken(f"session {session.name} belongs to another project: {theirs.project}")


def refuse_another(name: str, uid: str, wanted: str) -> None:
    """Raises `Conflict` unless the session of that name is the one that is meant; empty: any.

    `uid`: that it has; empty: there is none.
    """
    if wanted and uid != wanted:
        now = "another one by now" if uid else "not there any more"
        raise Conflict(f"session {name} is {now}", "begin again")


def refuse_changed(name: str, last: int, expect: int | None) -> None:
    """Raises `Conflict` unless the last entry of the session has the number that is expected; None:
    any.
    """
    if expect is not None and expect != last:
        raise Conflict(
            f"session {name} has entries up to {last}, not {expect}",
            "somebody else wrote meanwhile: read it again",
        )
