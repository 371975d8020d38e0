"""What a model is told of a conversation, within a limit of tokens: the one rule for it.

System texts and pins are told word for word, or it fails. What is left of the limit is for the
summary, what was recalled, and the newest messages, in this order. Equal sources give equal bytes,
and up to the state they are the same from one question to the next, for caches of prompts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Literal, TypeVar

from ai_sessions.errors import LimitReached
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.memory import cutting, tails, tool_calls, wording
from ai_sessions.memory.items import Item
from ai_sessions.memory.read_only_commands import is_read_only
from ai_sessions.memory.recall import PASSED, Recalled
from ai_sessions.memory.weights import told, weigh, weigh_all, weigh_text
from ai_sessions.records import Message, Summary
from ai_sessions.tokens import ESTIMATE, Counter

PartName = Literal["system", "pins", "state", "summary", "recall", "tail"]

#: Tokens of recalled sentences, and as many of commands: so much, and that part of the limit.
RECALL_TOKENS, _RECALL_PART = 400, 10
#: Neither they nor the summary take more than a part of what the fixed texts leave.
_SUMMARY_SHARE, _RECALL_SHARE = 2, 8
#: No line of them is shorter, in tokens.
_SHORTEST_LINE = 4
#: After so many that had no room the rest is not looked at.
_MISSES = 8
#: How there is less of what has to be told, by what it is most of.
_ASK_LESS = "ask for less at once, or use a model with a larger window: --model"
_LESS = {
    "system texts": "begin another with less: ai-session.sh create OTHER --system TEXT",
    "pins": "take a pin away: ai-session.sh forget NAME KEY",
    "state": "take a variable away: ai-session.sh state NAME KEY=null",
    "the question": _ASK_LESS,
    "the newest message": _ASK_LESS,
}
#: More than any conversation has.
_NO_BOUND = 1 << 62

_Line = TypeVar("_Line", Recalled, Item)


@dataclass(frozen=True, slots=True)
class Sources:
    """All that can be told. `said`: the newest messages that no summary covers, the oldest first.

    `system`: system texts that are not among them. `pins` and `state`: as `wording` words them.
    `commands`: those that ran and passed, the newest last. `question`: the new message of the user,
    which is no part of the log yet; it is counted and not returned.
    """

    system: tuple[Message, ...] = ()
    pins: Message | None = None
    state: Message | None = None
    summary: Summary | None = None
    recalled: tuple[Recalled, ...] = ()
    commands: tuple[Item, ...] = ()
    said: Sequence[Message] = ()
    question: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of what is told. `tokens`: its messages' weight."""

    name: PartName
    messages: tuple[Message, ...]
    tokens: int


@dataclass(frozen=True, slots=True)
class Built:
    """`parts`: in the order in which a model is told them, without empty ones. `tokens`: of all of
    them and the question. `left_out`: messages of `said` that had no room. `cut`: ids of those that
    are told without their middle.
    """

    parts: tuple[Part, ...]
    tokens: int
    left_out: int = 0
    cut: tuple[str, ...] = ()

    @property
    def messages(self) -> tuple[Message, ...]:
        """All of them, in order."""
        return tuple(one for part in self.parts for one in part.messages)

    @property
    def tail(self) -> tuple[Message, ...]:
        """The newest messages of `said`."""
        return next((part.messages for part in self.parts if part.name == "tail"), ())


@dataclass(frozen=True, slots=True)
class _Older:
    """What is told of older messages beside the summary."""

    sentences: Sequence[Recalled]
    commands: Sequence[Item]


