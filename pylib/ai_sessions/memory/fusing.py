"""One order out of several: reciprocal rank fusion.

Scores of words and of meaning cannot be compared, ranks can: what is first in one order gets 1/11,
the second 1/12 and so on, and sums decide (Cormack, Clarke and Buettcher, SIGIR 2009). Each is
multiplied by its weight: an entry that has but the "is" of a question may be first by words, and
says nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping
    from typing import TypeVar

    One = TypeVar("One", bound=Hashable)

#: The larger, the less the very first places count for. With 60, that of the paper, a common word
#: outweighs a place by meaning: 6 of 27 paraphrases came first, with 10 it was 12, as many as by
#: meaning alone (test/bench/semantic among paragraphs of our pages).
_STEADINESS = 10


def fused(*orders: Mapping[One, float]) -> list[tuple[One, float]]:
    """All that are in one of the orders, each with its score, the best first; of equals those that
    come first in the first order.

    `orders`: each the best first, with weights from 0 to 1.
    """
    scores: dict[One, float] = {}
    for order in orders:
        for rank, (one, weight) in enumerate(order.items(), 1):
            scores[one] = scores.get(one, 0.0) + weight / (_STEADINESS + rank)
    return sorted(scores.items(), key=lambda pair: -pair[1])
