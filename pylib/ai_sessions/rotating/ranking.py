"""What a candidate costs, which a strategy weighs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ai_sessions.records import Usage
from ai_sessions.rotation.records import TYPICAL_ANSWER

if TYPE_CHECKING:
    from datetime import datetime

    from ai_sessions.records import PriceOf
    from ai_sessions.rotation.records import Candidate, Need


def priced(candidate: Candidate, need: Need, now: datetime, price_of: PriceOf) -> Candidate:
    """With what a call of that need costs there; None where nobody knows."""
    if candidate.model.free:
        return replace(candidate, price_nusd=0)
    usage = Usage(need.prompt_tokens + need.history_tokens, TYPICAL_ANSWER)
    return replace(candidate, price_nusd=price_of(usage, candidate.model.id, now).nusd)
