"""What was spent, as HTML: periods against their budgets, days, models, features."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ai_sessions import money
from ai_sessions.accounting import outlook, reports, stats
from ai_sessions.display.html import charts, tables, token_series
from ai_sessions.display.html import page as frame
from ai_sessions.display.html.escaping import optional, text
from ai_sessions.lazy_dataclasses import dataclass

if TYPE_CHECKING:
    from datetime import datetime

Sums = Mapping[str, Any]
Groups = Mapping[str, Sums]
STYLE = f"""{charts.STYLE}
.cards {{ display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: .75rem;
  margin-bottom: 1rem; }}
.cards section {{ background: var(--card); border: 1px solid var(--line); border-radius: 6px;
  padding: .75rem 1rem; }}
.cards h2 {{ margin: 0; color: var(--soft); font-size: .95rem; }}
.cards p {{ margin: .15rem 0; font-size: .9rem; overflow-wrap: anywhere; }}
.cards .sum {{ font-size: 1.6rem; font-weight: 600; font-variant-numeric: tabular-nums; }}
.budget .share {{ display: block; width: 100%; margin: .3rem 0; }}
.budget.warn rect {{ fill: var(--other); }} .budget.bad rect {{ fill: var(--bad); }}
.budget.warn {{ color: var(--other); }} .budget.half {{ font-weight: 600; }}
"""
_NAMES = {"today": "Today", "week": "This week", "month": "This month"}
_REST = "others"
#: Parts of a budget from which on something is said of it: how it is marked, and the words.
_MARKS = (
    (1.0, "bad", "used up"),
    (0.9, "bad", "almost used up"),
    (0.75, "warn", "more than three quarters used"),
    (0.5, "half", "more than half used"),
)


@dataclass(frozen=True, slots=True)
class Links:
    """Paths of what a day, a model, a feature stand for."""

    day: Callable[[str], str]
    model: Callable[[str], str]
    feature: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Statistics:
    """`periods`, `whole`: as `index.overview` tells them. `days`: groups by model of each day, in
    their order. `links`: None: nothing is behind what is shown.
    """

    periods: Groups
    whole: Sums
    days: Mapping[str, Groups]
    now: datetime
    links: Links | None = None
    notes: Sequence[str] = ()
    """What a reader should know about single sessions."""


def page(found: Statistics) -> str:
    """One self-contained page."""
    title = "What was spent"
    at = f"{found.now.astimezone():%Y-%m-%d %H:%M %Z}"
    return (
        f"{frame.begin(title, STYLE)}<main>\n<h1>{title}</h1>\n"
        f'<p class="soft">as of {text(at)}</p>\n{content(found)}</main>\n{frame.END}'
    )


def content(found: Statistics, limits: str = "") -> str:
    """Everything below the title. `limits`: HTML of what providers allow."""
    models, features = (found.whole[f"by_{kind}"] for kind in ("model", "feature"))
    of_model, of_feature = (found.links.model, found.links.feature) if found.links else (None, None)
    notes = "".join(f'<p class="mark">{text(one)}</p>\n' for one in found.notes)
    if not (found.whole["sessions"] or found.whole["interactions"]):
        return f"<p>No sessions yet.</p>\n{limits}{notes}"
    return (
        f"{_cards(found)}{limits}{_costs(found)}{_tokens(found)}"
        f"<h2>Models</h2>\n{groups('Model', models, of_model)}"
        f"<h2>Features</h2>\n{groups('Feature', features, of_feature)}{notes}"
    )


def groups(kind: str, found: Groups, path: Callable[[str], str] | None = None) -> str:
    """A table of sums, with a bar for the part that each has in the cost. `path`: of the page of a
    group; the one that has no name has none.
    """
    most = max((sums["cost_nusd"] for sums in found.values()), default=0)
    rows = (
        (
            tables.link(path(each), each) if path and each not in stats.NAMELESS else each,
            _cost(sums),
            tables.Html(charts.share(sums["cost_nusd"] / most)) if most else "",
            *_counts(sums),
        )
        for each, sums in found.items()
    )
    heads = (kind, "Cost", tables.Html('<span class="away">Part</span>'), *_COUNTED)
    return tables.table(heads, rows, f"{kind}s by cost")


_COUNTED = ("Calls", "Input", "From cache", "To cache", "Output")


def _counts(sums: Sums) -> tuple[str, ...]:
    return (
        f"{sums['interactions']:,}",
        f"{sums['input_tokens']:,}",
        f"{sums['cache_read_tokens']:,} ({stats.cache_share(sums):.0%})",
        f"{sums['cache_write_tokens']:,}",
        f"{sums['output_tokens']:,}",
    )


def _cost(sums: Sums) -> str:
    return money.shown(sums["cost_nusd"], sums["unknown_costs"])


def _cards(found: Statistics) -> str:
    cards = "".join(_card(_NAMES[name], sums) for name, sums in found.periods.items())
    warned = "".join(
        f'<p class="bad" role="status">{text(one)}</p>\n'
        for one in outlook.warnings(found.periods, found.now)
    )
    return f'<div class="cards">\n{cards}</div>\n{warned}'


def _card(name: str, sums: Sums) -> str:
    forecast = sums["forecast_nusd"]
    rate = "" if forecast is None else money.shown(forecast, sums["unknown_costs"])
    failed = sums.get("errors", 0)
    calls = f"{sums['interactions']:,} calls, {stats.tokens(sums):,} tokens"
    return (
        f'<section>\n<h2>{name}</h2>\n<p class="sum">{text(_cost(sums))}</p>\n'
        f'<p class="soft">{calls}{f", {failed:,} failed" if failed else ""}</p>\n'
        f"{optional('<p>{} at this rate</p>', rate)}{_budget(sums)}</section>\n"
    )


def _budget(sums: Sums) -> str:
    budget = sums["budget"]
    if budget is None:
        return '<p class="soft">no budget</p>\n'
    limit, forecast = budget["limit_nusd"], budget["forecast_nusd"]
    part = budget["cost_nusd"] / limit if limit else 1.0
    ahead = (forecast or 0) / limit if limit else 0.0
    reached = (one for one in _MARKS if part >= one[0])
    _from, mark, words = next(reached, (0.0, "", ""))
    told = f"budget: {outlook.state(budget)} ({part:.0%}{optional(', {}', words)})"
    if forecast is not None:
        told += f", {money.shown(forecast, budget['unknown_costs'])} at this rate"
    is_less = budget["cost_nusd"] < sums["cost_nusd"]
    apart = '<p class="soft">imported calls count for no budget</p>\n' if is_less else ""
    return f'<p class="budget {mark}">{charts.share(part, ahead=ahead)}{text(told)}</p>\n{apart}'


# --- charts


def _costs(found: Statistics) -> str:
    """Of each day, by the models that cost most; the rest together."""
    days = list(found.days)
    models = _dearest(found.days.values())
    chart = charts.Columns(
        title=f"Cost of each day by model, the last {len(days)} days",
        kind="Day",
        labels=days,
        series=[_series(model, found.days, models) for model in models],
        totals=[_cost(_together(one.values())) for one in found.days.values()],
        shown=money.shown,
        link=found.links.day if found.links else None,
    )
    return f"<h2>Cost</h2>\n{charts.figure(chart)}" if models else ""


def _dearest(days: Iterable[Groups]) -> list[str]:
    """Without those that cost nothing for certain, which no chart of costs could show."""
    sums: dict[str, int] = {}
    for one in days:
        for model, each in one.items():
            if each["cost_nusd"] or each["unknown_costs"]:
                sums[model] = sums.get(model, 0) + each["cost_nusd"]
    order = sorted(sums, key=lambda model: (-sums[model], model))
    if len(order) <= charts.COLOURS:
        return order
    return [*order[: charts.COLOURS - 1], _REST]


def _series(model: str, days: Mapping[str, Groups], models: Sequence[str]) -> charts.Series:
    def of(groups: Groups) -> Sums:
        if model != _REST or _REST in groups:
            return groups.get(model, _NOTHING)
        return _together(sums for name, sums in groups.items() if name not in models)

    found = [of(one) for one in days.values()]
    cells = [_cost(one) if one["interactions"] or one["cost_nusd"] else "" for one in found]
    return charts.Series(model, [one["cost_nusd"] for one in found], cells)


_NOTHING = reports.zeros()


def _together(found: Iterable[Sums]) -> dict[str, Any]:
    sums = reports.zeros()
    for one in found:
        reports.add(sums, dict(one))
    return sums


def _tokens(found: Statistics) -> str:
    """Of each day by kind."""
    sums = [_together(one.values()) for one in found.days.values()]
    series = token_series.series(sums)
    if not series:
        return ""
    chart = charts.Columns(
        title=f"Tokens of each day by kind, the last {len(sums)} days",
        kind="Day",
        labels=list(found.days),
        series=series,
        totals=token_series.totals(series),
        shown=lambda count: f"{count:,}",
        link=found.links.day if found.links else None,
    )
    return f"<h2>Tokens</h2>\n{charts.figure(chart)}"
