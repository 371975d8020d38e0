"""Pages of what was said in a conversation, from either end, with the past that a fork shares.

A page costs what it shows and what is newer: the log is read in blocks from its end.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from ai_sessions.conversations import lineage, log_pages
from ai_sessions.conversations.lineage import Span
from ai_sessions.errors import UsageError
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.records import Entry, Interaction, Message, Session

if TYPE_CHECKING:
    from ai_sessions.store.contract import Store

_BEFORE_ALL, _AFTER_ALL = (-1, -1, -1), (1 << 62, 0, 0)

#: The log, the entry and the number of a message.
_Place = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Told:
    """A message, and the id of the call of a model that it is of; empty: it came without one."""

    message: Message
    call: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """`next`: id of the last message of the page when there are more behind it; empty: none."""

    messages: tuple[Told, ...]
    next: str = ""


def page(
    store: Store,
    session: Session,
    limit: int,
    *,
    after: str = "",
    before: str = "",
    newest_first: bool = False,
) -> Page:
    """At most `limit` messages between two others (ids; empty: the ends), the oldest first unless
    `newest_first`. Calls of a model that failed are left out.

    Raises `UsageError` for an id that no message of the conversation can have.
    """
    spans = lineage.lineage(store, session).spans
    low = _place(spans, after) if after else _BEFORE_ALL
    high = _place(spans, before) if before else _AFTER_ALL
    found = _down(store, spans, high) if newest_first else _up(store, spans, low)
    inside = itertools.takewhile(
        lambda one: one[0] > low if newest_first else one[0] < high,
        (one for one in found if (one[0] < high if newest_first else one[0] > low)),
    )
    shown = list(itertools.islice(inside, limit + 1))
    messages = tuple(told for _place, told in shown[:limit])
    return Page(messages, messages[-1].message.id if len(shown) > limit else "")


def _place(spans: Sequence[Span], id_: str) -> _Place:
    place, _dot, number = id_.rpartition(".")
    with contextlib.suppress(UsageError):
        if number.isascii() and number.isdecimal() and len(number) < 18:
            return *log_pages.place_of(spans, place), int(number)
    raise UsageError(f"no id of a message of this conversation: {id_[:80]!r}")


def _up(store: Store, spans: Sequence[Span], low: _Place) -> Iterator[tuple[_Place, Told]]:
    for log, span in enumerate(spans):
        if log >= low[0]:
            after = low[1] - 1 if log == low[0] else -1
            yield from _said(log, lineage.of_span(store, span, after))


def _down(store: Store, spans: Sequence[Span], high: _Place) -> Iterator[tuple[_Place, Told]]:
    for (log, _seq), entry in log_pages.down(store, spans, high[:2]):
        yield from reversed(list(_said(log, [entry])))


def _said(log: int, entries: Iterable[Entry]) -> Iterator[tuple[_Place, Told]]:
    for entry in entries:
        call = entry.id if isinstance(entry, Interaction) else ""
        for message in lineage.messages(entry):
            number = int(message.id.rpartition(".")[2])
            yield (log, entry.seq, number), Told(message, call)
