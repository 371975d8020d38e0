"""How much of a model's day is used up."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ai_sessions.rotation.records import Candidate, WindowState

#: From here on a model is near its limit.
NEAR = 0.90


def of_day(candidate: Candidate) -> float:
    """Requests of today as a part of the daily limit, 0 to 1; without a limit 0.

    Of several limits the one that is used up most: of the model alone, or of its account.
    """
    return max((_part(used, limit) for used, limit in _daily(candidate)), default=0.0)


def is_near_limit(candidate: Candidate) -> bool:
    return of_day(candidate) >= NEAR


def is_own(window: WindowState, candidate: Candidate) -> bool:
    """It counts calls of this model alone."""
    return window.pool.endswith(f"/{candidate.model.id}")


def _daily(candidate: Candidate) -> list[tuple[int, int]]:
    """(used, limit) of each daily limit of requests that is known."""
    today = candidate.state.requests_today
    found = [
        (max(today, one.used) if is_own(one, candidate) else one.used, one.limit)
        for one in candidate.windows
        if one.unit == "requests" and one.period == "day" and one.limit is not None
    ]
    return found or [
        (today, one.amount)
        for one in candidate.model.limits
        if one.unit == "requests" and one.period == "day" and one.amount is not None
    ]


def _part(used: int, limit: int) -> float:
    return min(1.0, max(0.0, used / limit)) if limit > 0 else 1.0
