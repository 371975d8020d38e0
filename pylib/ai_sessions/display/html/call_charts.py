"""Charts of single calls of a session: what each of them cost, and its tokens by kind."""

from __future__ import annotations

from collections.abc import Sequence

from ai_sessions import money, token_kinds
from ai_sessions.display.html import charts, token_series, transcript
from ai_sessions.display.html.escaping import text
from ai_sessions.records import Interaction

_REST = "others"


def figures(calls: Sequence[Interaction]) -> str:
    """Folded, with the table of each; a column leads to its call. Empty: fewer than two calls."""
    if len(calls) < 2:
        return ""
    told = f"Cost and tokens of each call here ({len(calls)})"
    return (
        f'<details class="charts"><summary>{text(told)}</summary>\n'
        f"{_costs(calls)}{_tokens(calls)}</details>\n"
    )


def _costs(calls: Sequence[Interaction]) -> str:
    names = _models(calls)
    return charts.figure(
        _chart(
            "Cost of each call by model",
            calls,
            [_series(name, calls, names) for name in names],
            [money.shown(one.cost.nusd) for one in calls],
            money.shown,
        )
    )


def _tokens(calls: Sequence[Interaction]) -> str:
    sums = [{name: getattr(one.usage, name) for name in token_kinds.REPORTED} for one in calls]
    series = token_series.series(sums)
    totals = token_series.totals(series)
    chart = _chart("Tokens of each call by kind", calls, series, totals, lambda one: f"{one:,}")
    return charts.figure(chart) if series else ""


def _chart(
    title: str,
    calls: Sequence[Interaction],
    series: Sequence[charts.Series],
    totals: Sequence[str],
    shown: charts.Shown,
) -> charts.Columns:
    labels = [f"{number}. {one.at[11:19]}".rstrip(". ") for number, one in enumerate(calls, 1)]
    paths = {label: f"#{transcript.anchor(one)}" for label, one in zip(labels, calls, strict=True)}
    return charts.Columns(title, "Call", labels, series, totals, shown, paths.__getitem__)


def _model(call: Interaction) -> str:
    return call.model or call.provider or "?"


def _models(calls: Sequence[Interaction]) -> list[str]:
    """As many as there are colours, in the order in which they were first asked."""
    names = list(dict.fromkeys(map(_model, calls)))
    if len(names) <= charts.COLOURS:
        return names
    return [*names[: charts.COLOURS - 1], _REST]


def _series(name: str, calls: Sequence[Interaction], names: Sequence[str]) -> charts.Series:
    def is_its(call: Interaction) -> bool:
        return _model(call) == name or (name == _REST and _model(call) not in names)

    return charts.Series(
        name,
        [one.cost.nusd or 0 if is_its(one) else 0 for one in calls],
        [money.shown(one.cost.nusd) if is_its(one) else "" for one in calls],
    )
