"""Tool calls of a conversation that never got their result: what is said in its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ai_sessions import tokens
from ai_sessions.records import Message

#: No model takes a call without its result, so one that was cut off gets this.
CUT_OFF = "no result: the turn ended before this tool did"


def closing(open_calls: Mapping[str, str], at: str = "") -> list[Message]:
    """A result for each call (id and name of its tool) that has none."""
    if not open_calls:  # as a rule, and counting tokens takes longer than all else here
        return []
    count = tokens.estimate(CUT_OFF)
    return [
        Message(
            "tool",
            CUT_OFF,
            at,
            name,
            tool_call_id=id_,
            is_error=True,
            tokens=count,
            tokens_source="estimate",
        )
        for id_, name in open_calls.items()
    ]


def ends_calls(message: Message) -> bool:
    """Whether the calls before it can have no further result: all but results, and further calls
    of the same turn, are told to a model after the results.
    """
    return message.role != "tool" and not message.tool_calls


def closed(messages: Iterable[Message]) -> Iterator[Message]:
    """The messages, each tool call followed by its result: by `closing` where there is none."""
    open_calls: dict[str, str] = {}
    for message in messages:
        if ends_calls(message):
            yield from closing(open_calls)
            open_calls.clear()
        yield message
        open_calls |= {call.id: call.name for call in message.tool_calls}
        open_calls.pop(message.tool_call_id, None)
    yield from closing(open_calls)
