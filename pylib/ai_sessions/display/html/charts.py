"""Columns over time as an inline SVG, with the table that says the same.

The drawing has no text and no style of its own, so that it fits any width: labels stand beside it
as HTML, and colours are classes (`c1` to `c6`) of the page's style.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

from ai_sessions.display.html import tables
from ai_sessions.display.html.escaping import text
from ai_sessions.lazy_dataclasses import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

STYLE = """
:root { --c1: #1d5fb8; --c2: #c2570c; --c3: #1f7a45; --c4: #8b3fa8; --c5: #0e7c86; --c6: #6b7280; }
@media (prefers-color-scheme: dark) { :root {
  --c1: #7fb2f5; --c2: #f0a35e; --c3: #6fcf97; --c4: #cf9be8; --c5: #5cc8d4; --c6: #a3abb5; } }
.c1 { fill: var(--c1); } .c2 { fill: var(--c2); } .c3 { fill: var(--c3); }
.c4 { fill: var(--c4); } .c5 { fill: var(--c5); } .c6 { fill: var(--c6); }
.chart { margin: 0 0 1rem; }
.chart figcaption, .chart .top, .chart .axis { color: var(--soft); font-size: .875rem; margin: 0; }
.chart .top { margin-top: .5rem; font-variant-numeric: tabular-nums; }
.chart .axis { display: flex; justify-content: space-between; }
.columns { display: block; width: 100%; height: 11rem; }
.columns .line { stroke: var(--line); stroke-width: 1; vector-effect: non-scaling-stroke; }
.columns g > rect { stroke: var(--back); stroke-width: 1; vector-effect: non-scaling-stroke; }
.columns g > .field { fill: transparent; stroke: none; }
.columns g:hover > .field { fill: var(--ink); fill-opacity: .08; }
.legend { list-style: none; padding: 0; margin: .25rem 0 .5rem; display: flex; flex-wrap: wrap;
  gap: .15rem 1rem; font-size: .875rem; }
.legend li { overflow-wrap: anywhere; }
.legend svg { width: .75rem; height: .75rem; margin-right: .4rem; }
.share { width: 5rem; height: .55rem; background: var(--code); border-radius: 2px;
  vertical-align: middle; }
.ahead { opacity: .35; }
"""
#: A sum of values as people read it.
Shown = Callable[[int], str]
#: Series that have a colour of their own.
COLOURS = 6
#: Units of the drawing: across for a column, with the part of it that is filled, and in height.
_COLUMN, _FILLED, _HEIGHT = 10, 8, 1000


@dataclass(frozen=True, slots=True)
class Series:
    """One colour of the columns: a value for each label, and how it is shown in the table."""

    name: str
    values: Sequence[int]
    cells: Sequence[str]


@dataclass(frozen=True, slots=True)
class Columns:
    """A chart. `totals`: how the sum of each label is
    shown. `link`: path of what a label stands for; None: nothing is behind it.
    """

    title: str
    kind: str
    """What a label is, such as `Day`."""
    labels: Sequence[str]
    series: Sequence[Series]
    totals: Sequence[str]
    shown: Shown
    link: Callable[[str], str] | None = None


def figure(chart: Columns) -> str:
    """The chart as HTML. Without anything above 0 there is the table alone."""
    sums = [sum(values) for values in zip(*(one.values for one in chart.series), strict=True)]
    most = max(sums, default=0)
    drawn = _drawn(chart, sums, most) if most > 0 else ""
    return (
        f'<figure class="chart">\n<figcaption>{text(chart.title)}</figcaption>\n{drawn}'
        f'<details><summary>As a table<span class="away">: {text(chart.title)}</span></summary>\n'
        f"{_table(chart)}</details>\n"
        "</figure>\n"
    )


def share(part: float, colour: int = 1, ahead: float = 0) -> str:
    """A bar across that is filled to this part, 0 to 1; what it says stands beside it as text.
    `ahead`: the part that it will come to, which is drawn paler behind.
    """
    filled, later = (round(min(max(one, 0), 1) * 100, 1) for one in (part, ahead))
    paler = f'<rect class="c{colour} ahead" width="{later:g}" height="1"/>' if later else ""
    return (
        '<svg class="share" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true"'
        f' focusable="false">{paler}<rect class="c{colour}" width="{filled:g}" height="1"/></svg>'
    )


def _drawn(chart: Columns, sums: Sequence[int], most: int) -> str:
    width = _COLUMN * len(chart.labels)
    columns = "".join(_column(chart, at, sums[at], most) for at in range(len(chart.labels)))
    middle = chart.labels[len(chart.labels) // 2] if len(chart.labels) > 2 else ""
    days = "".join(
        f"<span>{text(one)}</span>" for one in (chart.labels[0], middle, chart.labels[-1]) if one
    )
    return (
        f'<p class="top">{text(chart.shown(most))}</p>\n'
        f'<svg class="columns" viewBox="0 0 {width} {_HEIGHT}" preserveAspectRatio="none"'
        f' aria-hidden="true" focusable="false">\n{_lines(width)}{columns}</svg>\n'
        f'<p class="axis" aria-hidden="true">{days}</p>\n{_legend(chart.series)}'
    )


def _lines(width: int) -> str:
    """At the top, in the middle and at the bottom."""
    path = "".join(f"M0 {at}H{width}" for at in (0, _HEIGHT // 2, _HEIGHT))
    return f'<path class="line" d="{path}"/>\n'


def _column(chart: Columns, at: int, whole: int, most: int) -> str:
    """Its parts from the bottom up, and a field above all of them that tells what it is."""
    tops = [value * _HEIGHT / most for value in accumulate(one.values[at] for one in chart.series)]
    left = at * _COLUMN + (_COLUMN - _FILLED) // 2
    parts, below = [], 0.0
    for number, top in enumerate(tops, start=1):
        if top > below:
            parts.append(
                f'<rect class="c{number}" x="{left}" y="{_HEIGHT - top:.1f}" width="{_FILLED}"'
                f' height="{top - below:.1f}"/>'
            )
        below = top
    if not whole:
        return ""
    label = chart.labels[at]
    shape = (
        f'<g>{"".join(parts)}<rect class="field" x="{at * _COLUMN}" width="{_COLUMN}"'
        f' height="{_HEIGHT}"><title>{text(f"{label}: {chart.totals[at]}")}</title></rect></g>'
    )
    if chart.link is None:
        return f"{shape}\n"
    return f'<a href="{text(chart.link(label))}" tabindex="-1">{shape}</a>\n'


def _legend(series: Iterable[Series]) -> str:
    items = "".join(
        f'<li><svg viewBox="0 0 1 1" aria-hidden="true" focusable="false"><rect class="c{number}"'
        f' width="1" height="1"/></svg>{text(one.name)}</li>'
        for number, one in enumerate(series, start=1)
    )
    return f'<ul class="legend">{items}</ul>\n'


def _table(chart: Columns) -> str:
    heads = (chart.kind, "In all", *(one.name for one in chart.series))
    rows = (
        (
            tables.link(chart.link(label), label) if chart.link else label,
            chart.totals[at],
            *(one.cells[at] for one in chart.series),
        )
        for at, label in enumerate(chart.labels)
    )
    return tables.table(heads, reversed(list(rows)), chart.title)
