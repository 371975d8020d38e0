"""The newest messages of a conversation, as many as there is room for.

They begin with a message of the user. Where there is no room for all of them, large ones are cut
before older ones are left out. Turns are told whole but for the oldest of them, of which the
beginning and the end may be told: a turn of a hundred tool calls is no reason to be told nothing.
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
_PART, _FEWEST = 4, 64


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
    found, end = turns(log.messages), len(log.messages)
    begin = found[0][0] if found else end
    tokens, messages = _needs(log, begin, end)
    if tokens <= room.tokens and messages <= room.messages:
        whole = tuple(log.messages[begin:])
        return Tail(whole, tuple(range(begin, end)), sum(log.weights[begin:]))
    return _shown(log, _chosen(log, found, room), room.tokens)


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

    `least`: what each weighs when all is left out that can be; or its weight, where that is little
    enough.
    """

    first: int
    weights: tuple[int, ...]
    least: tuple[int, ...]

    def cost(self, level: int) -> int:
        """What they weigh when those that are heavier are cut to that weight."""
        both = zip(self.weights, self.least, strict=True)
        return sum([min(weight, max(level, least)) for weight, least in both])


@dataclass(frozen=True, slots=True)
class _Choice:
    """What is told, from message `begin` on. `note`: that some messages are not, behind that one;
    empty: all are.
    """

    begin: int
    units: tuple[_Unit, ...] = ()
    note: str = ""


def _needs(log: Log, begin: int, end: int) -> tuple[int, int]:
    """Tokens and number of messages beside system texts."""
    weights = [log.weights[at] for at in range(begin, end) if log.messages[at].role != "system"]
    return sum(weights), len(weights)


def _chosen(log: Log, found: Sequence[tuple[int, int]], room: Room) -> _Choice:
    """The newest turns, large messages cut, and the ends of the one that has no room as a whole."""
    level = max(room.tokens // _PART, _FEWEST)
    choice = _Choice(len(log.messages))
    for begin, end in reversed(found):
        places = list(_places(log.messages, begin, end))
        turn = tuple(_unit(log, place, level) for place in places)
        less = _less(room, turn, level)
        if _is_full(less):
            level = max(level // 2, _FEWEST)  # of one turn more messages say more
            ends = _ends(log, places, room, level, level if choice.units else 0)
            return _Choice(begin, (*choice.units, *ends.units), ends.note) if ends else choice
        choice, room = _Choice(begin, (*choice.units, *turn)), less
    return choice


def _ends(
    log: Log, places: Sequence[tuple[int, int]], room: Room, level: int, lowest: int
) -> _Choice | None:
    """The message of the user and the newest of what followed it; None where that says nothing.

    `lowest`: weight to which messages may be cut when not even one has room otherwise.
    """
    units = _first_and_newest(log, places, room, level, lowest)
    if not units or (lowest and len(units) == 1 < len(places)):
        return None
    if len(units) == len(places) or not units[0].weights:
        return _Choice(places[0][0], units)
    note = wording.skipped(log.messages[places[1][0]].id)
    less = Room(room.tokens - weigh_text(note, log.count), room.messages)
    again = _first_and_newest(log, places, less, level, lowest)
    return _Choice(places[0][0], again, note) if again else _Choice(places[0][0], units)


def _first_and_newest(
    log: Log, places: Sequence[tuple[int, int]], room: Room, level: int, lowest: int
) -> tuple[_Unit, ...]:
    """As many units as there is room for; none without the first."""
    units = [_unit(log, places[0], lowest)]
    if _is_full(_less(room, units, lowest)):
        return ()
    left = _less(room, units, level)
    for place in reversed(places[1:]):
        unit = _unit(log, place, lowest)
        left = _less(left, [unit], level)
        is_first = len(units) == 1
        if _is_full(left) and not (is_first and not _is_full(_less(room, [*units, unit], lowest))):
            break
        units.append(unit)
    return tuple(units)


def _is_full(room: Room) -> bool:
    return min(room.tokens, room.messages) < 0


def _less(room: Room, units: Sequence[_Unit], level: int) -> Room:
    """What is left of it."""
    tokens = sum(unit.cost(level) for unit in units)
    return Room(room.tokens - tokens, room.messages - sum(len(unit.weights) for unit in units))


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


def _unit(log: Log, place: tuple[int, int], level: int) -> _Unit:
    weights = tuple(log.weights[place[0] : place[1]])
    least = (
        weight
        if weight <= level
        else weigh(cutting.shortest(log.messages[at], log.count), log.count)
        for at, weight in enumerate(weights, place[0])
    )
    return _Unit(place[0], weights, tuple(least))


def _shown(log: Log, choice: _Choice, tokens: int) -> Tail:
    """The units and all system texts among them in their order, messages cut to one level."""
    note = choice.note
    room = tokens - (weigh_text(note, log.count) if note else 0)
    level = _level(choice.units, room)
    most = {
        unit.first + number: max(level, least)
        for unit in choice.units
        for number, least in enumerate(unit.least)
    }
    shown = {
        at: cutting.cut(log.messages[at], most.get(at, log.weights[at]), log.count)
        for at in range(choice.begin, len(log.messages))
        if at in most or log.messages[at].role == "system"
    }
    cut = tuple(one.id for at, one in shown.items() if told(one) != told(log.messages[at]))
    if note:
        shown[choice.begin] = _with_note(shown[choice.begin], note, log.count)
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
