"""What sentences are worth that have the words of a question, or mean it in other words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from ai_sessions.memory import fusing, scoring, sentences
from ai_sessions.memory.questions import Asked
from ai_sessions.memory.scoring import Scored
from ai_sessions.records import Message

#: Words of a question that a sentence has to have to be worth all that words are, the rarest ones,
#: and among how many sentences one of these is rare.
_RAREST, _FEW = 3, 50
#: Cosines between which a sentence may mean the question, and is sure to.
_MAYBE, _SURELY = 0.15, 0.45


def with_meaning(
    asked: Asked, messages: Sequence[Message], found: Sequence[Scored], alike: Mapping[str, float]
) -> list[Scored]:
    """Sentences by both, in no order. What is first by both is worth what words are at most.

    `found`: by words. `alike`: how alike to the question the text of a sentence is.
    """
    if not alike:
        return list(found)
    meant = _meant(messages, alike)
    said = {one.order: one.sentence for one in (*meant, *found)}
    most = _most(asked)
    by_words = {one.order: min(1.0, one.score / most) ** 2 for one in _best(found)}
    by_meaning = {one.order: one.score for one in _best(meant)}
    first = fusing.fused({0: 1.0}, {0: 1.0})[0][1]
    fused = fusing.fused(by_words, by_meaning)
    return [Scored(said[place], score / first * most) for place, score in fused]


def _meant(messages: Sequence[Message], alike: Mapping[str, float]) -> list[Scored]:
    return [
        Scored(scoring.sentence_of(at, place, text), _certainty(alike[text]))
        for at, one in enumerate(messages)
        for place, text in enumerate(sentences.parted(one.text))
        if text in alike
    ]


def _certainty(alike: float) -> float:
    return min(1.0, max(0.0, (alike - _MAYBE) / (_SURELY - _MAYBE)))


def _most(asked: Asked) -> float:
    """What words can be worth."""
    worths = sorted((max(one.variants.values(), default=0.0) for one in asked.wanted), reverse=True)
    return (sum(worths[:_RAREST]) or 1.0) * math.log(1 + _FEW)


def _best(found: Sequence[Scored]) -> list[Scored]:
    """The best first; of equals the newest."""
    return sorted(found, key=lambda one: (-one.score, -one.sentence.message))
