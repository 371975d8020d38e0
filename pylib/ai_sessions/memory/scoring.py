"""How much single sentences have to do with a question: by rare words, other words for them, the
form of an answer, age, and what stands before them.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Mapping, Sequence

from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.memory import sentences, terms, weights
from ai_sessions.memory.cues import is_chatter
from ai_sessions.memory.questions import Asked
from ai_sessions.records import Message

#: What a sentence is worth for its age: between the oldest and the newest.
_OLDEST = 0.8
#: Part of what the sentence before it is worth goes to the next: an answer seldom has the words of
#: its question, nor a result those of the call, and what follows a topic is about it.
_AFTER_QUESTION, _AFTER_CALL, _AFTER_HEADING, _AFTER_TOPIC = 0.75, 0.7, 0.6, 0.25
#: A question tells nothing, nor does chatter. One that looks like an answer is worth more.
_QUESTION, _LIKELY = 0.25, 1.3
#: Words of a sentence that cost it nothing.
_SHORT = 40
#: Sentences from which a word that none of them has is taken for as rare as among so many.
_FEW = 50
#: Part of what the rarest words of a question are worth, so many of them, that a sentence has.
_LEAST, _RAREST = 0.12, 3
#: Characters of one message that are looked at round the words of a question, and letters of a
#: word that is looked for there.
_LOOKED_AT, _FEWEST_LETTERS = 8_000, 3
#: Characters of a line before and behind such a word.
_ROUND_A_WORD = 2000


@dataclass(frozen=True, slots=True)
class Sentence:
    """Sentence number `place` of message number `message`. `stems`: with a blank round each.
    `is_call`: the calls of tools of a message, which are no sentence to tell.
    """

    message: int
    place: int
    text: str
    stems: str
    length: int
    is_call: bool = False


@dataclass(frozen=True, slots=True)
class Scored:
    """A sentence and what it is worth."""

    sentence: Sentence
    score: float

    @property
    def order(self) -> tuple[int, int]:
        return self.sentence.message, self.sentence.place


#: For each thing that is asked for the stems that may stand for it, and how well they do.
Variants = Sequence[Mapping[str, float]]


def variants_of(asked: Asked) -> Variants:
    found: list[dict[str, float]] = []
    for one in asked.wanted:
        stems: dict[str, float] = {}
        for word, worth in one.variants.items():
            stem = terms.joined(word)
            stems[stem] = max(worth, stems.get(stem, 0.0))
        found.append(stems)
    return found


def scored(asked: Asked, messages: Sequence[Message]) -> list[Scored]:
    """The sentences that have to do with the question, in order."""
    variants = variants_of(asked)
    found = list(_sentences(messages, variants))
    rated = _rated(variants, found)
    worths = _with_neighbours(found, rated.worths, messages)
    return [
        Scored(one, worth * _factor(one, asked, len(messages)))
        for one, worth in zip(found, worths, strict=True)
        if worth >= rated.least and not one.is_call
    ]


def best(asked: Asked, messages: Sequence[Message], most: int = 80) -> tuple[Message, ...]:
    """Those of many messages that have most in common with a question, in order, with what came of
    questions and calls of tools.
    """
    found = [sentence_of(at, 0, weights.told(one)) for at, one in enumerate(messages)]
    worths = worths_of(variants_of(asked), found)
    ranked = sorted(range(len(messages)), key=lambda at: (-worths[at], -at))
    chosen = {at for at in ranked[:most] if worths[at] > 0}
    for at, (before, one) in enumerate(itertools.pairwise(messages)):
        is_result = one.role == "tool" and bool(before.tool_calls or before.role == "tool")
        is_call = bool(one.tool_calls) and before.role == "user"
        if at in chosen and (is_result or is_call or sentences.is_question(before.text)):
            chosen.add(at + 1)
    return tuple(one for at, one in enumerate(messages) if at in chosen)


def sentence_of(message: int, place: int, text: str, *, is_call: bool = False) -> Sentence:
    stems = terms.stems(text)
    return Sentence(message, place, text, f" {' '.join(stems)} ", len(stems), is_call)


def worths_of(variants: Variants, found: Sequence[Sentence]) -> list[float]:
    """What each sentence has of what is asked for: the fewer others have it, the more."""
    return _rated(variants, found).worths


def _sentences(messages: Sequence[Message], variants: Variants) -> Iterator[Sentence]:
    for at, one in enumerate(messages):
        place = 0
        for place, text in enumerate(sentences.parted(_looked_at(one.text, variants))):
            yield sentence_of(at, place, text)
        if one.tool_calls:
            called = weights.told(one)[len(one.text) :]
            yield sentence_of(at, place + 1, called[:_LOOKED_AT], is_call=True)


def _looked_at(text: str, variants: Variants) -> str:
    """A text; of a very long one the lines with words of the question, and those behind them."""
    if len(text) <= _LOOKED_AT:
        return text
    words = {re.escape(stem) for one in variants for stem in one if len(stem) >= _FEWEST_LETTERS}
    if not words:
        return text[:_LOOKED_AT]
    word = re.compile(rf"\b(?:{'|'.join(sorted(words))})", re.IGNORECASE)
    found, left, end = list[str](), _LOOKED_AT, 0
    while left > 0 and (match := word.search(text, end)):
        start = max(end, text.rfind("\n", 0, match.start()) + 1, match.start() - _ROUND_A_WORD)
        behind = _end_of_line(text, _end_of_line(text, match.end()))
        end = min(behind, match.end() + _ROUND_A_WORD)
        found.append(text[start:end])
        left -= end - start
    return "\n".join(found)


def _end_of_line(text: str, start: int) -> int:
    """Where the line behind a break ends, or the one that the place is in."""
    end = text.find("\n", start + 1)
    return len(text) if end < 0 else end


@dataclass(frozen=True, slots=True)
class _Rated:
    """`least`: what a sentence must be worth to have to do with the question."""

    worths: list[float]
    least: float


def _rated(variants: Variants, found: Sequence[Sentence]) -> _Rated:
    places: dict[str, list[int]] = {}
    for at, one in enumerate(found):
        for stem in set(one.stems.split()):
            places.setdefault(stem, []).append(at)
    worths = [0.0] * len(found)
    rarest: list[float] = []
    for wanted in variants:
        having = _having(wanted, found, places)
        for at, worth in having.items():
            worths[at] += worth
        most = max(wanted.values(), default=0.0) * math.log(1 + max(len(found), _FEW))
        rarest.append(max(having.values(), default=most))
    least = _LEAST * sum(sorted(rarest, reverse=True)[:_RAREST])
    return _Rated(worths, max(least, 1e-9))


def _having(
    wanted: Mapping[str, float], found: Sequence[Sentence], places: Mapping[str, list[int]]
) -> dict[int, float]:
    """The sentences that have one of these words, or several side by side."""
    best: dict[int, float] = {}
    total = max(len(found), _FEW)
    for stems, fits in wanted.items():
        first, _, more = stems.partition(" ")
        having = places.get(first, [])
        if more:
            having = [at for at in having if f" {stems} " in found[at].stems]
        rarity = fits * math.log(1 + total / len(having)) if having else 0.0
        for at in having:
            best[at] = max(rarity, best.get(at, 0.0))
    return best


def _with_neighbours(
    found: Sequence[Sentence], worths: Sequence[float], messages: Sequence[Message]
) -> Iterator[float]:
    """With a part of what the sentence before is worth; of results, of what their call is."""
    before, carried = None, 0.0
    calls: dict[str, float] = {}
    for one, worth in zip(found, worths, strict=True):
        message = messages[one.message]
        part = _part(before, one, messages) if before and carried else 0.0
        more = max(part * carried, _AFTER_CALL * calls.get(message.tool_call_id, 0.0))
        yield worth + more
        before, carried = one, max(worth, more)
        if one.is_call:
            calls |= {call.id: carried for call in message.tool_calls}


def _part(before: Sentence, one: Sentence, messages: Sequence[Message]) -> float:
    """Which part of the worth of a sentence goes to the one behind it."""
    is_same = before.message == one.message
    if not is_same and not _is_next(messages[before.message].id, messages[one.message].id):
        return 0.0
    if one.is_call:
        return _AFTER_CALL
    if sentences.is_question(before.text):
        return _AFTER_QUESTION
    if before.text.endswith((":", "\uff1a")):
        return _AFTER_HEADING
    return _AFTER_TOPIC if is_same else 0.0


def _is_next(id_: str, other: str) -> bool:
    """Whether a message stands right behind another one, by their ids."""
    log, _, place = id_.rpartition(":")
    other_log, _, other_place = other.rpartition(":")
    seq, number = (int(one) if one.isdecimal() else -9 for one in f"{place}.".split(".")[:2])
    return log == other_log and other_place in (f"{seq}.{number + 1}", f"{seq + 1}.0")


def _factor(one: Sentence, asked: Asked, count: int) -> float:
    age = one.message / (count - 1) if count > 1 else 1.0
    factor = _OLDEST + (1 - _OLDEST) * age
    factor /= 1 + max(0, one.length - _SHORT) / _SHORT
    if sentences.is_question(one.text) or is_chatter(one.text):
        return factor * _QUESTION
    return factor * _LIKELY if any(form.search(one.text) for form in asked.forms) else factor
