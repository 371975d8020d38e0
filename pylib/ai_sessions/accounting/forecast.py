"""What a day, week or month will have cost at its end, if it goes on at this rate.

At this rate: what was spent so far, spread evenly over the time that is over, and the same for the
rest. There is no forecast from too little: a quarter of the time has to be over, and five calls
must have a known price.
"""

from __future__ import annotations

from datetime import timedelta

from ai_sessions.money import rounded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime

#: Calls with a known price, and the part of the time (one in so many), that a forecast takes.
LEAST_CALLS, LEAST_PART = 5, 4


class Spending:
    """What was spent from `since` to `now` in a span that ends with `until`.

    `calls`: those of which the price is known.
    """

    __slots__ = ("calls", "now", "nusd", "since", "until")

    def __init__(
        self, nusd: int, calls: int, since: datetime, until: datetime, now: datetime
    ) -> None:
        self.nusd = nusd
        self.calls = calls
        self.since = since
        self.until = until
        self.now = now

    def at_its_end(self) -> int | None:
        """Nano-dollars of the whole span; None: nobody can tell yet."""
        over, whole = self.now - self.since, self.until - self.since
        if self.calls < LEAST_CALLS or over * LEAST_PART < whole:
            return None
        return rounded(self.nusd * _microseconds(whole), _microseconds(over))

    def reaches(self, limit_nusd: int) -> datetime | None:
        """When so much is spent; None: not before the end, or nobody can tell."""
        forecast = self.at_its_end()
        if forecast is None or forecast <= limit_nusd or not self.nusd:
            return None
        over = _microseconds(self.now - self.since)
        return self.since + timedelta(microseconds=rounded(over * limit_nusd, self.nusd))


def _microseconds(span: timedelta) -> int:
    """Whole ones: a forecast is the same on every machine."""
    return span // span.resolution
