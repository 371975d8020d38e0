"""Finding a session by its name or the beginning of it."""

from collections.abc import Iterable

from ai_sessions import config, names
from ai_sessions.errors import NotFound
from ai_sessions.plurals import listed

#: So many of the sessions that fit are listed in a message.
_SHOWN = 8


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
