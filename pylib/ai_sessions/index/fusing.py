"""One order out of several: reciprocal rank fusion.

Scores of words and of meaning cannot be compared, ranks can: what is first in one order gets 1/61,
the second 1/62 and so on, and sums decide (Cormack, Clarke and Buettcher, SIGIR 2009).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable
    from typing import TypeVar

    One = TypeVar("One", bound=Hashable)

#: The larger, the less the very first places count for; 60 is that of the paper.
_STEADINESS = 60


def fused(*orders: Iterable[One]) -> list[tuple[One, float]]:
    """All that are in one of the orders, each with its score, the best first; of equals those that
    come first in the first order.
    """
    scores: dict[One, float] = {}
    for order in orders:
        for rank, one in enumerate(dict.fromkeys(order), 1):
            scores[one] = scores.get(one, 0.0) + 1 / (_STEADINESS + rank)
    return sorted(scores.items(), key=lambda pair: -pair[1])
