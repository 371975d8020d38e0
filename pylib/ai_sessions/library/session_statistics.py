"""Statistics of a session, or of the segment of it that goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ai_sessions.library import stats
from ai_sessions.store import totals
from ai_sessions.store.entries import session_of

if TYPE_CHECKING:
    from ai_sessions.library.stats import SessionStats
    from ai_sessions.records import Session
    from ai_sessions.store.contract import Store


def of_session(
    session_id: str,
    session: Session,
    segments: int,
    chain: Sequence[str] | None,
    *,
    is_infinite: bool,
) -> SessionStats:
    """By the session's sums, without a look into its log."""
    sums = session.totals
    roles = {"user": sums.user_messages, "assistant": sums.answers}
    found = stats.of_sessions(
        [session],
        roles,
        events=sums.user_messages + sums.answers + sums.system_texts + sums.tool_calls,
        segments=segments,
        chain=chain,
        is_infinite=is_infinite,
    )
    found["session_id"] = session_id
    return found


def after(store: Store, session: Session, seq: int) -> Session:
    """The session as if it had only the entries that are numbered higher."""
    checkpoint = totals.empty(session.name)
    for entry in store.plain_entries(session.name, after=seq):
        totals.add(checkpoint, entry)
    counted = session_of(checkpoint)
    first = counted.last_used or session.last_used
    last = max(0, session.last_seq - seq)
    return replace(session, totals=counted.totals, last_seq=last, last_used=first)
