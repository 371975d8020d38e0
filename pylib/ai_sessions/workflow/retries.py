"""Whether a failed call is made again, and after how long."""

from __future__ import annotations

from datetime import datetime

from ai_sessions import times
from ai_sessions.records import Interaction

#: Calls that fail in the same way however often they are made.
_HOPELESS = (
    *("auth", "billing", "model", "context_too_long", "denied"),
    *("limit", "budget"),
)
#: Seconds before the first repetition, doubled for each further one: of a call that came when a
#: limit was reached, which mostly is one for a minute; of others.
_LIMITED_S, _FAILED_S = 30.0, 1.0
_LONGEST_FAILED_S = 60.0
#: A server's clock and ours differ a little.
_MARGIN_S = 1.0


def pause_s(call: Interaction, repeated: int, now: datetime, most_s: float) -> float | None:
    """Seconds to wait before a failed call is made again; None: it is not made again.

    As the server says, where it says so and it is at most `most_s`; else longer each time.
    `repeated`: how often it was repeated before.
    """
    if call.status in _HOPELESS:
        return None
    if call.status != "rate_limit":
        return min(_FAILED_S * 2.0**repeated, _LONGEST_FAILED_S, most_s)
    until = limited_until(call)
    if until is None:
        return min(_LIMITED_S * 2.0**repeated, most_s)
    left_s = (until - now).total_seconds()
    if left_s > most_s:
        return None
    return max(0.0, left_s) + _MARGIN_S


def limited_until(call: Interaction) -> datetime | None:
    """When the limit ends that a call came upon; None: nobody said."""
    return times.read((call.detail.get("limit") or {}).get("until"))
