"""Which statements are told when there is no room for all: those that matter, say something that
others do not, and are short.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from math import log

from ai_sessions.memory.candidates import Candidate

#: Candidates that are compared with each other, so that the work is bounded.
_MOST_COMPARED = 200
#: How much rare words count beside what a statement is, and likeness to one that is told already.
_RARITY, _LIKENESS = 1.0, 2.5
#: Power of its characters by which a statement is held dearer.
_LENGTH = 0.45
#: Characters that a line has beside its text.
_LINE = 2
#: So many newer ones of its kind halve what an item of a passing kind is worth.
_HALVED_BY = {"next": 4, "error": 4, "said": 8, "artifact": 16}


def by_worth(candidates: Sequence[Candidate]) -> list[tuple[Candidate, float]]:
    """The best by themselves first, each with what it is worth."""
    rarity = _rarity(candidates)
    newer: Counter[str] = Counter()
    worth = []
    for one in reversed(candidates):
        kind = one.item.kind
        stems = one.statement.stems
        rare = sum(rarity[stem] for stem in stems) / (len(stems) or 1)
        is_passing = kind in _HALVED_BY and not one.cues.is_labelled
        passing = 0.5 ** (newer[kind] / _HALVED_BY[kind]) if is_passing else 1.0
        worth.append((one, (one.weight + _RARITY * rare) * passing))
        newer[kind] += 1
    return sorted(worth, key=lambda pair: -pair[1])


def ranked(best: Sequence[tuple[Candidate, float]]) -> Iterator[Candidate]:
    """Those to tell, the best beside what came before it first."""
    left = dict(best[:_MOST_COMPARED])
    dear = {one: (len(one.told) + _LINE) ** _LENGTH for one in left}
    likeness = dict.fromkeys(left, 0.0)
    while left:
        chosen = max(left, key=lambda one: (left[one] - _LIKENESS * likeness[one]) / dear[one])
        del left[chosen]
        yield chosen
        stems = chosen.statement.stems
        for one in left:
            shared = len(stems & one.statement.stems)
            if shared:
                like = shared / (len(stems) + len(one.statement.stems) - shared)
                likeness[one] = max(likeness[one], like)


def _rarity(candidates: Sequence[Candidate]) -> dict[str, float]:
    """Of each stem, from 0 to 1: in how few of all statements it is."""
    told = Counter(stem for one in candidates for stem in one.statement.stems)
    most = log(len(candidates) + 1) or 1.0
    return {stem: 1 - log(count) / most for stem, count in told.items()}
