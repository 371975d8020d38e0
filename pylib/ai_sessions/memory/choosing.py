"""Which sentences of older messages fit a question, of those that still hold.

Apart from `recall`, because most commands recall nothing and would import all that it takes.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.memory import questions, sentences, subjects, terms, weights
from ai_sessions.memory.cues import cues
from ai_sessions.memory.questions import Asked
from ai_sessions.memory.recall import Recalled, line
from ai_sessions.memory.subjects import Statement
from ai_sessions.records import Message
from ai_sessions.tokens import ESTIMATE, Counter

#: What a sentence is worth for its age: between the oldest and the newest.
_OLDEST = 0.8
#: Part of what the sentence before it is worth goes to the next: an answer seldom has the words of
#: its question, and what follows a topic is about it.
_AFTER_QUESTION, _AFTER_TOPIC, _AFTER_HEADING = 0.75, 0.25, 0.6
#: A question tells nothing. One that looks like an answer is worth more than one that does not.
_QUESTION, _LIKELY = 0.25, 1.3
#: Sentences that are worth less than this part of the best one are left out.
_LEAST = 0.3
#: Of two sentences with such a part of their words in common the older one is left out.
_SAME = 0.8
#: Words of a sentence that cost it nothing; sentences that are compared with each other.
_SHORT, _COMPARED = 40, 120
#: Characters of one message that are looked at round the words of a question, and letters of a
#: word that is looked for there.
_LOOKED_AT, _FEWEST_LETTERS = 20_000, 3
#: Characters of a line before and behind such a word.
_ROUND_A_WORD = 2000


def choose(
    question: str | Asked,
    messages: Sequence[Message],
    most_tokens: int,
    *,
    newer: Sequence[Message] = (),
    commits: Mapping[str, str] | None = None,
    count: Counter = ESTIMATE,
) -> tuple[Recalled, ...]:
    """The sentences that fit the question best, in the order in which they were said, of at most so
    many tokens as lines.

    `messages`: those that may have them, the oldest first. `newer`: what is told anyway; where it
    gives a new value to something, the old one is not recalled. `commits`: of the project, by ids
    of messages.
    """
    asked = questions.asked(question) if isinstance(question, str) else question
    chosen = _chosen(_current(_scored(asked, messages), _scored(asked, newer)))
    return tuple(_fitting(chosen, messages, commits or {}, most_tokens, count))


def cost(one: Recalled, count: Counter = ESTIMATE) -> int:
    """Tokens of its line, with the break behind it."""
    return count(line(one)) + 1


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
        if at in chosen and (is_result or sentences.is_question(before.text)):
            chosen.add(at + 1)
    return tuple(one for at, one in enumerate(messages) if at in chosen)


@dataclass(frozen=True, slots=True)
class Sentence:
    """Sentence number `place` of message number `message`. `stems`: with a blank round each."""

    message: int
    place: int
    text: str
    stems: str
    length: int


@dataclass(frozen=True, slots=True)
class _Scored:
    """A sentence and what it is worth."""

    sentence: Sentence
    score: float


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


def _scored(asked: Asked, messages: Sequence[Message]) -> list[_Scored]:
    """The sentences that have to do with the question, in order."""
    variants = variants_of(asked)
    found = [
        sentence_of(at, place, text)
        for at, one in enumerate(messages)
        for place, text in enumerate(sentences.parted(_looked_at(one.text, variants)))
    ]
    worths = list(_with_neighbours(found, worths_of(variants, found), messages))
    return [
        _Scored(one, worth * _factor(one, asked, len(messages)))
        for one, worth in zip(found, worths, strict=True)
        if worth > 0
    ]


def sentence_of(message: int, place: int, text: str) -> Sentence:
    stems = terms.stems(text)
    return Sentence(message, place, text, f" {' '.join(stems)} ", len(stems))


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


def worths_of(variants: Variants, found: Sequence[Sentence]) -> list[float]:
    """What each sentence has of what is asked for: the fewer others have it, the more."""
    places: dict[str, set[int]] = {}
    for at, one in enumerate(found):
        for stem in set(one.stems.split()):
            places.setdefault(stem, set()).add(at)
    worths = [0.0] * len(found)
    for wanted in variants:
        for at, worth in _of_one(wanted, found, places).items():
            worths[at] += worth
    return worths


def _of_one(
    wanted: Mapping[str, float], found: Sequence[Sentence], places: Mapping[str, set[int]]
) -> dict[int, float]:
    """The sentences that have one of these words, or several side by side."""
    best: dict[int, float] = {}
    for stems, fits in wanted.items():
        first, _, more = stems.partition(" ")
        having = places.get(first, set())
        if more:
            having = {at for at in having if f" {stems} " in found[at].stems}
        rarity = fits * math.log(1 + len(found) / len(having)) if having else 0.0
        for at in having:
            best[at] = max(rarity, best.get(at, 0.0))
    return best


def _with_neighbours(
    found: Sequence[Sentence], worths: Sequence[float], messages: Sequence[Message]
) -> Iterator[float]:
    """With a part of what the sentence before is worth."""
    before, carried = None, 0.0
    for one, worth in zip(found, worths, strict=True):
        part = _part(before, one, messages) if before and carried else 0.0
        yield worth + part * carried
        before, carried = one, max(worth, part * carried)


def _part(before: Sentence, one: Sentence, messages: Sequence[Message]) -> float:
    """Which part of the worth of a sentence goes to the one behind it."""
    is_same = before.message == one.message
    if not is_same and not _is_next(messages[before.message].id, messages[one.message].id):
        return 0.0
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
    if sentences.is_question(one.text):
        return factor * _QUESTION
    return factor * _LIKELY if any(form.search(one.text) for form in asked.forms) else factor


def _current(found: Sequence[_Scored], later: Sequence[_Scored]) -> list[_Scored]:
    """The best ones without those whose value is not right any more, in order. A newer value is
    worth what the older one was.
    """
    best = _best(found)
    statements = [Statement(cues(one.sentence.text)) for one in (*best, *_best(later))]
    scores = [one.score for one in best]
    for at in range(len(best)):
        newer = (
            place for place in range(at + 1, len(statements)) if _is_stale(statements, at, place)
        )
        place = next(newer, at)
        if at < place < len(best):
            scores[place] = max(scores[place], scores[at])
        if place > at:
            scores[at] = 0.0
    told = zip(best, scores, strict=True)
    return [replace(one, score=score) for one, score in told if score > 0]


def _best(found: Sequence[_Scored]) -> list[_Scored]:
    best = sorted(found, key=lambda one: -one.score)[:_COMPARED]
    return sorted(best, key=lambda one: (one.sentence.message, one.sentence.place))


def _is_stale(statements: Sequence[Statement], at: int, newer: int) -> bool:
    """Whether a later statement, which is no question or guess, gives a new value."""
    later = statements[newer]
    return later.cues.strength >= 0 and subjects.replaces(later, statements[at])


def _chosen(current: Sequence[_Scored]) -> list[_Scored]:
    """Those that are worth telling, the best first; what is said twice only as it was said last."""
    least = _LEAST * max((one.score for one in current), default=0.0)
    told: list[_Scored] = []
    for one in sorted(current, key=lambda one: (-one.score, -one.sentence.message)):
        if one.score < least:
            break
        if not any(_is_same(one.sentence, other.sentence) for other in told):
            told.append(one)
    return told


def _is_same(one: Sentence, other: Sentence) -> bool:
    words, others = set(one.stems.split()), set(other.stems.split())
    return len(words & others) >= _SAME * len(words | others)


def _fitting(
    chosen: Sequence[_Scored],
    messages: Sequence[Message],
    commits: Mapping[str, str],
    most_tokens: int,
    count: Counter,
) -> list[Recalled]:
    """One of each message with all its sentences that have room, the best sentences first."""
    told: dict[int, list[_Scored]] = {}
    tokens: dict[int, int] = {}
    for one in chosen:
        at = one.sentence.message
        more = [*told.get(at, ()), one]
        needed = cost(_recalled(more, messages[at], commits), count)
        if sum(tokens.values()) - tokens.get(at, 0) + needed <= most_tokens:
            told[at], tokens[at] = more, needed
    return [_recalled(told[at], messages[at], commits) for at in sorted(told)]


def _recalled(parts: Iterable[_Scored], message: Message, commits: Mapping[str, str]) -> Recalled:
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
