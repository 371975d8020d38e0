"""How many requests a token may make in a minute."""

from __future__ import annotations

import math
from collections.abc import Callable
from time import monotonic

from ai_sessions.api.problems import Refused
from ai_sessions.api.scopes import Token


class Rates:
    """What each token has left: a minute's requests at once, which come back evenly.

    Belongs to one event loop.
    """

    def __init__(self, most: int, clock: Callable[[], float] = monotonic) -> None:
        """`most`: requests per minute; 0: any number. `clock`: in seconds."""
        self._most, self._clock = most, clock
        self._left: dict[str, tuple[float, float]] = {}
        """Digest of a token -> requests it had left, and when."""

    def count(self, token: Token) -> None:
        """Count a request. Raises `Refused` when none is left."""
        if not self._most:
            return
        now = self._clock()
        left, then = self._left.get(token.digest, (float(self._most), now))
        left = min(self._most, left + (now - then) * self._most / 60)
        if left < 1:
            wait_s = math.ceil((1 - left) * 60 / self._most)
            raise Refused(
                429,
                "rate",
                f"the token {token.name!r} has made {self._most} requests in a minute",
                "API_RATE_LIMIT sets how many a token may make",
                headers={"retry-after": str(wait_s)},
            )
        self._left[token.digest] = left - 1, now
