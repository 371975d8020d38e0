"""What every summarizer promises, and the words it does so in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Protocol, runtime_checkable

from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.memory.items import Item
from ai_sessions.records import Json, Message, Summary, SummaryKind
from ai_sessions.stopping import Stop
from ai_sessions.tokens import ESTIMATE, Counter


@dataclass(frozen=True, slots=True)
class Fold:
    """What a new summary is to stand for.

    `before`: the summary that it continues, whose items it carries on; None: there is none.
    `messages`: what that one does not cover, the oldest first, each tool call with its results.
    """

    before: Summary | None
    messages: tuple[Message, ...]
    most_tokens: int
    """That the text may have, by `count`."""
    pins: tuple[str, ...] = ()
    """What every model is told verbatim anyway."""
    state: Json = field(default_factory=dict)
    """Variables of the conversation, which every model is told, too."""
    count: Counter = ESTIMATE
    commits: Mapping[str, str] = field(default_factory=dict)
    """Commit of the project when a message was said, by its id."""
    session: str = ""
    """Whose conversation it is, for who keeps accounts of calls."""
    insists: bool = False
    """Somebody asks for it now: what failed before is tried again."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A summary that nobody has added to a session yet. `items`: what `text` was made of, and what
    is to be carried on without being in it.
    """

    text: str
    items: tuple[Item, ...] = ()
    kind: SummaryKind = "extractive"
    model: str = ""
    detail: Json = field(default_factory=dict)


class Summarizer(Protocol):
    """One way to summarize."""

    @property
    def name(self) -> str: ...

    @property
    def needs_model(self) -> bool:
        """Whether it calls a model, so that it costs and takes time."""
        ...

    def fold(self, fold: Fold) -> Draft:
        """The new summary; without text when there is nothing to say.

        Raises `AiSessionsError` when it cannot be had.
        """
        ...


@runtime_checkable
class CanBeStopped(Protocol):
    """A summarizer that somebody may wait for."""

    def stopped_by(self, stop: Stop) -> Summarizer:
        """The same, which asks nobody any more once `stop` is set."""
        ...
