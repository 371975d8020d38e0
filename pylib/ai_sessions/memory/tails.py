"""The newest messages of a conversation, as many as there is room for.

They begin with a message of the user. Turns are told whole but for the oldest of them, which has
its beginning and its end where there is no room for all of it: a turn of a hundred tool calls is
no reason to be told nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.memory import cutting, wording
from ai_sessions.memory.weights import counted, told, weigh, weigh_text
from ai_sessions.records import Message
from ai_sessions.tokens import ESTIMATE, Counter

#: Messages are cut to less than this part of the room, and to fewer tokens than these, only where
#: otherwise nothing of the newest turn could be told.
_PART, _FEWEST = 8, 64


@dataclass(frozen=True, slots=True)
class Log:
    """Messages that may be told, tool calls followed by their results, and what each weighs.

    System texts take no room of a tail: who asks for one has found it for all of them.
    """

    messages: Sequence[Message]
    weights: Sequence[int]
    count: Counter = ESTIMATE


@dataclass(frozen=True, slots=True)
class Room:
    """What a tail may have: so many tokens, and messages beside system texts."""

    tokens: int
    messages: int


@dataclass(frozen=True, slots=True)
class Tail:
    """`numbers`: of its messages in the log. `tokens`: with system texts. `cut`: ids of messages
    whose middle is left out.
    """

    messages: tuple[Message, ...]
    numbers: tuple[int, ...]
    tokens: int
    cut: tuple[str, ...] = ()


def newest(log: Log, room: Room) -> Tail:
    """The newest turns. Of the newest of all at least the message of the user is there, if there is
    room for `shortest` of it.
    """
    end = first = len(log.messages)
    ends: Tail | None = None
    for begin, after in reversed(turns(log.messages)):
        tokens, messages = _needs(log, begin, after)
        if tokens > room.tokens or messages > room.messages:
            ends = _ends(log, begin, after, room, is_newest=first == end)
            break
        first, room = begin, Room(room.tokens - tokens, room.messages - messages)
    whole, weight = tuple(log.messages[first:]), sum(log.weights[first:])
    if not ends:
        return Tail(whole, tuple(range(first, end)), weight)
    numbers = (*ends.numbers, *range(first, end))
    return Tail((*ends.messages, *whole), numbers, ends.tokens + weight, ends.cut)


def turns(messages: Sequence[Message]) -> list[tuple[int, int]]:
    """First number of each turn, and that after its last: a message of the user and what followed
    it. What was said before the first of the user is in none; without any all is one turn.
    """
    firsts = [at for at, one in enumerate(messages) if one.role == "user"]
    if messages and not firsts:
        firsts = [0]
    return list(itertools.pairwise([*firsts, len(messages)]))


@dataclass(frozen=True, slots=True)
class _Unit:
    """Messages that are told together or not at all: one, or one with tool calls and its results.

    `least`: what each weighs when all is left out that can be.
    """

    first: int
    weights: tuple[int, ...]
    least: tuple[int, ...]

    def cost(self, level: int) -> int:
        """What they weigh when those that are heavier are cut to that weight."""
        both = zip(self.weights, self.least, strict=True)
        return sum([min(weight, max(level, least)) for weight, least in both])


def _needs(log: Log, begin: int, end: int) -> tuple[int, int]:
    """Tokens and number of messages beside system texts."""
    weights = [log.weights[at] for at in range(begin, end) if log.messages[at].role != "system"]
    return sum(weights), len(weights)


def _ends(log: Log, begin: int, end: int, room: Room, *, is_newest: bool) -> Tail | None:
    """The message of the user and the newest of what followed it; None where that says nothing."""
    places = list(_places(log.messages, begin, end))
    units = _chosen(log, places, room, is_newest)
    note = ""
    if units and units[0].weights and len(units) < len(places):
        note = wording.skipped(log.messages[places[1][0]].id)
        less = Room(room.tokens - weigh_text(note, log.count), room.messages)
        if again := _chosen(log, places, less, is_newest):
            units, room = again, less
        else:
            note = ""
    if not units or not (is_newest or len(units) > 1 or len(places) == 1):
        return None
    return _shown(log, (begin, end), units, room.tokens, note)


def _places(messages: Sequence[Message], begin: int, end: int) -> Iterator[tuple[int, int]]:
    """First number of each unit, and that after its last; system texts are in none. The first is
    the message of the user; nothing, where the turn has none.
    """
    at = begin
    if messages[at].role != "user":
        yield at, at
    while at < end:
        after = at + 1
        if messages[at].tool_calls:
            while after < end and messages[after].role == "tool":
                after += 1
        if messages[at].role != "system":
            yield at, after
        at = after


def _chosen(
    log: Log, places: Sequence[tuple[int, int]], room: Room, is_newest: bool
) -> list[_Unit]:
    """The first unit and as many of the newest as there is room for; none without the first."""
    level = max(room.tokens // _PART, _FEWEST)
    lowest = 0 if is_newest else level
    chosen = [_unit(log, places[0])]
    tokens, messages = chosen[0].cost(level), len(chosen[0].weights)
    if chosen[0].cost(lowest) > room.tokens or messages > room.messages:
        return []
    for place in reversed(places[1:]):
        unit = _unit(log, place)
        tokens, messages = tokens + unit.cost(level), messages + len(unit.weights)
        if messages > room.messages:
            break
        if tokens > room.tokens:
            if len(chosen) == 1 and chosen[0].cost(lowest) + unit.cost(lowest) <= room.tokens:
                chosen.append(unit)
            break
        chosen.append(unit)
    return chosen


def _unit(log: Log, place: tuple[int, int]) -> _Unit:
    numbers = range(*place)
    least = (weigh(cutting.shortest(log.messages[at], log.count), log.count) for at in numbers)
    return _Unit(place[0], tuple(log.weights[at] for at in numbers), tuple(least))


def _shown(log: Log, turn: tuple[int, int], units: Sequence[_Unit], tokens: int, note: str) -> Tail:
    """The units and all system texts of the turn in their order, each message cut to one level."""
    level = _level(units, tokens)
    most = {
        unit.first + number: max(level, least)
        for unit in units
        for number, least in enumerate(unit.least)
    }
    shown = {
        at: cutting.cut(log.messages[at], most.get(at, log.weights[at]), log.count)
        for at in range(*turn)
        if at in most or log.messages[at].role == "system"
    }
    cut = tuple(one.id for at, one in shown.items() if told(one) != told(log.messages[at]))
    if note:
        shown[turn[0]] = _with_note(shown[turn[0]], note, log.count)
    weight = sum(weigh(one, log.count) for one in shown.values())
    return Tail(tuple(shown.values()), tuple(shown), weight, cut)


def _level(units: Sequence[_Unit], tokens: int) -> int:
    """The highest weight to which messages can be cut so that all have room."""
    low, high = 0, max((weight for unit in units for weight in unit.weights), default=0)
    while low < high:
        level = (low + high + 1) // 2
        if sum(unit.cost(level) for unit in units) <= tokens:
            low = level
        else:
            high = level - 1
    return low


def _with_note(message: Message, note: str, count: Counter) -> Message:
    tokens, source = message.tokens, message.tokens_source
    if tokens is None:
        tokens, source = counted(message, count)
    text = f"{message.text}\n{note}".lstrip()
    return replace(message, text=text, tokens=tokens + count(note), tokens_source=source)
