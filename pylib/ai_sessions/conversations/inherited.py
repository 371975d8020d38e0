"""What a fork has of its parents beside their messages: the summary that they were told by at the
point of the fork, and where they were cleared before it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from ai_sessions.conversations import handover, lineage
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.records import Entry, Message, Session, Summary
from ai_sessions.sessions import latest
from ai_sessions.store.redacted import REDACTED

if TYPE_CHECKING:
    from ai_sessions.store.contract import Store


@dataclass(frozen=True, slots=True)
class Inherited:
    """`summary`: in the numbers of the fork, of which it covers no entry. `hidden`: for each log of
    the shared past, by uid, the last entry that a model is not told; empty: it is told all.
    `mark`: the summary or break that hides it, in its own log.
    """

    summary: Summary | None = None
    hidden: dict[str, int] | None = None
    mark: Entry | None = None
    uid: str = ""
    """Of the session that `mark` is in."""


def of(store: Store, session: Session) -> Inherited:
    """Nothing for a session that is no fork. Raises as `lineage.ancestors`."""
    if session.about.parent is None or session.about.parent.seq is None:
        return Inherited()
    spans = lineage.lineage(store, session).spans[:-1]
    found = Inherited()
    for place in reversed(range(len(spans))):
        log, point = spans[place].session, spans[place].until
        end = log.last_seq if point is None or point.seq is None else point.seq
        summary = None if found.summary else newest_summary(store, log, end)
        if summary:
            found = replace(found, summary=_without_numbers(summary))
        if found.hidden is None:
            older = {one.session.uid: one.session.last_seq for one in spans[:place]}
            found = _hiding(store, found, log, (last_break(store, log, end), summary), older)
        if found.summary and found.hidden is not None:
            break
    return found


def visible(messages: Iterable[Message], hidden: dict[str, int] | None) -> tuple[Message, ...]:
    """Those that are told of messages with a shared past."""
    if not hidden:
        return tuple(messages)
    return tuple(one for one in messages if not _is_hidden(one, hidden))


def newest_summary(store: Store, session: Session, until: int) -> Summary | None:
    """The newest summary up to that entry that was not redacted; None: there is none."""
    seq = session.summary_seq
    while seq >= 0:
        found = handover.entry_at(store, session, seq)
        if not isinstance(found, Summary):
            return None
        if seq <= until and REDACTED not in found.detail:
            return found
        seq = found.based_on
    return None


def last_break(store: Store, session: Session, until: int) -> int:
    """Number of the last entry up to that one which is a break; -1: there is none."""
    if session.segment_seq <= until:
        return handover.last_break(store, session)
    entries = latest.backwards(store, session.name)
    return next((one.seq for one in entries if one.seq <= until and handover.is_break(one)), -1)


def _hiding(
    store: Store,
    found: Inherited,
    log: Session,
    ends: tuple[int, Summary | None],
    older: dict[str, int],
) -> Inherited:
    """With what a break (its number) or a summary of `log` hides, and all that is `older`."""
    cut, summary = ends
    covered = summary.covers_to if summary else -1
    if max(cut, covered) < 0:
        return found
    mark = handover.entry_at(store, log, cut) if cut > covered else summary
    return replace(found, hidden={**older, log.uid: max(cut, covered)}, mark=mark, uid=log.uid)


def _without_numbers(summary: Summary) -> Summary:
    return replace(summary, seq=-1, covers_from=0, covers_to=-1, based_on=-1)


def _is_hidden(message: Message, hidden: dict[str, int]) -> bool:
    uid, colon, place = message.id.partition(":")
    if not colon or uid not in hidden:
        return False
    return int(place.partition(".")[0]) <= hidden[uid]
