"""Whether a conversation should go on with another model, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ai_sessions.rotation import filters, usage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from ai_sessions.rotation.records import Candidate, Need, Strategy

NEAR_LIMIT = f"Current model at {usage.NEAR:.0%} of daily limit"
WELL = "Current model may go on"
UNKNOWN = "Current model is not on the list"
_NOBODY = ", and no other may answer now"


def should_rotate(
    candidates: Sequence[Candidate],
    current: str,
    need: Need,
    now: datetime,
    strategy: Strategy,
) -> tuple[bool, str | None, str]:
    """Whether, the key of the model to go on with, and the reason for people.

    Near its limit a model goes on where every other that may answer is near its own, too.
    """
    held = next((one for one in candidates if one.key == current), None)
    others = [one for one in candidates if one.key != current]
    if held is None or (excluded := filters.reason(held, need, now)):
        told = f"Current model {excluded}" if held else UNKNOWN
        best = _best(others, need, now, strategy)
        return True, best, told if best else f"{told}{_NOBODY}"
    if not usage.is_near_limit(held):
        return False, None, WELL
    best = _best([one for one in others if not usage.is_near_limit(one)], need, now, strategy)
    return (True, best, NEAR_LIMIT) if best else (False, None, f"{NEAR_LIMIT}{_NOBODY}")


def _best(
    candidates: Sequence[Candidate], need: Need, now: datetime, strategy: Strategy
) -> str | None:
    ranked = strategy.rank(candidates, need, now)
    return next((one.model for one in ranked if not one.excluded), None)
