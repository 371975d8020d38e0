"""Where a session comes from, and the past that a fork shares with its parent.

Nothing is copied: what was said before the point of the fork is read from the parent's log. Of
messages in it the id is `<uid>:<seq>.<n>`, with the uid of the session that has them.
"""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ai_sessions.errors import NotFound, StorageError
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.records import SUMMARY, Entry, Interaction, Message, Parent, Said, Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ai_sessions.store.contract import Store


@dataclass(frozen=True, slots=True)
class Lineage:
    """The sessions whose logs are one conversation, the oldest first, the session itself last."""

    spans: tuple[Span, ...]
    missing: Parent | None = None
    """The parent whose past is not here any more; None: all of it is."""


@dataclass(frozen=True, slots=True)
class Span:
    """The part of a session's log that counts: all of it, or up to the point of a fork."""

    session: Session
    until: Parent | None = None


def parent_of(store: Store, session: Session) -> Session | None:
    """The session that this one comes from, by its uid, whatever it is called now. None: it has no
    parent, or the parent is not here.
    """
    return _parent(store, session, {})


def ancestors(store: Store, session: Session) -> list[Session]:
    """The parent, its parent and so on, as far as they are here.

    Raises `StorageError` for a session that comes from itself, as only an edited log says.
    """
    return list(_upwards(store, session))


def lineage(store: Store, session: Session) -> Lineage:
    """The logs that are the session's conversation. Raises as `ancestors`."""
    spans, point = [Span(session)], _point(session)
    if point is None:
        return Lineage(tuple(spans))
    for parent in _upwards(store, session):
        spans.insert(0, Span(parent, point))
        point = _point(parent)
        if point is None:
            break
    return Lineage(tuple(spans), point)


def _upwards(store: Store, session: Session) -> Iterator[Session]:
    names: dict[str, str] = {}
    seen, at = {session.uid}, _parent(store, session, names)
    while at is not None:
        if at.uid in seen:
            raise StorageError(
                f"session {session.name} comes from itself, by way of {at.name}",
                f"somebody edited its journal: ai-session.sh doctor {session.name}",
            )
        seen.add(at.uid)
        yield at
        at = _parent(store, at, names)


def _parent(store: Store, session: Session, names: dict[str, str]) -> Session | None:
    """`names`: of all sessions by their uids, looked up once, when a parent was renamed."""
    parent = session.about.parent
    if parent is None:
        return None
    if found := _of_uid(store, parent.name, parent.uid):
        return found
    if not names:
        names |= {one.uid: one.name for one in store.sessions()}
    return _of_uid(store, names[parent.uid], parent.uid) if parent.uid in names else None


def _of_uid(store: Store, name: str, uid: str) -> Session | None:
    with contextlib.suppress(NotFound, StorageError):
        found = store.read(name)
        return found if found.uid == uid else None
    return None


def is_fork(session: Session) -> bool:
    """Whether it shares a past with its parent."""
    return _point(session) is not None


def _point(session: Session) -> Parent | None:
    """Where a fork left its parent; None for a session that is none."""
    parent = session.about.parent
    return parent if parent and parent.seq is not None else None


def entries(
    store: Store,
    session: Session,
    last: int | None = None,
    hidden: Mapping[str, int] | None = None,
) -> Iterator[Entry]:
    """The log of a session with the past that it shares, in order.

    `last`: only so many from the end; they cost what they are. `hidden`: for logs of the shared
    past, by uid, the last entry that is left out, with all before it; they are not read. Where a
    parent is not here any more its part is left out. Raises as `ancestors`.
    """
    if _point(session) is None:
        return store.entries(session.name, last=last)
    parts = [(span, _left_out(span, hidden)) for span in lineage(store, session).spans]
    if last is None:
        found = (_of(store, span, after=after) for span, after in parts)
        return itertools.chain.from_iterable(found)
    return iter(_last(store, parts, last))


def past(store: Store, session: Session) -> Iterator[Entry] | None:
    """What a fork shares with its parents, as `entries` has it; None: it is no fork, or the parent
    is not here any more. Raises as `ancestors`.
    """
    spans = lineage(store, session).spans[:-1]
    if not spans:
        return None
    return itertools.chain.from_iterable(_of(store, span) for span in spans)


def shared(store: Store, names: Iterable[str]) -> dict[str, int]:
    """Other sessions that have the past of some forks, and the last entry of that in each. Sessions
    that cannot be read are left out.
    """
    known, found = set(names), dict[str, int]()
    for name in sorted(known):
        with contextlib.suppress(NotFound, StorageError):
            for span in lineage(store, store.read(name)).spans:
                parent, last = span.session.name, span.until.seq if span.until else None
                if last is not None and parent not in known:
                    found[parent] = max(last, found.get(parent, 0))
    return found


def messages(entry: Entry) -> tuple[Message, ...]:
    """What was said in an entry; failed calls said nothing, answers that were stopped on their way
    belong to the conversation, and what a model was asked about it does not.
    """
    if isinstance(entry, Said):
        return (entry.message,)
    if not isinstance(entry, Interaction) or entry.purpose == SUMMARY:
        return ()
    is_answered = entry.status == "interrupted" and any(
        one.role == "assistant" for one in entry.messages
    )
    return entry.messages if entry.status == "ok" or is_answered else ()


def _left_out(span: Span, hidden: Mapping[str, int] | None) -> int:
    """Number of the last entry of a log that is; -1: none."""
    return hidden.get(span.session.uid, -1) if hidden and span.until else -1


def _last(store: Store, parts: Sequence[tuple[Span, int]], count: int) -> list[Entry]:
    found: list[Entry] = []
    for span, after in reversed(parts):
        if len(found) < count:
            found = [*_of(store, span, count - len(found), after), *found]
    return found


def of_span(store: Store, span: Span, after: int = -1) -> Iterable[Entry]:
    """Those entries of a log that count, numbered higher than `after`, with ids of messages as the
    conversation has them.
    """
    if span.until is None:
        return store.entries(span.session.name, after=after)
    return _of(store, span, after=after)


def _of(store: Store, span: Span, last: int | None = None, after: int = -1) -> Iterable[Entry]:
    name, point = span.session.name, span.until
    if point is None or point.seq is None:
        return store.entries(name, last=last)
    if after >= point.seq:
        return ()
    after = after if last is None else max(after, point.seq - last)
    return _until(store.entries(name, after=after), span, point, point.seq)


def _until(found: Iterable[Entry], span: Span, point: Parent, seq: int) -> Iterator[Entry]:
    for entry in found:
        if entry.seq > seq:
            return
        yield as_shared(entry, span.session.uid, point.number if entry.seq == seq else None)


def as_shared(entry: Entry, uid: str, number: int | None) -> Entry:
    """An entry as a fork of its session has it: with the uid in the ids of its messages."""
    if isinstance(entry, Said):
        return dataclasses.replace(entry, message=_named(entry.message, uid))
    if isinstance(entry, Interaction):
        said = entry.messages if number is None else entry.messages[: number + 1]
        return dataclasses.replace(entry, messages=tuple(_named(one, uid) for one in said))
    return entry


def _named(message: Message, uid: str) -> Message:
    return dataclasses.replace(message, id=f"{uid}:{message.id}")
