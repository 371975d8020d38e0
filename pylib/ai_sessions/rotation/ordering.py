"""How strategies order what they have scored: by score, and those last that may not answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ai_sessions.rotation.records import Ranked

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ai_sessions.rotation.records import Candidate

#: More than any other terms can make up for.
LAST_RESORT = -1000.0


def ordered(scored: Iterable[tuple[Candidate, Mapping[str, float], str]]) -> tuple[Ranked, ...]:
    """From (candidate, terms of its score, why it may not answer), in the order of the user's
    list, which decides between equal scores.
    """
    ranked = [_ranked(*one) for one in scored]
    return tuple(sorted(ranked, key=lambda one: (bool(one.excluded), -one.score)))


def _ranked(candidate: Candidate, terms: Mapping[str, float], excluded: str) -> Ranked:
    if candidate.model.is_last_resort:
        terms = {**terms, "last resort": LAST_RESORT}
    return Ranked(candidate.key, sum(terms.values()), terms, excluded)
