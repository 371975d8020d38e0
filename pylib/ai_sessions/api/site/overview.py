"""`/`: today, this week and this month against the budgets; what each model cost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ai_sessions import money
from ai_sessions.accounting import outlook, stats
from ai_sessions.api.answers import Answer
from ai_sessions.api.routes import Asked
from ai_sessions.api.service import Service
from ai_sessions.api.site import frame, pages, tables
from ai_sessions.assemble import budgets
from ai_sessions.display.html.escaping import text
from ai_sessions.index.overview import Overview, overview

Sums = Mapping[str, Any]
#: Groups that are shown of each kind, the dearest first.
_SHOWN = 20
_NAMES = {"today": "Today", "week": "This week", "month": "This month"}


def show(service: Service, asked: Asked) -> Answer:
    """The page of statistics."""
    settings, now = service.settings(), service.now()
    index = service.index
    found = overview(index, now, None, budgets.budgets(settings, index.folder), _SHOWN)
    content = f'<main id="main">\n<h1>Overview</h1>\n{_content(found, now)}</main>\n'
    return frame.page(asked, "Overview", content, "/")


def _content(found: Overview, now: datetime) -> str:
    whole = found.whole
    if not (whole["sessions"] or whole["interactions"]):
        return "<p>No sessions yet.</p>\n"
    notes = "".join(f'<p class="mark">{text(one)}</p>\n' for one in found.notes)
    return (
        f"{_periods(found.periods, now)}<h2>By model</h2>\n{_groups('Model', whole['by_model'])}"
        f"<h2>By feature</h2>\n{_groups('Feature', whole['by_feature'])}{notes}"
    )


def _periods(periods: Mapping[str, Sums], now: datetime) -> str:
    heads = ("Period", "Cost", "At this rate", "Budget", "Calls", "Tokens in", "Out", "Cached")
    rows = ((_NAMES[name], *_period(sums)) for name, sums in periods.items())
    warned = "".join(f'<p class="bad">{text(one)}</p>\n' for one in outlook.warnings(periods, now))
    return tables.table(heads, rows, "Against the budgets") + warned


def _period(sums: Sums) -> tuple[str, ...]:
    forecast = sums["forecast_nusd"]
    calls, *tokens = _counts(sums)
    return (
        money.shown(sums["cost_nusd"], sums["unknown_costs"]),
        "" if forecast is None else money.shown(forecast, sums["unknown_costs"]),
        outlook.state(sums["budget"]),
        calls,
        *tokens,
    )


def _counts(sums: Sums) -> tuple[str, ...]:
    return (
        f"{sums['interactions']:,}",
        f"{sums['input_tokens']:,}",
        f"{sums['output_tokens']:,}",
        f"{stats.cache_share(sums):.0%}",
    )


def _groups(kind: str, groups: Mapping[str, Sums]) -> str:
    heads = (kind, "Cost", "Calls", "Tokens in", "Out", "Cached")
    rows = (
        (name, money.shown(sums["cost_nusd"], sums["unknown_costs"]), *_counts(sums))
        for name, sums in groups.items()
    )
    return tables.table(heads, rows, f"Cost by {kind.lower()}")


ROUTES = (pages.page("/", "overview_page", "Page: statistics.", show),)
