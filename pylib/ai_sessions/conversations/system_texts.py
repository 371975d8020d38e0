"""System texts of what a model is not told any more: they stay, word for word.

Summaries and breaks say which ones are before them, so that the log is not read for it. One that
does not say (an agent's own, one of an older version, one that was redacted) makes it be read.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ai_sessions.conversations import handover, inherited, lineage
from ai_sessions.records import Entry, Json, Message, Segment, Session, Summary

if TYPE_CHECKING:
    from ai_sessions.store.contract import Store

#: The field of a summary's or a break's detail that has them.
KEY = "system"


def before(store: Store, session: Session, summary: Summary | None) -> tuple[Message, ...]:
    """Those that a model is not told with the rest: behind the last break, or covered by the
    summary; where there is neither, those that the conversation began with.
    """
    last = handover.last_break(store, session)
    covered = summary.covers_to if summary else -1
    if max(last, covered) < 0:
        return _of_past(store, session)
    noted = _noted(store, session, last) if last > covered else _of(summary)
    if noted is not None:
        return noted
    found = _system(_until(_own(store, session), max(last, covered)))
    return tuple(one for one in found if one.id or covered > last)


def note(
    store: Store, session: Session, summary: Summary | None, up_to: int | None = None
) -> dict[str, Any]:
    """What a new summary or break says of them. `up_to`: number of the last entry that a summary
    covers; None: a break, over which links with other sessions do not stay.
    """
    after = max(handover.last_break(store, session), summary.covers_to if summary else -1)
    known = before(store, session, summary) if after >= 0 else ()
    entries = store.entries(session.name, after) if after >= 0 else _own(store, session)
    texts = (*known, *_system(_until(entries, up_to)))
    return {KEY: [_plain(one) for one in texts if one.id or up_to is not None]}


def _noted(store: Store, session: Session, seq: int) -> tuple[Message, ...] | None:
    found = handover.entry_at(store, session, seq)
    return _of(found if isinstance(found, Segment) else None)


def _of(entry: Summary | Segment | None) -> tuple[Message, ...] | None:
    """Those that an entry names; None: it says nothing of them."""
    told = entry.detail.get(KEY) if entry else None
    if not isinstance(told, list):
        return None
    return tuple(
        Message(
            "system", str(one.get("text", "")), str(one.get("at", "")), id=str(one.get("id", ""))
        )
        for one in told
        if isinstance(one, Mapping)
    )


def _plain(message: Message) -> Json:
    told = {"id": message.id, "text": message.text, "at": message.at}
    return {key: value for key, value in told.items() if value}


def _of_past(store: Store, session: Session) -> tuple[Message, ...]:
    """Those that it began with; of a fork also those of a past that it is not told any more."""
    past = inherited.of(store, session)
    if past.hidden is None:
        return opening(store, session)
    mark = past.mark if isinstance(past.mark, Summary | Segment) else None
    noted = _of(mark)
    if noted is not None:
        return tuple(_named(one, past.uid) for one in noted)
    entries = lineage.past(store, session) or ()
    shown = {one.id for one in inherited.visible(_all(entries), past.hidden)}
    entries = lineage.past(store, session) or ()
    return tuple(one for one in _system(entries) if one.id and one.id not in shown)


def _all(entries: Iterable[Entry]) -> Iterator[Message]:
    return (message for entry in entries for message in lineage.messages(entry))


def _named(message: Message, uid: str) -> Message:
    """As a fork of that session has it."""
    is_own = message.id and ":" not in message.id
    return replace(message, id=f"{uid}:{message.id}") if is_own else message


def opening(store: Store, session: Session) -> tuple[Message, ...]:
    """System texts before anybody else said something; no more of the log is read."""
    said = (one for entry in lineage.entries(store, session) for one in lineage.messages(entry))
    return tuple(itertools.takewhile(lambda one: one.role == "system", said))


def _own(store: Store, session: Session) -> Iterator[Entry]:
    """Its log with the past that a fork shares, which has the numbers of another log."""
    for entry in lineage.past(store, session) or ():
        yield replace(entry, seq=-1)
    yield from store.entries(session.name)


def _until(entries: Iterable[Entry], up_to: int | None) -> Iterator[Entry]:
    return itertools.takewhile(lambda entry: up_to is None or entry.seq <= up_to, entries)


def _system(entries: Iterable[Entry]) -> Iterator[Message]:
    for entry in entries:
        yield from (one for one in handover.said_in(entry) if one.role == "system")
