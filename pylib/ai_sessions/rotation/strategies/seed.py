"""A formula of points: 100, less what is used up, more for success, speed and preference."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ai_sessions.rotation import filters, ordering, usage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from ai_sessions.rotation.records import Candidate, Need, Ranked

_MILLION = 1_000_000


class Seed:
    """The highest score answers; the first of the list where scores are equal."""

    name = "seed"

    def rank(
        self,
        candidates: Sequence[Candidate],
        need: Need,
        now: datetime,
        *,
        tried: Sequence[str] = (),
        current: str = "",  # noqa: ARG002 (it knows no conversations)
        draw: Callable[[float, float], float] | None = None,  # noqa: ARG002 (nor luck)
    ) -> tuple[Ranked, ...]:
        return ordering.ordered(
            (one, terms(one, need), filters.reason(one, need, now, tried)) for one in candidates
        )


def terms(candidate: Candidate, need: Need) -> dict[str, float]:
    """What the score is the sum of."""
    state, used = candidate.state, usage.of_day(candidate)
    found = {
        "base": 100.0,
        "usage": -40.0 * used,
        "success": 20.0 * state.success_rate,
        "latency": max(0.0, 10.0 - state.avg_latency_ms / 1000),
    }
    if used >= usage.NEAR:
        found["near limit"] = -50.0
    if need.large_context:
        found["context"] = 10.0 * min(1.0, (candidate.model.window or 0) / _MILLION)
    if candidate.favourite:
        found["favourite"] = 15.0
    return found
