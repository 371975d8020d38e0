"""Which statements are told when there is no room for all: those that matter, say something that
others do not, and are short.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from math import log

from ai_sessions.memory.candidates import Candidate

#: Candidates that are compared with each other, so that the work is bounded.
_MOST_COMPARED = 250
#: How much rare words count beside what a statement is, and likeness to one that is told already.
_RARITY, _LIKENESS = 1.0, 2.5
#: Power of its length by which a statement is held dearer.
_LENGTH = 0.45
#: So many newer ones of its kind halve what an item of a passing kind is worth.
_HALVED_BY = {"next": 4, "error": 4, "said": 8, "artifact": 16, "fact": 40}


def ranked(candidates: Sequence[Candidate], cost: Callable[[Candidate], int]) -> list[Candidate]:
    """The best first, each beside what is before it. `cost`: tokens of one."""
    worth = _worth(candidates, _rarity(candidates))
    best = sorted(candidates, key=lambda one: (-worth[one], -one.order))[:_MOST_COMPARED]
    dear = {one: max(cost(one), 1) ** _LENGTH for one in best}
    likeness = dict.fromkeys(best, 0.0)
    found: list[Candidate] = []
    while likeness:
        chosen = max(
            likeness,
            key=lambda one: ((worth[one] - _LIKENESS * likeness[one]) / dear[one], one.order),
        )
        del likeness[chosen]
        found.append(chosen)
        for one in likeness:
            likeness[one] = max(likeness[one], _like(one, chosen))
    return found


def _worth(candidates: Sequence[Candidate], rarity: dict[str, float]) -> dict[Candidate, float]:
    newer: Counter[str] = Counter()
    worth = {}
    for one in reversed(candidates):
        kind = one.item.kind
        stems = one.statement.stems
        rare = sum(rarity[stem] for stem in stems) / (len(stems) or 1)
        passing = 0.5 ** (newer[kind] / _HALVED_BY[kind]) if kind in _HALVED_BY else 1.0
        worth[one] = (one.weight + _RARITY * rare) * passing
        newer[kind] += 1
    return worth


def _rarity(candidates: Sequence[Candidate]) -> dict[str, float]:
    """Of each stem, from 0 to 1: in how few of all statements it is."""
    told = Counter(stem for one in candidates for stem in one.statement.stems)
    most = log(len(candidates) + 1) or 1.0
    return {stem: 1 - log(count) / most for stem, count in told.items()}


def _like(one: Candidate, other: Candidate) -> float:
    """How much of two statements' words is the same, from 0 to 1."""
    shared = len(one.statement.stems & other.statement.stems)
    return shared / (len(one.statement.stems | other.statement.stems) or 1) if shared else 0.0
