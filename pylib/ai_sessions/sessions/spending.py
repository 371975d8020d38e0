"""What was spent, for a page that shows it: today, this month, and each of the last days."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ai_sessions.display.html.statistics import Links, Statistics
from ai_sessions.index import daily
from ai_sessions.index.overview import overview

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from ai_sessions.index import Index
    from ai_sessions.index.overview import Budgets

#: Days of a chart, and groups that are shown of each kind, the dearest first.
_DAYS, _SHOWN = 30, 20


def spending(
    index: Index,
    now: datetime,
    budgets: Budgets,
    zone: tzinfo | None = None,
    links: Links | None = None,
) -> Statistics:
    """`zone`: whose days; None is this machine's."""
    found = overview(index, now, zone, budgets, _SHOWN)
    days = daily.by_model(index, now, _DAYS, zone)
    return Statistics(
        periods=found.periods,
        whole=found.whole,
        days=days,
        now=now,
        links=links,
        notes=(*found.notes, *found.unreadable),
    )
