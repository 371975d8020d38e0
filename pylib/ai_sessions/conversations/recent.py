"""The end of a conversation: as much of it as a model may be told. No more than that is read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ai_sessions.conversations import handover, inherited, lineage, messages
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.memory.weights import weigh_all
from ai_sessions.records import Message, Session
from ai_sessions.tokens import Counter

if TYPE_CHECKING:
    from ai_sessions.store.contract import Store

#: So many messages are read first where only their tokens are bounded.
_FIRST_READ = 64


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a model may be told of it; None: no bound."""

    messages: int | None
    tokens: int | None
    count: Counter


def said(
    store: Store, session: Session, after: int, system: Sequence[Message], bounds: Bounds
) -> tuple[Message, ...]:
    """The newest messages behind entry `after`, with the one that the user said last, and all
    system texts there that are not in `system`.
    """
    last = bounds.messages or (None if bounds.tokens is None else _FIRST_READ)
    found = _said(store, session, last, after)
    while last and not _is_whole(found, last) and not _is_enough(found, bounds):
        last *= 4
        found = _said(store, session, last, after)
    if last and not _is_whole(found, last) and _lacks_system(store, session, (*system, *found)):
        return _said(store, session, None, after)
    return found


def _said(store: Store, session: Session, last: int | None, after: int) -> tuple[Message, ...]:
    hidden = inherited.of(store, session).hidden if after < 0 else None
    told = handover.said_in
    return messages.said(store, session.name, last, after=after, hidden=hidden, said_in=told)


def _is_whole(found: Sequence[Message], last: int) -> bool:
    """Whether there are no older ones. Results that were made for calls without one have no id."""
    return sum(bool(one.id) or one.role != "tool" for one in found) < last


def _is_enough(found: Sequence[Message], bounds: Bounds) -> bool:
    if not any(one.role == "user" for one in found):
        return False
    is_full = bounds.messages is not None and len(found) >= bounds.messages
    return is_full or (bounds.tokens is not None and weigh_all(found, bounds.count) > bounds.tokens)


def _lacks_system(store: Store, session: Session, known: Iterable[Message]) -> bool:
    """Whether there are system texts that are not known, by the sums of the session and of those
    whose past it shares.
    """
    ids = {one.id for one in known if one.role == "system" and one.id}
    own = sum(":" not in id_ for id_ in ids)
    if session.totals.system_texts > own:
        return True
    if session.about.parent is None or session.about.parent.seq is None:
        return False
    past = sum(span.session.totals.system_texts for span in lineage.lineage(store, session).spans)
    return past > len(ids)
