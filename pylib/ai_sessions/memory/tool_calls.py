"""Tool calls of a conversation that never got their result: what is said in its place."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

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
    told = list(messages)
    return _closed(told, results(told))


def paired(messages: Iterable[Message]) -> Iterator[Message]:
    """`closed`, without results that belong to no call here, which no provider takes."""
    told = list(messages)
    found = results(told)
    wanted = set(found.values())
    lone = {at for at, one in enumerate(told) if one.role == "tool" and at not in wanted}
    return _closed(told, found, lone)


def partings(messages: Sequence[Message]) -> Iterator[int]:
    """Numbers of first messages that can be parted from the rest: no call from its result."""
    until, found = -1, results(messages)
    for at, message in enumerate(messages):
        if at > until:
            yield at
        called = (found.get((at, number), -1) for number in range(len(message.tool_calls)))
        until = max(until, at, *called)


def results(messages: Sequence[Message]) -> dict[tuple[int, int], int]:
    """Number of the message that is the result of a call, by the number of the message with the
    call and that of the call in it. Calls without a result are left out.

    A result belongs to the newest message with a call of its id; of several such calls in one
    message the first result belongs to the first.
    """
    found: dict[tuple[int, int], int] = {}
    waiting: dict[str, list[tuple[int, int]]] = {}
    for at, message in enumerate(messages):
        if message.role == "tool" and (calls := waiting.get(message.tool_call_id)):
            found[calls.pop(0)] = at
        if message.tool_calls:
            waiting |= {call.id: [] for call in message.tool_calls}
        for number, call in enumerate(message.tool_calls):
            waiting[call.id].append((at, number))
    return found


def _closed(
    told: Sequence[Message],
    found: Mapping[tuple[int, int], int],
    left_out: Collection[int] = (),
) -> Iterator[Message]:
    elsewhere = {*found.values(), *left_out}
    for at, message in enumerate(told):
        if at in elsewhere:
            continue
        yield message
        calls = dict(enumerate(message.tool_calls))
        places = (found[at, number] for number in calls if (at, number) in found)
        yield from (told[place] for place in sorted(places))
        for number, call in calls.items():
            if (at, number) not in found:
                yield from closing({call.id: call.name})
