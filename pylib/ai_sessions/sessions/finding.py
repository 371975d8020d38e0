"""Finding a session by its name, its id or the beginning of one."""

from collections.abc import Iterable

from ai_sessions import config, names
from ai_sessions.errors import NotFound
from ai_sessions.plurals import listed
from ai_sessions.records import Session

#: So many of the sessions that fit are listed in a message.
_SHOWN = 8
#: The beginning of an id has at least so many characters.
_FEWEST = 4


def find(known: Iterable[str], given: str) -> str:
    """The one name that `given` is, or begins with it. Raises `NotFound` with the choices."""
    there = list(known)
    if given in there:
        return given
    matches = [name for name in there if names.fits(name, given)]
    if len(matches) == 1:
        return matches[0]
    if matches:
        raise NotFound(
            f"{given!r} fits {len(matches)} sessions", f"say which: {listed(matches, _SHOWN)}"
        )
    names.session(given)
    near = config.nearest(given, there)
    hint = f"did you mean {near}?" if near else "see what there is: ai-session.sh list"
    raise NotFound(f"no session {given!r}", hint)


def by_id(sessions: Iterable[Session], given: str) -> str:
    """The name of the one session with that id, or an id that begins so: its own, or what a program
    or an interface calls its conversation. Raises `NotFound` with the choices.
    """
    ids = {one.name: [one.uid, one.about.conversation_id] for one in sessions}
    matches = [name for name, known in ids.items() if given in known and given]
    if not matches and len(given) >= _FEWEST:
        matches = [
            name for name, known in ids.items() if any(one.startswith(given) for one in known)
        ]
    if len(matches) == 1:
        return matches[0]
    if matches:
        raise NotFound(
            f"the id {given!r} fits {len(matches)} sessions",
            f"say which: ai-session.sh show NAME, of {listed(matches, _SHOWN)}",
        )
    raise NotFound(f"no session has the id {given!r}", "see what there is: ai-session.sh list")
