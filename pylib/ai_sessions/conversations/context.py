"""What a model is told of a conversation: rules, pins, state, a summary and the newest messages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ai_sessions.conversations import handover, lineage, messages, summaries
from ai_sessions.errors import UsageError
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.records import Message, Session

if TYPE_CHECKING:
    from ai_sessions.store.contract import Store

#: Messages that are told when nobody says how many.
MESSAGES = 20


@dataclass(frozen=True, slots=True)
class Context:
    """`messages`: in the order in which a model is told them; those without an id were made for it.
    `tokens`: of all of them, estimated where nobody counted.
    """

    messages: tuple[Message, ...]
    tokens: int
    summary_seq: int = -1
    """Number of the summary that it has; -1: none."""


def build(store: Store, name: str, max_messages: int = MESSAGES) -> Context:
    """System texts that the conversation began with, pins, state, the newest summary, and the
    newest `max_messages` (links with others too) that it does not cover and no break is behind.

    A tool call always has its result, and a result its call. Raises `NotFound` when there is no
    such session, `UsageError` for a number below 1.
    """
    if max_messages < 1:
        raise UsageError(f"at least one message is told, not {max_messages}")
    session = store.read(name)
    summary = summaries.newest(store, session)
    after = summaries.uncovered_after(store, session, summary)
    newest = list(
        _with_calls(messages.said(store, name, max_messages, after=after, said_in=handover.said_in))
    )
    there = {message.id for message in newest}
    rules = [one for one in _rules(store, session) if one.id not in there]
    told = handover.arranged(session, rules, summary, newest)
    return Context(told, summaries.told_tokens(told), summary.seq if summary else -1)


def _rules(store: Store, session: Session) -> Iterator[Message]:
    """System texts before anybody else said something."""
    for entry in lineage.entries(store, session):
        for message in lineage.messages(entry):
            if message.role != "system":
                return
            yield message


def _with_calls(newest: tuple[Message, ...]) -> Iterator[Message]:
    """Without results whose calls are not among the newest."""
    calls = set[str]()
    for message in newest:
        if message.role != "tool" or message.tool_call_id in calls:
            yield message
        calls.update(call.id for call in message.tool_calls)
