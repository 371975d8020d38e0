"""Summaries of a conversation: views over its older messages, which stay in the log.

There is one newest summary; each continues the one before it and covers what that one did.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from ai_sessions import tokens
from ai_sessions.conversations import checks, handover, messages
from ai_sessions.errors import UsageError
from ai_sessions.memory import tool_calls
from ai_sessions.records import Message, Session, Summary, stamp

if TYPE_CHECKING:
    from ai_sessions.store.contract import Store

#: Part of the messages that stay as they are; those before them are summarized.
KEPT = 0.3
#: Characters of one message in a summary.
_EXCERPT = 160


def newest(store: Store, session: Session) -> Summary | None:
    """The newest summary; None: there is none."""
    if session.summary_seq < 0:
        return None
    count = session.last_seq - session.summary_seq + 1
    for entry in store.entries(session.name, session.summary_seq - 1, count):
        if isinstance(entry, Summary):
            return entry
    return None


def uncovered_after(store: Store, session: Session, summary: Summary | None) -> int:
    """Number of the last entry of its log that a model is not told: before a break, or covered by
    the summary. -1: it is told all.
    """
    return max(handover.last_break(store, session), summary.covers_to if summary else -1)


def add_summary(store: Store, now: datetime, name: str, summary: Summary) -> Summary:
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
    return _added(store, session, replace(_counted(summary), at=summary.at or stamp(now)))


def summarize(
    store: Store, now: datetime, name: str, *, most_tokens: int, fewest: int
) -> Summary | None:
    """Summarize the older messages that no summary covers; the newest `KEPT` of them stay.

    `most_tokens`: that the summary may have. `fewest`: None is returned, and nothing is written,
    when there are not so many messages; also when somebody else summarized them meanwhile.
    """
    session = store.read(name)
    before = newest(store, session)
    after = uncovered_after(store, session, before)
    told = messages.said(store, name, after=after, is_open=True)
    count = _older(told)
    if len(told) < fewest or not 0 < count < len(told):
        return None
    text = extracted(before.text if before else "", told[:count], most_tokens)
    summary = Summary(
        text,
        covers_to=_seq(told[count - 1]),
        covers_from=before.covers_from if before else 0,
        based_on=before.seq if before else -1,
        at=stamp(now),
        # of two who continue the same summary one does
        id=f"{session.uid}:summary:{session.summary_seq}",
    )
    added = _added(store, session, _counted(summary))
    return added if added.covers_to == summary.covers_to else None


def is_due(store: Store, session: Session, limit: int, threshold: float) -> bool:
    """Whether what a model is told of the messages has reached that part of the limit (tokens)."""
    sums = session.totals
    whole = sums.said_input_tokens + sums.said_output_tokens + sums.usage.total_tokens
    if whole < limit * threshold:  # known without a look into the log
        return False
    after = uncovered_after(store, session, newest(store, session))
    return told_tokens(messages.said(store, session.name, after=after)) >= limit * threshold


def told_tokens(told: Sequence[Message]) -> int:
    """Tokens of messages; where nobody counted them, estimated."""
    return sum(tokens.estimate(one.text) if one.tokens is None else one.tokens for one in told)


def extracted(before: str, older: Sequence[Message], most_tokens: int) -> str:
    """A line for each message that says something, after the lines of the summary before; the
    oldest are left out until the text has at most `most_tokens` by our estimate.
    """
    lines = [*before.splitlines(), *(_line(one) for one in older if one.text.strip())]
    left = most_tokens
    told: list[str] = []
    for line in reversed(lines):
        left -= tokens.estimate(line) + 1  # and the break of the line, rounded up
        if left < 0:
            break
        told.append(line)
    text = "\n".join(reversed(told))
    while tokens.estimate(text) > most_tokens:  # breaks of lines cost more than one each
        text = text.partition("\n")[2]
    return text


def _line(message: Message) -> str:
    text = " ".join(message.text.split())
    cut = text if len(text) <= _EXCERPT else f"{text[: _EXCERPT - 1]}…"
    return f"{message.role}: {cut}"


def _older(told: Sequence[Message]) -> int:
    """How many messages are summarized: no entry is split, and no tool call from its result. Of a
    past that a fork shares all are, because a summary covers whole entries of its own log.
    """
    most = len(told) - max(1, round(len(told) * KEPT))
    counts = (
        count
        for count in tool_calls.partings(told)
        if 0 < count <= most and _seq(told[count]) != _seq(told[count - 1])
    )
    return max(*counts, 0, sum(_is_shared(one) for one in told))


def _is_shared(message: Message) -> bool:
    """Whether it is in the log of a parent."""
    return ":" in message.id


def _seq(message: Message) -> int:
    """Number of its entry; 0, where no message is, when that is in the log of a parent."""
    return 0 if _is_shared(message) else int(message.id.partition(".")[0])


def _counted(summary: Summary) -> Summary:
    if summary.tokens is not None:
        return summary
    return replace(summary, tokens=tokens.estimate(summary.text), tokens_source="estimate")


def _added(store: Store, session: Session, summary: Summary) -> Summary:
    """The newest summary after this one was added."""
    after = store.append(session.name, [summary], uid=session.uid)
    return newest(store, after) or summary
