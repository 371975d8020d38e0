"""Sessions that belong together: children, forks and linked ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from ai_sessions.conversations import lineage
from ai_sessions.errors import UsageError
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.records import Change, Note, Parent, Session
from ai_sessions.store.facts import link_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ai_sessions.store.contract import Store

#: Topic of the note that two sessions were linked.
LINK = "link"


@dataclass(frozen=True, slots=True)
class Branch:
    """A session with those that come from it, by name."""

    session: Session
    children: tuple[Branch, ...] = ()


@dataclass(frozen=True, slots=True)
class Family:
    """Where a session comes from, what comes from it, and what it is linked with.

    `missing`: the parent that is not here any more, at the upper end of `ancestors`.
    """

    ancestors: tuple[Session, ...]
    """Its parent first."""
    branch: Branch
    linked: tuple[Session, ...] = ()
    missing: Parent | None = None
    gone: tuple[str, ...] = ()
    """Names of linked sessions that are not here any more."""


def family(store: Store, name: str) -> Family:
    """All that belongs to a session. Raises `StorageError` when it comes from itself."""
    session = store.read(name)
    everything = list(store.sessions())
    above = lineage.ancestors(store, session)
    by_uid = {one.uid: one for one in everything}
    return Family(
        ancestors=tuple(above),
        branch=_branch(session, _by_parent(everything)),
        linked=tuple(by_uid[uid] for uid in session.links if uid in by_uid),
        missing=(above or [session])[-1].about.parent,
        gone=tuple(known for uid, known in session.links.items() if uid not in by_uid),
    )


def children(store: Store, session: Session) -> tuple[Session, ...]:
    """Sessions whose parent it is, forks among them, by name."""
    return tuple(_by_parent(store.sessions()).get(session.uid, ()))


def descendants(store: Store, session: Session) -> tuple[Session, ...]:
    """Its children, theirs and so on, each before its own."""
    return tuple(_downwards(session, _by_parent(store.sessions()))[1:])


def forks(sessions: Iterable[Session]) -> Mapping[str, tuple[str, ...]]:
    """Names of the forks that read a session's log, by the uid of that session."""
    found: dict[str, list[str]] = defaultdict(list)
    for session in sessions:
        parent = session.about.parent
        if parent and parent.seq is not None:
            found[parent.uid].append(session.name)
    return {uid: tuple(sorted(names)) for uid, names in found.items()}


def link(store: Store, name: str, other: str, text: str = "") -> tuple[Session, Session]:
    """Note in both sessions that they are related. `text`: how. Done twice it is noted once.

    Raises `NotFound`, `UsageError` for a session and itself.
    """
    ours, theirs = store.read(name), store.read(other)
    if ours.uid == theirs.uid:
        raise UsageError(f"session {ours.name} cannot be linked with itself", "name another one")
    return _noted(store, ours, theirs, text), _noted(store, theirs, ours, text)


def told(note: Note) -> str:
    """The words by which a model is told of a link; empty for any other note."""
    if note.topic != LINK:
        return ""
    body = note.body
    title = f" ({body['title']})" if body.get("title") else ""
    why = f": {body['text']}" if body.get("text") else ""
    return f"This conversation is linked with the session {body.get('to', '')}{title}{why}"


def unlink(store: Store, name: str, other: str) -> tuple[Session, Session]:
    """Take the link away from both."""
    ours, theirs = store.read(name), store.read(other)
    return (
        store.append(ours.name, [Change(link_key(theirs.uid), None)]),
        store.append(theirs.name, [Change(link_key(ours.uid), None)]),
    )


def _noted(store: Store, at: Session, other: Session, text: str) -> Session:
    if other.uid in at.links and not text:
        return at
    body = {"to": other.name, "uid": other.uid, "title": other.about.title, "text": text}
    return store.append(at.name, [Note(LINK, body), Change(link_key(other.uid), other.name)])


def _by_parent(sessions: Iterable[Session]) -> Mapping[str, list[Session]]:
    found: dict[str, list[Session]] = defaultdict(list)
    for session in sorted(sessions, key=lambda one: one.name):
        if session.about.parent:
            found[session.about.parent.uid].append(session)
    return found


def _branch(session: Session, known: Mapping[str, list[Session]]) -> Branch:
    """Without recursion: a conversation that expired every day has as many ancestors."""
    made: dict[str, Branch] = {}
    for one in reversed(_downwards(session, known)):
        below = (made[child.uid] for child in known.get(one.uid, ()) if child.uid in made)
        made[one.uid] = Branch(one, tuple(below))
    return made[session.uid]


def _downwards(session: Session, known: Mapping[str, list[Session]]) -> list[Session]:
    """A session and all that come from it, each before its own."""
    found, left, seen = [], [session], {session.uid}
    while left:
        at = left.pop()
        found.append(at)
        below = [one for one in known.get(at.uid, ()) if one.uid not in seen]
        seen |= {one.uid for one in below}
        left.extend(reversed(below))
    return found
