"""Which session is meant: who asks for one of another project, or for one that is gone by now, is
refused in every store.
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
