"""Which sentences of older messages are told for a question, of those that still hold.

Apart from `recall`, because most commands recall nothing and would import all that it takes.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from ai_sessions.memory import questions, scoring, semantic_scores, subjects
from ai_sessions.memory.cues import cues
from ai_sessions.memory.questions import Asked
from ai_sessions.memory.recall import Recalled, line
from ai_sessions.memory.scoring import Scored, Sentence
from ai_sessions.memory.subjects import Statement
from ai_sessions.records import Message
from ai_sessions.tokens import ESTIMATE, Counter

#: Sentences that are worth less than this part of the best one are left out.
_LEAST = 0.3
#: Of two sentences with such a part of their words in common the older one is left out.
_SAME = 0.8
#: Sentences that may be told, and of one message; how many without room end the choice.
_MOST, _MOST_OF_A_MESSAGE, _MOST_MISSES = 120, 4, 5
#: How often a value may have changed.
_CHANGES = 8


def choose(
    question: str | Asked,
    messages: Sequence[Message],
    most_tokens: int,
    *,
    newer: Sequence[Message] = (),
    commits: Mapping[str, str] | None = None,
    count: Counter = ESTIMATE,
    alike: Mapping[str, float] | None = None,
) -> tuple[Recalled, ...]:
    """The sentences that fit the question best, in the order in which they were said, of at most so
    many tokens as lines.

    `messages`: those that may have them, the oldest first. `newer`: what is told anyway; where it
    gives a new value to something, the old one is not recalled. `commits`: of the project, by ids
    of messages. `alike`: sentences that mean the same as the question, from 0 to 1.
    """
    asked = questions.asked(question) if isinstance(question, str) else question
    by_words = scoring.scored(asked, messages)
    found = _best(semantic_scores.with_meaning(asked, messages, by_words, alike or {}))
    chosen = _chosen(found, _best(scoring.scored(asked, newer)))
    return tuple(_fitting(chosen, messages, commits or {}, most_tokens, count))


def cost(one: Recalled, count: Counter = ESTIMATE) -> int:
    """Tokens of its line, with the break behind it."""
    return count(line(one)) + 1


def _best(found: Iterable[Scored]) -> list[Scored]:
    return sorted(found, key=lambda one: (-one.score, -one.sentence.message))[:_MOST]


def _chosen(found: Sequence[Scored], later: Sequence[Scored]) -> Iterator[Scored]:
    """Those that are worth telling, the best first. In place of a value that was replaced stands
    the newest one; what is said twice is told once, as it was said last.
    """
    said = _Said(found, later)
    least = _LEAST * max((one.score for one in found), default=0.0)
    told: list[Sentence] = []
    for one in itertools.takewhile(lambda one: one.score >= least, found):
        newest = said.newest(one.sentence)
        if newest and not any(_is_same(newest, other) for other in told):
            told.append(newest)
            yield Scored(newest, one.score)


class _Said:
    """Sentences by their words, to find which one replaced another."""

    def __init__(self, found: Sequence[Scored], later: Sequence[Scored]) -> None:
        ordered = sorted(found, key=lambda one: one.order)
        self._said = [_Claim(one.sentence) for one in ordered]
        self._said += [_Claim(one.sentence, is_told=True) for one in later]
        self._places = {id(one.sentence): at for at, one in enumerate(ordered)}

    def newest(self, sentence: Sentence) -> Sentence | None:
        """The sentence, or the one that replaced it; None: that is told anyway."""
        at = self._places[id(sentence)]
        for _ in range(_CHANGES):
            place = self._replaced(at)
            if place is None:
                return self._said[at].sentence
            if self._said[place].is_told:
                return None
            at = place
        return self._said[at].sentence

    def _replaced(self, at: int) -> int | None:
        old = self._said[at]
        for place in range(at + 1, len(self._said)):
            if self._said[place].replaces(old):
                return place
        return None


class _Claim:
    """A sentence as it compares with others; `is_told`: it need not be recalled."""

    def __init__(self, sentence: Sentence, *, is_told: bool = False) -> None:
        self.sentence, self.is_told = sentence, is_told
        self._stems = frozenset(sentence.stems.split())

    @cached_property
    def statement(self) -> Statement:
        return Statement(cues(self.sentence.text))

    def replaces(self, old: _Claim) -> bool:
        """Not as a question or a guess."""
        if self._stems.isdisjoint(old._stems) or self.statement.cues.strength < 0:
            return False
        return subjects.replaces(self.statement, old.statement)


def _is_same(one: Sentence, other: Sentence) -> bool:
    words, others = set(one.stems.split()), set(other.stems.split())
    return len(words & others) >= _SAME * len(words | others)


def _fitting(
    chosen: Iterable[Scored],
    messages: Sequence[Message],
    commits: Mapping[str, str],
    most_tokens: int,
    count: Counter,
) -> list[Recalled]:
    """One of each message with all its sentences that have room, the best sentences first."""
    told: dict[int, list[Scored]] = {}
    costs: dict[int, int] = {}
    misses = 0
    for one in chosen:
        at = one.sentence.message
        more = [*told.get(at, ()), one]
        if len(more) > _MOST_OF_A_MESSAGE:
            continue
        needed = cost(_recalled(more, messages[at], commits), count)
        if sum(costs.values()) - costs.get(at, 0) + needed <= most_tokens:
            told[at], costs[at] = more, needed
        elif (misses := misses + 1) >= _MOST_MISSES:
            break
    return [_recalled(told[at], messages[at], commits) for at in sorted(told)]


def _recalled(parts: Iterable[Scored], message: Message, commits: Mapping[str, str]) -> Recalled:
    ordered = sorted(parts, key=lambda one: one.sentence.place)
    text = ordered[0].sentence.text
    for before, one in itertools.pairwise(ordered):
        is_next = one.sentence.place == before.sentence.place + 1
        text += f"{' ' if is_next else ' … '}{one.sentence.text}"
    return Recalled(
        text=text,
        id=message.id,
        role=message.role,
        at=message.at,
        commit=commits.get(message.id, ""),
        score=max(one.score for one in ordered),
    )
