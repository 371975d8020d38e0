"""Breaks in a conversation: what a model is told begins after the newest one; the log stays."""

from __future__ import annotations

from ai_sessions.conversations import summaries, system_texts
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.records import Break, Entry, Json, Segment, Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from ai_sessions.store.contract import Store


@dataclass(frozen=True, slots=True)
class Part:
    """Entries `first` to `last` of a session (numbers, inclusive), between two breaks.

    `reason`: why it ended; empty: it goes on. `last` is below `first` where nothing came yet.
    """

    number: int
    first: int
    last: int
    reason: Break | str = ""
    ended_at: str = ""


def clear(store: Store, name: str) -> Session:
    """End what a model is told of the conversation here. The log, summaries, pins, state stay."""
    return end(store, name, "clear")


def end(store: Store, name: str, reason: Break, detail: Json | None = None) -> Session:
    """End the segment that goes on; nothing is written where nothing came since the last break."""
    session = store.read(name)
    if session.segment_seq >= 0 and session.segment_seq == session.last_seq:
        return session
    noted = system_texts.note(store, session, summaries.newest(store, session))
    return store.append(name, [Segment(reason, {**noted, **(detail or {})})], uid=session.uid)


def segments(store: Store, name: str) -> tuple[Part, ...]:
    """All segments in order, the one that goes on last."""
    return tuple(parts(store.entries(name)))


def parts(entries: Iterable[Entry]) -> list[Part]:
    """The segments of a log."""
    found: list[Part] = []
    first, last = 1, 0
    for entry in entries:
        last = entry.seq
        if isinstance(entry, Segment):
            found.append(Part(len(found) + 1, first, last - 1, entry.reason, entry.at))
            first = last + 1
    return [*found, Part(len(found) + 1, first, last)]
