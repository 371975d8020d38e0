"""What a provider is told with the next question: of a conversation that it does not keep, as much
as its model holds; of one that it was not there for, the end and how the work stands; else only
what it has missed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from ai_sessions.conversations import handover, windows
from ai_sessions.errors import LimitReached
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.memory import failures, parts
from ai_sessions.memory.extractive import ExtractiveItems
from ai_sessions.memory.weights import weigh_all, weigh_text
from ai_sessions.records import Json, Message, Session

if TYPE_CHECKING:
    from ai_sessions.conversations.context import Context
    from ai_sessions.conversations.memory import Memory
    from ai_sessions.store.contract import Store

#: Tokens of an earlier conversation that are told to an agent that was not there.
HANDED_OVER = 8_000
#: Tokens of older messages that are never too much.
_LEAST = 256
#: Parts of a context that are told whatever the limit.
_ALWAYS = ("system", "pins", "state", "summary")


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked next. `schema`: of the answer, which goes along. `parts`: images and files."""

    prompt: str
    schema: Json | None = None
    parts: tuple[Json, ...] = ()

    def tokens(self, memory: Memory) -> int:
        """What it takes of a model's window."""
        files = sum(map(parts.files, self.parts)) * parts.FILE_TOKENS
        return weigh_text(self.prompt, memory.rules.count) + files + self.tokens_of_schema(memory)

    def tokens_of_schema(self, memory: Memory) -> int:
        if self.schema is None:
            return 0
        import json

        return weigh_text(json.dumps(self.schema), memory.rules.count)


@dataclass(frozen=True, slots=True)
class Holder:
    """What is known of the model that is asked. `window`: tokens that it holds; None: nobody knows,
    and a usual one is taken for it, but nothing is refused for that.
    """

    memory: Memory
    window: int | None

    def limit(self, session: Session) -> int:
        window = windows.USUAL if self.window is None else self.window
        return self.memory.limit(session, window) or window


def history(store: Store, name: str, question: Question, holder: Holder) -> tuple[Message, ...]:
    """For a provider that keeps no conversation. Raises `LimitReached` when what is never cut has
    no room beside the question.
    """
    session = store.read(name)
    if not has_past(session):
        return ()
    memory = holder.memory
    limit = holder.limit(session) - question.tokens_of_schema(memory)
    try:
        return memory.context(store, name, limit=limit, question=question.prompt).messages
    except LimitReached:
        if holder.window is not None or session.about.token_limit is not None:
            raise
        return _always(memory.context(store, name, 1))


def handed_over(
    store: Store, name: str, prompt: str, memory: Memory, brief: Callable[[], str]
) -> str:
    """The prompt for an agent that was not there. `brief`: how the work stands."""
    if not has_past(store.read(name)):
        return prompt
    limit = HANDED_OVER + weigh_text(prompt, memory.rules.count)
    try:
        told = memory.context(store, name, limit=limit, question=prompt).messages
    except LimitReached:
        told = _always(memory.context(store, name, 1))
    return handover.with_record(prompt, told, brief() if told else "")


def fold_if_due(store: Store, now: datetime, name: str, question: Question, holder: Holder) -> str:
    """Summarize the older messages when, with the question, they take too much of the window.
    Returns what the user should be told of it; empty: nothing.
    """
    session = store.read(name)
    if not has_past(session):
        return ""
    limit = holder.limit(session) - question.tokens(holder.memory)
    summary = holder.memory.fold_if_due(store, now, session, max(limit, _LEAST))
    return failures.warning(summary) if summary else ""


def fold(store: Store, now: datetime, name: str, question: Question, holder: Holder) -> None:
    """Summarize them now, without a model: one is just about to be asked, or has failed."""
    limit = holder.limit(store.read(name)) - question.tokens(holder.memory)
    _without_model(holder.memory).fold(store, now, name, max(limit, _LEAST))


def _without_model(memory: Memory) -> Memory:
    if not memory.rules.summarizer.needs_model:
        return memory
    return replace(memory, rules=replace(memory.rules, summarizer=ExtractiveItems()))


def has_past(session: Session) -> bool:
    """Whether there may be anything to tell, without a look into the log."""
    known = (session.pins, session.state, session.links, session.about.parent)
    return bool(session.totals.messages or any(known))


def tokens(memory: Memory, told: Sequence[Message], question: Question) -> int:
    """Of a whole request, as we count them."""
    return weigh_all(told, memory.rules.count) + question.tokens(memory)


def _always(context: Context) -> tuple[Message, ...]:
    return tuple(
        message for part in context.parts if part.name in _ALWAYS for message in part.messages
    )
