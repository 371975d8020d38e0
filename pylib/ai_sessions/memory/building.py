"""The context that a model is told, put together of its parts in a fixed order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.memory import wording
from ai_sessions.memory.items import Item
from ai_sessions.memory.recall import Recalled
from ai_sessions.memory.weights import weigh_all, weigh_text
from ai_sessions.records import Message, Summary
from ai_sessions.tokens import ESTIMATE, Counter

PartName = Literal["system", "pins", "state", "summary", "recall", "tail"]


@dataclass(frozen=True, slots=True)
class Sources:
    """What there is to tell. `said`: the newest messages that no summary covers, oldest first.
    `question`: the new message, which is counted and not told here.
    """

    system: tuple[Message, ...] = ()
    pins: Message | None = None
    state: Message | None = None
    summary: Summary | None = None
    recalled: tuple[Recalled, ...] = ()
    commands: tuple[Item, ...] = ()
    said: tuple[Message, ...] = ()
    question: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a context, with its tokens."""

    name: PartName
    messages: tuple[Message, ...]
    tokens: int


@dataclass(frozen=True, slots=True)
class Built:
    """`tokens`: of all parts and the question. `left_out`: messages that had no room. `cut`: ids of
    those that are told without their middle.
    """

    parts: tuple[Part, ...]
    tokens: int
    left_out: int = 0
    cut: tuple[str, ...] = ()

    @property
    def messages(self) -> tuple[Message, ...]:
        return tuple(message for part in self.parts for message in part.messages)

    @property
    def tail(self) -> tuple[Message, ...]:
        return next((part.messages for part in self.parts if part.name == "tail"), ())


def build(
    sources: Sources,
    limit: int | None,  # noqa: ARG001
    most_messages: int | None = None,
    count: Counter = ESTIMATE,
) -> Built:
    """The parts that there are, in their order."""
    told = tuple(_with_calls(sources.said[-most_messages:] if most_messages else sources.said))
    summary = (wording.summed(sources.summary),) if sources.summary else ()
    recalled = wording.recalled(sources.recalled)
    parts: tuple[tuple[PartName, Iterable[Message | None]], ...] = (
        ("system", sources.system),
        ("pins", (sources.pins,)),
        ("state", (sources.state,)),
        ("summary", summary),
        ("recall", (recalled,)),
        ("tail", told),
    )
    made = [_part(name, messages, count) for name, messages in parts]
    tokens = sum(part.tokens for part in made)
    tokens += weigh_text(sources.question, count) if sources.question else 0
    return Built(tuple(part for part in made if part.messages), tokens)


def _part(name: PartName, messages: Iterable[Message | None], count: Counter) -> Part:
    told = tuple(filter(None, messages))
    return Part(name, told, weigh_all(told, count))


def _with_calls(newest: Iterable[Message]) -> Iterator[Message]:
    """Without results whose calls are not among the newest."""
    calls = set[str]()
    for message in newest:
        if message.role != "tool" or message.tool_call_id in calls:
            yield message
        calls.update(call.id for call in message.tool_calls)
