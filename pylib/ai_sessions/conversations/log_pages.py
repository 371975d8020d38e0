"""Pages of a conversation's log: every entry, with the past that a fork shares.

A page costs what it shows: the log is read in blocks from where the page is, never as a whole.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from ai_sessions.conversations import lineage
from ai_sessions.conversations.lineage import Span
from ai_sessions.errors import UsageError
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.records import Entry, Interaction, Session, Summary

if TYPE_CHECKING:
    from ai_sessions.store.contract import Store

#: Entries of the first block; each next one has four times as many.
_BLOCK = 64
#: Entries above a page that are read along, for who has to know what went before.
_ABOVE = 16
_END = (1 << 62, 0)

#: The log and the number of an entry in it.
Place = tuple[int, int]
_Placed = tuple[Place, Entry]


@dataclass(frozen=True, slots=True)
class LogPage:
    """Entries in their order. `older` and `newer`: `before` and `after` of the pages next to this
    one; empty: there is none.
    """

    entries: tuple[Entry, ...]
    above: tuple[Entry, ...] = ()
    """A few of those right before the first one."""
    older: str = ""
    newer: str = ""
    found: int | None = None
    """Where in `entries` that of the place `at` is; None: none was asked for, or it is gone."""


def page(
    store: Store,
    session: Session,
    limit: int,
    *,
    most_characters: int | None = None,
    before: str = "",
    after: str = "",
    at: str = "",
) -> LogPage:
    """At most `limit` entries: the newest, those right before or after a place, or those around it;
    fewer where they would have more than `most_characters`, unless it is one alone.

    A place is the number of an entry; of one in a parent's log `<uid>:<number>`. Raises
    `UsageError` for one that this conversation cannot have.
    """
    spans = lineage.lineage(store, session).spans
    middle, up, ahead = _END, limit, 0
    if after:
        log, seq = place_of(spans, after)
        middle, up, ahead = (log, seq + 1), 0, limit
    elif at:
        middle, up, ahead = place_of(spans, at), limit // 2, limit - limit // 2
    elif before:
        middle = place_of(spans, before)
    upper = _older(store, spans, middle, up + _ABOVE)
    lower = _newer(store, spans, middle, ahead + 1)
    room = _Room(most_characters)
    ahead = room.taken(lower[:ahead])
    first = len(upper) - room.taken(upper[max(0, len(upper) - up) :][::-1])
    shown = [*upper[first:], *lower[:ahead]]
    places = [place for place, _entry in shown]
    return LogPage(
        tuple(entry for _place, entry in shown),
        tuple(entry for _place, entry in upper[:first]),
        _text(spans, shown[0][0]) if shown and first else "",
        _text(spans, shown[-1][0]) if shown and len(lower) > ahead else "",
        places.index(middle) if at and middle in places else None,
    )


class _Room:
    """How many entries still fit. The first of all does."""

    def __init__(self, most: int | None) -> None:
        self._left, self._is_empty = most, True

    def taken(self, entries: Iterable[_Placed]) -> int:
        """How many of these, from the first one on."""
        count = 0
        for _place, entry in entries:
            if self._left is not None:
                self._left -= _characters(entry)
                if self._left < 0 and not self._is_empty:
                    break
            self._is_empty = False
            count += 1
        return count


def _characters(entry: Entry) -> int:
    """About how many are shown of it; data beside texts is cut there."""
    if isinstance(entry, Summary):
        return len(entry.text)
    said = entry.messages if isinstance(entry, Interaction) else lineage.messages(entry)
    return sum(len(one.text) + sum(len(str(c.arguments)) for c in one.tool_calls) for one in said)


def place_of(spans: Sequence[Span], text: str) -> Place:
    """Raises `UsageError`."""
    uid, _colon, seq = text.rpartition(":")
    logs = [at for at, one in enumerate(spans) if one.session.uid == (uid or spans[-1].session.uid)]
    if not (logs and seq.isascii() and seq.isdecimal() and len(seq) < 18):
        raise UsageError(f"no place in the log of this conversation: {text[:80]!r}")
    return logs[0], int(seq)


def down(
    store: Store, spans: Sequence[Span], high: Place, block: int = _BLOCK
) -> Iterator[_Placed]:
    """Entries from that of a place on, if there is one, the newest first. `block`: how many are
    read at first.
    """
    for log, span in reversed(list(enumerate(spans))):
        if log > high[0]:
            continue
        last = span.session.last_seq if span.until is None else span.until.seq or 0
        top, size = min(last, high[1]) if log == high[0] else last, block
        while top >= 0:
            after = max(-1, top - size)
            inside = _between(store, span, after, top)
            yield from (((log, one.seq), one) for one in reversed(inside))
            top, size = after, size * 4


def _between(store: Store, span: Span, after: int, top: int) -> list[Entry]:
    found = lineage.of_span(store, span, after)
    return list(itertools.takewhile(lambda one: one.seq <= top, found))


def _older(store: Store, spans: Sequence[Span], high: Place, count: int) -> list[_Placed]:
    """The last `count` before a place, in their order."""
    found = down(store, spans, (high[0], high[1] - 1), count)
    return list(itertools.islice(found, count))[::-1]


def _newer(store: Store, spans: Sequence[Span], low: Place, count: int) -> list[_Placed]:
    """The first `count` from a place on."""
    found = (
        ((log, entry.seq), entry)
        for log, span in enumerate(spans)
        if log >= low[0]
        for entry in lineage.of_span(store, span, low[1] - 1 if log == low[0] else -1)
    )
    return list(itertools.islice(found, count))


def _text(spans: Sequence[Span], place: Place) -> str:
    log, seq = place
    return str(seq) if log == len(spans) - 1 else f"{spans[log].session.uid}:{seq}"
