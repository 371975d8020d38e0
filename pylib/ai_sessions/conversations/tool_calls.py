"""Tool calls of a conversation that never got their result: what is said in its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

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
    """The messages, each tool call followed by its result: by `closing` where there is none.

    A result that came after what somebody else said meanwhile is told in its place.
    """
    told, moved = list(messages), set[int]()
    open_calls: dict[str, str] = {}
    for at, message in enumerate(told):
        if ends_calls(message):
            for id_, name in open_calls.items():
                later = _result(told, at, id_)
                moved |= {later} - {-1}
                yield from [told[later]] if later >= 0 else closing({id_: name})
            open_calls.clear()
        if at in moved:
            continue
        yield message
        open_calls |= {call.id: call.name for call in message.tool_calls}
        open_calls.pop(message.tool_call_id, None)
    yield from closing(open_calls)


def _result(messages: Sequence[Message], after: int, id_: str) -> int:
    """Where the result of a call is that is open there; -1: it has none."""
    for at in range(after + 1, len(messages)):
        if messages[at].tool_call_id == id_:
            return at
        if any(call.id == id_ for call in messages[at].tool_calls):
            break  # another call of the same id
    return -1
