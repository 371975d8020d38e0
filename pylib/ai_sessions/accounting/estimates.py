"""What a task will cost, from what earlier tasks did: their median."""

from __future__ import annotations

from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.money import rounded, shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Estimate:
    """Nano-dollars, and the number of earlier tasks that they are the median of."""

    nusd: int
    tasks: int

    def told(self) -> str:
        """`$0.0068, the median of 3 tasks done in this repository`."""
        of = "the cost of the only task" if self.tasks == 1 else f"the median of {self.tasks} tasks"
        return f"{shown(self.nusd)}, {of} done in this repository"


def estimated(costs: Iterable[int]) -> Estimate | None:
    """From the costs of earlier tasks; None without any, because a guess is no estimate."""
    known = sorted(costs)
    if not known:
        return None
    middle = known[(len(known) - 1) // 2] + known[len(known) // 2]
    return Estimate(rounded(middle, 2), len(known))
