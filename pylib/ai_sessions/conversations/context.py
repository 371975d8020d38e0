"""What a model is told of a conversation: rules, pins, state, a summary, what is recalled of older
messages, and the newest ones. It reads the end of the log, however long that is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ai_sessions.conversations import lineage, recalling, recent, summaries, system_texts
from ai_sessions.conversations.recent import Bounds
from ai_sessions.errors import UsageError
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.memory import building, items, wording
from ai_sessions.memory.building import Built, Part, Sources
from ai_sessions.memory.recall import Recalled
from ai_sessions.records import Message, Session, Summary
from ai_sessions.tokens import ESTIMATE, Counter

if TYPE_CHECKING:
    from ai_sessions.conversations.recalling import Recall
    from ai_sessions.store.contract import Store

#: Messages that are told when nobody says how many.
MESSAGES = 20
#: Tokens of what is recalled, or a tenth of the limit where that is less.
MOST_RECALLED = 400


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
    bounds = Bounds(max_messages, limit, count)
    sources = _sources(store, session, summary, question, bounds)
    built = building.build(sources, limit, max_messages, count)
    if recalled := _recalled(store, session, sources, built, recall, bounds):
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


def _sources(
    store: Store, session: Session, summary: Summary | None, question: str, bounds: Bounds
) -> Sources:
    after = summaries.uncovered_after(store, session, summary)
    system = system_texts.before(store, session, summary)
    known = items.of_summary(summary.items) if summary else ()
    return Sources(
        system=system,
        pins=wording.pins(session.pins),
        state=wording.state(session.state),
        summary=summary,
        commands=tuple(one for one in known if one.kind == "command"),
        said=recent.said(store, session, after, system, bounds),
        question=question,
    )


def _recalled(
    store: Store,
    session: Session,
    sources: Sources,
    built: Built,
    recall: Recall,
    bounds: Bounds,
) -> tuple[Recalled, ...]:
    """What fits the question of all that is older than what is told."""
    has_all = bounds.messages is None or len(sources.said) < bounds.messages
    if sources.summary is None and has_all and not built.left_out:
        return ()
    asked = sources.question or _newest_question(sources.said)
    if not asked.strip():
        return ()
    most = MOST_RECALLED if bounds.tokens is None else min(MOST_RECALLED, bounds.tokens // 10)
    return recall(session, asked, _until(store, session, sources.said, built.tail), most)


def _until(
    store: Store, session: Session, said: Sequence[Message], tail: Sequence[Message]
) -> Mapping[str, int] | int:
    """The last entry of what is not told, as `Recall` takes it."""
    shown = [one.id for one in tail if one.id]
    skipped = (one.id for one in reversed(said) if one.role != "system" and one.id not in shown)
    last = next(filter(None, skipped), "")
    uid, _colon, place = (last or next(iter(shown), "")).rpartition(":")
    seq = int(place.partition(".")[0]) - (not last) if place else session.last_seq
    if not uid:
        return seq
    found: dict[str, int] = {}
    for span in lineage.lineage(store, session).spans:
        if span.session.uid == uid:
            return {**found, span.session.name: seq}
        if span.until and span.until.seq is not None:
            found[span.session.name] = span.until.seq
    return found


def _newest_question(said: Sequence[Message]) -> str:
    return next((one.text for one in reversed(said) if one.role == "user"), "")