def build(
    sources: Sources,
    limit: int | None,
    most_messages: int | None = None,
    count: Counter = ESTIMATE,
) -> Built:
    """The context of a conversation, at most `limit` tokens by `weigh`, with at most
    `most_messages` of what was said beside system texts. None: no bound.

    The tail begins with a message of the user, and the newest one is always in it, with as much of
    its turn as there is room for; a tool call is never parted from its results. System texts of
    messages that are not told any more stand with the other ones.

    Raises `LimitReached` when what must not be left out is more than the limit.
    """
    log = _log(sources, count)
    least = 0 if sources.question else _least(log)
    spare = _NO_BOUND if limit is None else _spare(sources, log, limit, least)
    summary = _summary(sources.summary, spare // _SUMMARY_SHARE, count)
    older = _older(sources, _most_of_older(limit, spare - summary.tokens), count)
    recall = _recall(older, count)
    left = spare + least - summary.tokens - recall.tokens
    tail = tails.newest(log, tails.Room(left, most_messages or _NO_BOUND))
    rest = _not_told(older, tail)
    before = [one for one in log.messages[: min(tail.numbers, default=None)] if _is_system(one)]
    parts = (
        _part("system", _last_of_equal([*sources.system, *before]), count),
        _part("pins", _given(sources.pins), count),
        _part("state", _given(sources.state), count),
        summary,
        recall if rest == older else _recall(rest, count),
        Part("tail", tail.messages, tail.tokens),
    )
    asked = _asked(sources, count)
    return Built(
        tuple(part for part in parts if part.messages),
        sum(part.tokens for part in parts) + asked,
        _left_out(sources, log, tail),
        tail.cut,
    )


def _log(sources: Sources, count: Counter) -> tails.Log:
    """What can be told of `said`. Of equal system texts the newest is."""
    elsewhere = {one.id for one in sources.system if one.id}
    newest = {one.text: at for at, one in enumerate(sources.said) if _is_system(one)}
    given = (
        one
        for at, one in enumerate(sources.said)
        if not _is_system(one) or (newest[one.text] == at and one.id not in elsewhere)
    )
    messages = list(tool_calls.paired(given))
    return tails.Log(messages, [weigh(one, count) for one in messages], count)


def _spare(sources: Sources, log: tails.Log, limit: int, least: int) -> int:
    """What the texts that are told word for word leave of the limit, and `least` of the newest
    message.
    """
    count = log.count
    pairs = zip(log.messages, log.weights, strict=True)
    needed = {
        "system texts": weigh_all(_last_of_equal(sources.system), count)
        + sum(weight for one, weight in pairs if _is_system(one)),
        "pins": weigh_all(_given(sources.pins), count),
        "state": weigh_all(_given(sources.state), count),
        "the question": _asked(sources, count),
        "the newest message": least,
    }
    spare = limit - sum(needed.values())
    if spare >= 0:
        return spare
    told = ", ".join(f"{name} {tokens:,}" for name, tokens in needed.items() if tokens)
    whole = sum(needed.values())
    raise LimitReached(
        f"what has to be told needs {whole:,} tokens, the limit is {limit:,} ({told})",
        f"{_LESS[max(needed, key=needed.__getitem__)]}, or raise the limit: "
        "ai-session.sh describe NAME --limit N",
        needed=str(whole),
        limit=str(limit),
    )


def _least(log: tails.Log) -> int:
    """The least weight of the newest message of the user; 0 when there is none."""
    asked = next((one for one in reversed(log.messages) if one.role == "user"), None)
    return weigh(cutting.shortest(asked, log.count), log.count) if asked else 0


def _summary(summary: Summary | None, most: int, count: Counter) -> Part:
    """Without its middle where it is too large; nothing where neither end has room."""
    whole = wording.summed(summary) if summary else None
    shown = whole and cutting.cut(whole, most, count)
    if not shown or weigh(shown, count) > most or wording.SUMMARY not in shown.text:
        return Part("summary", (), 0)
    return _part("summary", [shown], count)


def _most_of_older(limit: int | None, room: int) -> int:
    """Tokens of recalled sentences, and as many of commands, as who recalls counts them: without
    their heading and a margin.
    """
    if limit is None:
        return RECALL_TOKENS
    return min(RECALL_TOKENS, limit // _RECALL_PART, room // _RECALL_SHARE)


def _older(sources: Sources, most: int, count: Counter) -> _Older:
    """The best sentences and the newest commands, as many as there is room for, each whole. What
    proves something comes before what only looks.
    """
    found = sources.recalled
    passed = [one for one in sources.commands if not _is_recalled(one, found)]
    best = sorted(range(len(found)), key=lambda at: (-found[at].score, at))
    proving = sorted(range(len(passed)), key=lambda at: (is_read_only(passed[at].text), -at))
    return _Older(
        _fitting(best, found, wording.recalled, most, count),
        _fitting(proving, passed, lambda some: wording.recalled((), some), most, count),
    )


def _is_recalled(command: Item, found: Sequence[Recalled]) -> bool:
    return any(one.text == f"{PASSED}{command.text}" for one in found)


def _fitting(
    order: Iterable[int],
    lines: Sequence[_Line],
    worded: Callable[[Sequence[_Line]], Message | None],
    most: int,
    count: Counter,
) -> list[_Line]:
    """Lines that have room, taken in that order, in the order in which they are given."""
    left, chosen, missed = most, list[int](), 0
    heading = count(wording.OLDER)
    for at in order:
        if left < _SHORTEST_LINE or missed == _MISSES:
            break
        alone = sum(count(one.text) for one in _given(worded(lines[at : at + 1]))) - heading
        needed = alone + 1  # a break that stands behind a word, not behind the heading's colon
        if needed > left:
            missed += 1
        else:
            left -= needed
            chosen.append(at)
    return [lines[at] for at in sorted(chosen)]


def _recall(older: _Older, count: Counter) -> Part:
    return _part("recall", _given(wording.recalled(older.sentences, older.commands)), count)


def _not_told(older: _Older, tail: tails.Tail) -> _Older:
    """Without what the tail tells anyway."""
    texts = {one.id: told(one) for one in tail.messages if one.id}
    whole = texts.keys() - set(tail.cut)
    return _Older(
        [
            one
            for one in older.sentences
            if one.id not in whole and one.text not in texts.get(one.id, "")
        ],
        [one for one in older.commands if not one.sources or not whole.issuperset(one.sources)],
    )


def _last_of_equal(messages: Sequence[Message]) -> list[Message]:
    """Of equal texts the last, so that what was said later holds."""
    last = {one.text: at for at, one in enumerate(messages)}
    return [one for at, one in enumerate(messages) if last[one.text] == at]


def _left_out(sources: Sources, log: tails.Log, tail: tails.Tail) -> int:
    """Results that were made for calls without one are no messages of the conversation."""
    said = {id(one) for one in sources.said if not _is_system(one)}
    return len(said) - sum(id(log.messages[at]) in said for at in tail.numbers)


def _asked(sources: Sources, count: Counter) -> int:
    return weigh_text(sources.question, count) if sources.question else 0


def _given(message: Message | None) -> list[Message]:
    return [message] if message else []


def _part(name: PartName, messages: Sequence[Message], count: Counter) -> Part:
    return Part(name, tuple(messages), weigh_all(messages, count))


def _is_system(message: Message) -> bool:
    return message.role == "system"
