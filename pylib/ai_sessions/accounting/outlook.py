"""How the budgets of this day and month stand, and what they come to at this rate, in words.

`periods`: as `index.overview` tells them.
"""

from __future__ import annotations

from ai_sessions import money, times

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from typing import Any

    Sums = Mapping[str, Any]

#: Name of a period -> its budget, in words.
WHOSE = {"today": "today's budget", "month": "this month's budget"}


def state(budget: Sums | None) -> str:
    """`$3.20 of $10.00`; empty without a budget."""
    if budget is None:
        return ""
    spent = money.shown(budget["cost_nusd"], budget["unknown_costs"])
    return f"{spent} of {money.shown(budget['limit_nusd'])}"


def lines(periods: Mapping[str, Sums], now: datetime) -> list[str]:
    """A line for each budget: `today's budget: $3.20 of $10.00, $8.00 at this rate`."""
    return [f"{WHOSE[name]}: {_told(budget, now)}" for name, budget in _budgets(periods)]


def warnings(periods: Mapping[str, Sums], now: datetime) -> list[str]:
    """A line for each budget that will be used up before its time is over, at this rate."""
    return [
        f"at this rate {WHOSE[name]} is used up {end}"
        for name, budget in _budgets(periods)
        if (end := _end(budget, now))
    ]


def _budgets(periods: Mapping[str, Sums]) -> list[tuple[str, Sums]]:
    return [(name, sums["budget"]) for name, sums in periods.items() if sums["budget"]]


def _told(budget: Sums, now: datetime) -> str:
    if budget["forecast_nusd"] is None:
        return state(budget)
    forecast = money.shown(budget["forecast_nusd"], budget["unknown_costs"])
    end = _end(budget, now)
    return f"{state(budget)}, {forecast} at this rate" + (f": used up {end}" if end else "")


def _end(budget: Sums, now: datetime) -> str:
    """`around 15:00 (in 2 h)`; empty when it is used up later, or already."""
    end = times.read(budget["used_up_at"] or "")
    return f"around {times.ahead(end, now)}" if end and end > now else ""
