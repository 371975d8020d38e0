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
#: Seconds before the first repetition, which are doubled for each further one, and the most that
#: become of them: of most failures, and of a limit, which mostly is one for a minute.
_FAILED_S = (1.0, 60.0)
_PAUSES_S = {"rate_limit": (30.0, float("inf"))}
_DOUBLED = 20
#: A server's clock and ours differ a little.
_MARGIN_S = 1.0


def pause_s(call: Interaction, repeated: int, now: datetime, most_s: float) -> float | None:
    """Seconds to wait before a failed call is made again; None: it is not made again.

    As the server says, where it says so and it is at most `most_s`; else longer each time.
    `repeated`: how often it was repeated before.
    """
    if call.status in _HOPELESS:
        return None
    until = times.read(call.detail.get("retry_at"))
    if until is None:
        first_s, longest_s = _PAUSES_S.get(call.status, _FAILED_S)
        return min(first_s * 2.0 ** min(repeated, _DOUBLED), longest_s, most_s)
    left_s = (until - now).total_seconds()
    return max(0.0, left_s) + _MARGIN_S if left_s <= most_s else None
