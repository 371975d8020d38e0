"""Whichever has used least of its day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ai_sessions.rotation import filters, ordering, usage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from ai_sessions.rotation.records import Candidate, Need, Ranked

#: Decides between models without a limit, and never against a percent of one.
_REQUEST = 1e-6


class LeastUsed:
    """By the part of the daily limit, then by the count of today's requests."""

    name = "least-used"

    def rank(
        self,
        candidates: Sequence[Candidate],
        need: Need,
        now: datetime,
        *,
        tried: Sequence[str] = (),
        current: str = "",  # noqa: ARG002 (a conversation is no use of a limit)
        draw: Callable[[float, float], float] | None = None,  # noqa: ARG002 (no chance in it)
    ) -> tuple[Ranked, ...]:
        return ordering.ordered(
            (one, _terms(one), filters.reason(one, need, now, tried)) for one in candidates
        )


def _terms(candidate: Candidate) -> dict[str, float]:
    today = candidate.state.requests_today
    return {"usage": -usage.of_day(candidate), "requests": -_REQUEST * today}
