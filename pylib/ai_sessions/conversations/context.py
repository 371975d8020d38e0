"""What a model is told of a conversation: rules, pins, state, a summary, what is recalled of older
messages, and the newest ones. It reads the end of the log, however long that is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ai_sessions.conversations import handover, messages, recalling, summaries, system_texts
from ai_sessions.errors import UsageError
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.memory import building, items, wording
from ai_sessions.memory.building import Built, Part, Sources
from ai_sessions.memory.recall import Recalled
from ai_sessions.memory.weights import weigh_all
from ai_sessions.records import Message, Session, Summary
from ai_sessions.tokens import ESTIMATE, Counter

if TYPE_CHECKING:
    from ai_sessions.conversations.recalling import Recall
    from ai_sessions.store.contract import Store

#: Messages that are told when nobody says how many.
MESSAGES = 20
#: Tokens of what is recalled, or a tenth of the limit where that is less.
MOST_RECALLED = 400
#: So many are read first where only their tokens are bounded.
_FIRST_READ = 64


@dataclass(frozen=True, slots=True)
class Context:
    """`messages`: in the order in which a model is told them; those without an id were made for it.
    `tokens`: of all of them, and of the question that they are told for; estimated where nobody
    counted.
    """

    messages: tuple[Message, ...]
    tokens: int
    summary_seq: int = -1
    """Number of the summary that it has; -1: none."""
    parts: tuple[Part, ...] = ()
    left_out: int = 0
    """Messages that no summary covers and that had no room: they can be searched for."""
    cut: tuple[str, ...] = ()
    """Ids of messages that are told without their middle."""
    limit: int | None = None


def build(
    store: Store,
    name: str,
    max_messages: int | None = MESSAGES,
    *,
    limit: int | None = None,
    question: str = "",
    recall: Recall = recalling.nothing,
    count: Counter = ESTIMATE,
) -> Context:
    """System texts, pins, state, the newest summary, what is recalled of older messages, and the
    newest `max_messages` (links with others too) that no break is behind.

    `limit`: most tokens of all that, with `question`; None: no bound. `max_messages` None: as many
    as fit. `question`: what is to be asked next, which is not in the log yet; empty: the newest
    message of a user is it. A tool call always has its result, and a result its call.

    Raises `NotFound` when there is no such session, `UsageError` for a number below 1, and
    `LimitReached` when what is never cut exceeds the limit.
    """
    if max_messages is not None and max_messages < 1:
        raise UsageError(f"at least one message is told, not {max_messages}")
    session = store.read(name)
    summary = summaries.newest(store, session)
    bounds = _Bounds(max_messages, limit, count)
    sources = _sources(store, session, summary, question, bounds)
    built = building.build(sources, limit, max_messages, count)
    if recalled := _recalled(session, sources, built, recall, bounds):
        built = building.build(replace(sources, recalled=recalled), limit, max_messages, count)
    return Context(
        messages=built.messages,
        tokens=built.tokens,
        summary_seq=summary.seq if summary else -1,
        parts=built.parts,
        left_out=built.left_out,
        cut=built.cut,
        limit=limit,
    )


@dataclass(frozen=True, slots=True)
class _Bounds:
    messages: int | None
    tokens: int | None
    count: Counter


def _sources(
    store: Store, session: Session, summary: Summary | None, question: str, bounds: _Bounds
) -> Sources:
    said = _newest(store, session, summaries.uncovered_after(store, session, summary), bounds)
    system = system_texts.before(store, session, summary)
    first = {message.id for message in system if message.id}
    known = items.of_summary(summary.items) if summary else ()
    return Sources(
        system=system,
        pins=wording.pins(session.pins),
        state=wording.state(session.state),
        summary=summary,
        commands=tuple(one for one in known if one.kind == "command"),
        said=tuple(one for one in said if one.id not in first),
        question=question,
    )


def _newest(store: Store, session: Session, after: int, bounds: _Bounds) -> tuple[Message, ...]:
    """The end of the log, as much of it as may be told."""
    if bounds.messages is not None or bounds.tokens is None:
        return _said(store, session, bounds.messages, after)
    last = _FIRST_READ
    while True:
        found = _said(store, session, last, after)
        if len(found) < last or weigh_all(found, bounds.count) > bounds.tokens:
            return found
        last *= 4


def _said(store: Store, session: Session, last: int | None, after: int) -> tuple[Message, ...]:
    return messages.said(store, session.name, last, after=after, said_in=handover.said_in)


def _recalled(
    session: Session, sources: Sources, built: Built, recall: Recall, bounds: _Bounds
) -> tuple[Recalled, ...]:
    """What fits the question of all that is before the newest messages that are told."""
    has_all = bounds.messages is None or len(sources.said) < bounds.messages
    if sources.summary is None and has_all and not built.left_out:
        return ()
    asked = sources.question or _newest_question(sources.said)
    first = next((one.id for one in built.tail if one.id), "")
    if not asked.strip() or ":" in first:  # of a shared past, which is folded away as a whole
        return ()
    until = int(first.partition(".")[0]) - 1 if first else session.last_seq
    most = MOST_RECALLED if bounds.tokens is None else min(MOST_RECALLED, bounds.tokens // 10)
    return recall(session, asked, until, most)


def _newest_question(said: Sequence[Message]) -> str:
    return next((one.text for one in reversed(said) if one.role == "user"), "")
