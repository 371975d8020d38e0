"""How often somebody may do something: a minute's worth at once, which comes back evenly."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

#: Of so many who did it last something is kept; what the others have left is whole again by then.
_MOST_KEPT = 100_000


class Rates:
    """What each has left. Belongs to one thread or event loop."""

    def __init__(self, most: int, clock: Callable[[], float] = monotonic) -> None:
        """`most`: times in a minute; 0: any number. `clock`: in seconds."""
        self.most, self._clock = most, clock
        self._left: dict[str, tuple[float, float]] = {}
        """Who -> how often they still may, and when that was; the last one is the last."""

    def wait_s(self, who: str) -> float:
        """Count one time, and return 0; or how many seconds are to pass before one is left."""
        if not self.most:
            return 0.0
        now = self._clock()
        left, then = self._left.pop(who, (float(self.most), now))
        left = min(self.most, left + (now - then) * self.most / 60)
        self._left[who] = (left - 1 if left >= 1 else left), now
        if len(self._left) > _MOST_KEPT:
            del self._left[next(iter(self._left))]
        return 0.0 if left >= 1 else (1 - left) * 60 / self.most
