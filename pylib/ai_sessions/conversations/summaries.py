"""Summaries of a conversation: views over its older messages, which stay in the log.

There is one newest summary; each continues the one before it and covers what that one did.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from ai_sessions import tokens
from ai_sessions.conversations import checks, handover, inherited, lineage, messages, system_texts
from ai_sessions.conversations.gauges import Gauges
from ai_sessions.errors import UsageError
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.memory import thresholds, tool_calls
from ai_sessions.memory.extractive import ExtractiveItems
from ai_sessions.memory.items import to_json
from ai_sessions.memory.summarizer import Draft, Fold, Summarizer
from ai_sessions.memory.weights import ROUND_EACH, weigh, weigh_all, weigh_text
from ai_sessions.records import Entry, Interaction, Message, Session, Summary, stamp
from ai_sessions.store.redacted import REDACTED

if TYPE_CHECKING:
    from ai_sessions.store.contract import Store


@dataclass(frozen=True, slots=True)
class Rules:
    """How conversations are summarized, as the settings say."""

    summarizer: Summarizer = field(default_factory=ExtractiveItems)
    most_tokens: int = 500
    """That a summary may have."""
    fewest: int = 10
    """Fewer messages are not summarized."""
    trigger: float = thresholds.TRIGGER
    """Part of the limit at which they are."""
    count: tokens.Counter = tokens.ESTIMATE


def newest(store: Store, session: Session) -> Summary | None:
    """The newest summary; None: there is none. A fork without one has its parent's, which covers no
    entry of its own. In place of one that was redacted it is the one before it: what that does not
    cover is told again, without what is to be forgotten.
    """
    own = inherited.newest_summary(store, session, session.last_seq)
    return own or inherited.of(store, session).summary


def newest_first(store: Store, name: str) -> tuple[Summary, ...]:
    """All summaries of its own log but those that were redacted. Reads the whole log."""
    found = [
        one
        for one in store.entries(name)
        if isinstance(one, Summary) and REDACTED not in one.detail
    ]
    return tuple(reversed(found))


def uncovered_after(store: Store, session: Session, summary: Summary | None) -> int:
    """Number of the last entry of its log that a model is not told: before a break, or covered by
    the summary. -1: it is told all.
    """
    return max(handover.last_break(store, session), summary.covers_to if summary else -1)


def add_summary(
    store: Store,
    now: datetime,
    name: str,
    summary: Summary,
    count: tokens.Counter = tokens.ESTIMATE,
) -> Summary:
    """Add a summary that somebody wrote, of the messages up to entry `covers_to`; returns it.

    Raises `UsageError` for one without text, one that is too large, and one of entries that are not
    there; `NotFound` when there is no such session.
    """
    session = store.read(name)
    checks.check_size(summary.text)
    if not summary.text.strip():
        raise UsageError("a summary without text")
    if not 0 <= summary.covers_from <= summary.covers_to <= session.last_seq:
        raise UsageError(
            f"session {name} has no entries {summary.covers_from} to {summary.covers_to}",
            f"its last entry is {session.last_seq}",
        )
    return _added(store, session, replace(_counted(summary, count), at=summary.at or stamp(now)))


def fold(
    store: Store, now: datetime, name: str, rules: Rules, limit: int | None = None
) -> Summary | None:
    """Summarize the older messages that no summary covers, now; the newest ones stay.

    `limit`: most tokens that a model is told; None: there is none. None is returned, and nothing is
    written, when there are fewer messages than `rules.fewest`, when a summary would not be shorter,
    and when somebody else summarized them meanwhile. Raises `NotFound` when there is no such
    session, and what the summarizer raises.
    """
    span = replace(_span(store, store.read(name), rules), insists=True)
    whole = sum(span.weights)
    if limit is None or limit > whole:
        return _folded(store, now, span, rules, _Room(whole, 0, rules.most_tokens))
    return _folded(store, now, span, rules, _room(span, rules, limit))


def fold_if_due(
    store: Store,
    now: datetime,
    session: Session,
    rules: Rules,
    limit: int,
    gauges: Gauges | None = None,
) -> Summary | None:
    """The same when what a model is told has reached `rules.trigger` of the limit.

    `gauges`: of a program that lives; what is found is kept there.
    """
    gauges = gauges or Gauges()
    if not may_be_due(session, rules, limit, gauges):
        return None
    span = _span(store, session, rules)
    gauges.set(session.uid, span.fixed + sum(span.weights), _at_most(session, rules))
    if not thresholds.is_due(
        span.fixed + thresholds.told(span.weights, limit), limit, rules.trigger
    ):
        return None
    summary = _folded(store, now, span, rules, _room(span, rules, limit))
    if summary is None:  # it was no shorter: not tried again with each message
        grown = sum(span.weights) // _GROWN
        gauges.set(session.uid, int(limit * rules.trigger) - grown, _at_most(session, rules))
    return summary


def may_be_due(session: Session, rules: Rules, limit: int, gauges: Gauges) -> bool:
    """Whether that is worth a look into the log."""
    return gauges.may_have(session.uid, limit * rules.trigger, _at_most(session, rules))


#: What could not be summarized is looked at again when it has grown by one part in so many.
_GROWN = 16


@dataclass(frozen=True, slots=True)
class _Span:
    """What no summary covers, as a model would be told it."""

    session: Session
    before: Summary | None
    said: tuple[Message, ...]
    commits: Mapping[str, str]
    """Commit of the project when a message was said, by its id."""
    weights: tuple[int, ...]
    """Tokens of each message; 0 for system texts, which are told in any case."""
    fixed: int
    """Tokens of what is told in any case: system texts, pins, state, the summary."""
    insists: bool = False
    """As `Fold.insists`."""


@dataclass(frozen=True, slots=True)
class _Room:
    """Tokens: of the limit, of what is told in any case, and that the summary may have."""

    limit: int
    fixed: int
    summary: int


def _room(span: _Span, rules: Rules, limit: int) -> _Room:
    return _Room(limit, span.fixed, thresholds.summary_tokens(rules.most_tokens, limit))


def _span(store: Store, session: Session, rules: Rules) -> _Span:
    before = newest(store, session)
    commits: dict[str, str] = {}

    def said_in(entry: Entry) -> tuple[Message, ...]:
        found = lineage.messages(entry)
        if isinstance(entry, Interaction) and entry.commit:
            commits.update((one.id, entry.commit) for one in found)
        return found

    after = uncovered_after(store, session, before)
    hidden = inherited.of(store, session).hidden if after < 0 else None
    said = messages.said(
        store, session.name, after=after, hidden=hidden, is_open=True, said_in=said_in
    )
    weights = tuple(0 if one.role == "system" else weigh(one, rules.count) for one in said)
    texts = {one.id: one for one in (*system_texts.before(store, session, before), *said)}
    system = [one for one in texts.values() if one.role == "system"]
    always = handover.arranged(session, system, before, ())
    return _Span(session, before, said, commits, weights, weigh_all(always, rules.count))


def _folded(store: Store, now: datetime, span: _Span, rules: Rules, room: _Room) -> Summary | None:
    count = _older(span, room)
    if len(span.said) < rules.fewest or not count:
        return None
    draft = rules.summarizer.fold(_fold(span, count, room, rules))
    if not draft.text.strip() or not _shrinks(span, count, draft, rules):
        return None
    summary = _summary(span, count, draft, stamp(now), rules)
    noted = system_texts.note(store, span.session, span.before, summary.covers_to)
    summary = replace(summary, detail={**summary.detail, **noted})
    added = _added(store, span.session, summary)
    return added if added.covers_to == summary.covers_to else None


def _fold(span: _Span, count: int, room: _Room, rules: Rules) -> Fold:
    told = (span.before.tokens or 0) if span.before else 0
    return Fold(
        before=span.before,
        messages=tuple(one for one in span.said[:count] if one.role != "system"),
        most_tokens=max(1, min(room.summary, told + sum(span.weights[:count]) // 2)),
        pins=tuple(pin.text or "" for pin in span.session.pins.values()),
        state=span.session.state,
        count=rules.count,
        commits=span.commits,
        session=span.session.name,
        insists=span.insists,
    )


def _shrinks(span: _Span, count: int, draft: Draft, rules: Rules) -> bool:
    """Whether a model is told less with the new summary than without it."""
    before = weigh_text(span.before.text, rules.count) if span.before else 0
    return weigh_text(draft.text, rules.count) < before + sum(span.weights[:count])


def _summary(span: _Span, count: int, draft: Draft, at: str, rules: Rules) -> Summary:
    before = span.before
    return Summary(
        draft.text,
        covers_to=_seq(span.said[count - 1]),
        covers_from=before.covers_from if before else 0,
        kind=draft.kind,
        model=draft.model,
        tokens=rules.count(draft.text),
        tokens_source=rules.count.source,
        items=tuple(map(to_json, draft.items)),
        based_on=before.seq if before else -1,
        detail=draft.detail,
        at=at,
        # of two who continue the same summary one does
        id=f"{span.session.uid}:summary:{span.session.summary_seq}",
    )


def _older(span: _Span, room: _Room) -> int:
    """How many messages are summarized: no entry is split, and no tool call from its result. Of a
    past that a fork shares all are, because a summary covers whole entries of its own log.
    """
    said = span.said
    shared = sum(_is_shared(one) for one in said)
    cuts = [
        count
        for count in tool_calls.partings(said)
        if count >= max(1, shared) and _seq(said[count]) != _seq(said[count - 1])
    ]
    turns = [at for at, one in enumerate(said) if one.role == "user"]
    return thresholds.older(span.weights, cuts, turns, room.limit, room.fixed)


def _is_shared(message: Message) -> bool:
    """Whether it is in the log of a parent."""
    return ":" in message.id


def _seq(message: Message) -> int:
    """Number of its entry; 0, where no message is, when that is in the log of a parent."""
    return 0 if _is_shared(message) else int(message.id.partition(".")[0])


def _at_most(session: Session, rules: Rules) -> int:
    """Tokens of all that was ever said in it, by its sums alone: a model is told no more."""
    sums = session.totals
    said = sums.said_input_tokens + sums.said_output_tokens + sums.usage.total_tokens
    several = sums.messages + 2 * sums.interactions
    kept = weigh_all(handover.arranged(session, (), None, ()), rules.count)
    summary = 2 * rules.most_tokens + ROUND_EACH if session.summary_seq >= 0 else 0
    return said * 11 // 10 + several * (ROUND_EACH + 1) + kept + summary


def _counted(summary: Summary, count: tokens.Counter) -> Summary:
    if summary.tokens is not None:
        return summary
    return replace(summary, tokens=count(summary.text), tokens_source=count.source)


def _added(store: Store, session: Session, summary: Summary) -> Summary:
    """The newest summary after this one was added."""
    after = store.append(session.name, [summary], uid=session.uid)
    return newest(store, after) or summary
