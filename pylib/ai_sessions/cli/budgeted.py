"""How the budgets of this day and month stand, in lines. Light on imports."""

from __future__ import annotations

from ai_sessions.assemble.budgets import KINDS, budgets

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from typing import Any

    from ai_sessions.config import Settings
    from ai_sessions.index import Index

    Told = Callable[[Mapping[str, Any], datetime], list[str]]


def lines(settings: Settings, index: Callable[[], Index]) -> list[str]:
    """A line for each: `today's budget: $3.20 of $10.00, $8.00 at this rate`."""
    from ai_sessions.accounting import outlook

    return _of_periods(settings, index, outlook.lines)


def warnings(settings: Settings, index: Callable[[], Index]) -> list[str]:
    """A line for each that will be used up before its time is over, at this rate."""
    from ai_sessions.accounting import outlook

    return _of_periods(settings, index, outlook.warnings)


def _of_periods(settings: Settings, index: Callable[[], Index], told: Told) -> list[str]:
    if not any(settings[f"BUDGET_{kind.upper()}"] for kind in KINDS):
        return []
    from datetime import UTC, datetime

    from ai_sessions.index.overview import periods

    now, spent = datetime.now(UTC), index()
    return told(periods(spent, now, None, budgets(settings, spent.folder)), now)
