"""What is wrong with the parents of sessions, and the way out: a part of `doctor`."""

from collections.abc import Iterable, Iterator, Mapping

from ai_sessions.records import Change, Session
from ai_sessions.store.contract import Finding, Store


def examine(store: Store, name: str = "") -> Iterator[Finding]:
    """Forks whose parent is gone, and sessions that come from themselves; empty: all sessions.

    A conversation that follows another one needs it for nothing, so that one may be gone.
    """
    sessions = {one.uid: one for one in store.sessions()}
    discarded = set(store.discarded())
    for session in sessions.values():
        if name and session.name != name:
            continue
        parent = session.about.parent
        if parent and parent.seq is not None and parent.uid not in sessions:
            way = (
                f"ai-session.sh restore {parent.name}"
                if parent.name in discarded
                else "import an export of it"
            )
            told = f"a fork of {parent.name}, which is gone with what both share: {way}"
            yield Finding(session.name, told, mendable=False)
    for circle in _circles(sessions):
        first = _first(circle)
        if not name or name == first.name:
            others = ", ".join(one.name for one in circle)
            told = f"comes from itself ({others}): --repair takes its parent away"
            yield Finding(first.name, told)


def mend(store: Store, name: str) -> bool:
    """Take the parent of a session away where it comes from itself; False: it does not."""
    sessions = {one.uid: one for one in store.sessions()}
    if name not in (_first(circle).name for circle in _circles(sessions)):
        return False
    store.append(name, [Change("parent", None)])
    return True


def _first(circle: Iterable[Session]) -> Session:
    """The one that can have had no parent among them: the oldest."""
    return min(circle, key=lambda one: (one.created_at, one.name))


def _circles(sessions: Mapping[str, Session]) -> list[list[Session]]:
    """Each circle of parents once."""
    found: list[list[Session]] = []
    done: set[str] = set()
    for uid in sessions:
        path: list[str] = []
        at = uid
        while at in sessions and at not in done and at not in path:
            path.append(at)
            parent = sessions[at].about.parent
            at = parent.uid if parent else ""
        if at in path:
            found.append([sessions[one] for one in path[path.index(at) :]])
        done.update(path)
    return found
