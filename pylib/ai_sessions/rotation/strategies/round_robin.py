"""Each in turn: whoever has waited longest since its last call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ai_sessions.rotation import filters, ordering

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from ai_sessions.rotation.records import Candidate, Need, Ranked


class RoundRobin:
    """Those that were never asked come first, in the order of the list."""

    name = "round-robin"

    def rank(
        self,
        candidates: Sequence[Candidate],
        need: Need,
        now: datetime,
        *,
        tried: Sequence[str] = (),
        current: str = "",  # noqa: ARG002 (a conversation takes turns, too)
        draw: Callable[[float, float], float] | None = None,  # noqa: ARG002 (no chance in it)
    ) -> tuple[Ranked, ...]:
        places = _places(candidates)
        return ordering.ordered(
            (one, {"turn": -float(places[one.key])}, filters.reason(one, need, now, tried))
            for one in candidates
        )


def _places(candidates: Sequence[Candidate]) -> dict[str, int]:
    """Key -> its place in the row."""
    asked = [one for one in candidates if one.state.counted_at is not None]
    row = [
        *(one for one in candidates if one.state.counted_at is None),
        *sorted(asked, key=lambda one: one.state.counted_at or datetime.min),
    ]
    return {one.key: place for place, one in enumerate(row)}
