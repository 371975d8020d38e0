"""What a call used and cost, from whatever a program knows of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ai_sessions.errors import UsageError
from ai_sessions.library.usage import usage_of
from ai_sessions.records import Cost, Status, Usage

if TYPE_CHECKING:
    from datetime import datetime

    from ai_sessions.records import PriceOf

_NUSD = 1_000_000_000


def of_call(given: Any, told: int, answered: int, status: Status) -> Usage:
    """`told` and `answered`: tokens as we count them, for a call of which nobody reports them."""
    if found := usage_of(given):
        return found
    if given is not None:
        raise UsageError(f"not the usage of a call: {given!r:.80}")
    return Usage(told, answered, estimated=True) if status == "ok" else Usage()


def cost_of(
    given: Cost | float | None, usage: Usage, model: str, at: datetime, price_of: PriceOf
) -> Cost:
    """`given`: dollars; None: by the prices."""
    if isinstance(given, Cost):
        return given
    if given is None:
        return price_of(usage, model, at)
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 <= given < _NUSD:
        raise UsageError(f"a cost is a number of dollars, not {given!r:.80}")
    return Cost(round(given * _NUSD), "client")
