"""Statistics of a session, of the segment of it that goes on, or with the past that it shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ai_sessions.conversations import lineage
from ai_sessions.library import stats
from ai_sessions.records import Said
from ai_sessions.store import totals
from ai_sessions.store.entries import plain_of, record_of, session_of

if TYPE_CHECKING:
    from ai_sessions.conversations.lineage import Span
    from ai_sessions.library.stats import SessionStats
    from ai_sessions.records import Session
    from ai_sessions.store.contract import Plain, Store


def of_session(
    session_id: str,
    session: Session,
    segments: int,
    chain: Sequence[str] | None,
    *,
    is_infinite: bool,
    past: Sequence[Session] = (),
) -> SessionStats:
    """By the session's sums, without a look into its log. `past`: what it shares with others."""
    whole = [*past, session]
    sums = [one.totals for one in whole]
    users, answers = sum(one.user_messages for one in sums), sum(one.answers for one in sums)
    found = stats.of_sessions(
        whole,
        {"user": users, "assistant": answers},
        events=users + answers + sum(one.system_texts + one.tool_calls for one in sums),
        segments=segments,
        chain=chain,
        is_infinite=is_infinite,
    )
    found["session_id"] = session_id
    return found


def shared(store: Store, session: Session) -> list[Session]:
    """What a fork shares with the sessions that it comes from, each as if it had only that. Of an
    entry that is shared in part only what was said counts, as the call went on elsewhere.
    """
    return [_until(store, span) for span in lineage.lineage(store, session).spans[:-1]]


def _until(store: Store, span: Span) -> Session:
    session, point = span.session, span.until
    if point is None or point.seq is None or (point.seq, point.number) == (session.last_seq, None):
        return session
    checkpoint = totals.empty(session.name)
    for entry in store.plain_entries(session.name):
        if entry["seq"] > point.seq:
            break
        if entry["seq"] == point.seq and point.number is not None:
            for plain in _said(entry, point.number):
                totals.add(checkpoint, plain)
        else:
            totals.add(checkpoint, entry)
    return replace(session, totals=session_of(checkpoint).totals)


def _said(entry: Plain, number: int) -> list[Plain]:
    """Messages of a call, as if nobody had made it."""
    record = record_of(entry)
    said = lineage.messages(record)[: number + 1] if record else ()
    return [plain_of(Said(one), one.at) for one in said]


def after(store: Store, session: Session, seq: int) -> Session:
    """The session as if it had only the entries that are numbered higher."""
    checkpoint = totals.empty(session.name)
    for entry in store.plain_entries(session.name, after=seq):
        totals.add(checkpoint, entry)
    counted = session_of(checkpoint)
    first = counted.last_used or session.last_used
    last = max(0, session.last_seq - seq)
    return replace(session, totals=counted.totals, last_seq=last, last_used=first)
