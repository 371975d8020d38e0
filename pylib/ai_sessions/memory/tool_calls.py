"""Tool calls of a conversation that never got their result: what is said in its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ai_sessions.records import Message
from ai_sessions.tokens import ESTIMATE, Counter

#: No model takes a call without its result, so one that was cut off gets this.
CUT_OFF = "no result: the turn ended before this tool did"


def closing(
    open_calls: Mapping[str, str], at: str = "", count: Counter = ESTIMATE
) -> list[Message]:
    """A result for each call (id and name of its tool) that has none."""
    if not open_calls:  # as a rule, and counting tokens takes longer than all else here
        return []
    tokens = count(CUT_OFF)
    return [
        Message(
            "tool",
            CUT_OFF,
            at,
            name,
            tool_call_id=id_,
            is_error=True,
            tokens=tokens,
            tokens_source=count.source,
        )
        for id_, name in open_calls.items()
    ]


def ends_calls(message: Message) -> bool:
    """Whether the calls before it can have no further result: all but results, and further calls
    of the same turn, are told to a model after the results.
    """
    return message.role != "tool" and not message.tool_calls


def closed(messages: Iterable[Message]) -> Iterator[Message]:
    """The messages, each with tool calls followed by its results at once, as every provider wants
    it, whatever was said before they came; by `closing` where there is none.
    """
    told, moved = list(messages), set[int]()
    for at, message in enumerate(told):
        if at in moved:
            continue
        yield message
        places = {call.id: _result(told, at, call.id) for call in message.tool_calls}
        found = sorted(place for place in places.values() if place >= 0)
        moved.update(found)
        yield from (told[place] for place in found)
        yield from closing({one.id: one.name for one in message.tool_calls if places[one.id] < 0})


def partings(messages: Sequence[Message]) -> Iterator[int]:
    """Numbers of first messages that can be parted from the rest: no call from its result."""
    until = -1
    for at, message in enumerate(messages):
        if at > until:
            yield at
        until = max(until, *(_result(messages, at, call.id) for call in message.tool_calls), at)


def _result(messages: Sequence[Message], after: int, id_: str) -> int:
    """Where the result of a call is that is open there; -1: it has none."""
    for at in range(after + 1, len(messages)):
        if messages[at].tool_call_id == id_:
            return at
        if any(call.id == id_ for call in messages[at].tool_calls):
            break  # another call of the same id
    return -1
