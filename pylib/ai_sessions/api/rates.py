"""How many requests a token may make in a minute."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ai_sessions.api.problems import Refused

if TYPE_CHECKING:
    from ai_sessions.api.scopes import Token
    from ai_sessions.rates import Rates


def count(rates: Rates, token: Token) -> None:
    """Count a request. Raises `Refused` when none is left."""
    if wait_s := rates.wait_s(token.digest):
        raise Refused(
            429,
            "rate",
            f"the token {token.name!r} has made {rates.most} requests in a minute",
            "API_RATE_LIMIT sets how many a token may make",
            headers={"retry-after": str(math.ceil(wait_s))},
        )
