"""Columns with the table that says the same."""

import re
from xml.etree import ElementTree

import pytest

from ai_sessions.display.html import charts


def chart(*values, labels=None, **more):
    """Of series with these values."""
    names = labels or [f"d{n}" for n in range(len(values[0]))]
    series = [charts.Series(f"s{n}", one, [f"{v}c" for v in one]) for n, one in enumerate(values)]
    totals = [f"{sum(one)} in all" for one in zip(*values, strict=True)]
    return charts.figure(charts.Columns("T", "Day", names, series, totals, str, **more))


def heights(html):
    return [
        float(one)
        for one in re.findall(r'class="c\d" x="\d+" y="[\d.]+" width="8" height="(.*?)"', html)
    ]


def test_columns_are_as_high_as_their_values():
    assert heights(chart([10, 5, 0, 1])) == [1000, 500, 100]


def test_parts_of_a_column_stand_on_each_other():
    html = chart([3, 0], [1, 2])

    assert heights(html) == [750, 250, 500]
    assert re.findall(r' y="([\d.]+)"', html) == ["250.0", "0.0", "500.0"]


def test_the_table_says_the_same_newest_first():
    rows = re.findall(r'<th scope="row">(\w+)</th><td>(.*?)</td><td>(.*?)</td>', chart([1, 2]))

    assert rows == [("d1", "2 in all", "2c"), ("d0", "1 in all", "1c")]


def test_the_drawing_is_well_formed_and_hidden_from_who_reads_the_table():
    hostile = ["<b>&\"'", "d1"]
    svg = re.search(r"<svg class=.columns.*?</svg>", chart([1, 2], labels=hostile), re.DOTALL)[0]
    root = ElementTree.fromstring(svg)  # noqa: S314

    assert root.get("aria-hidden") == "true"
    assert [one.text for one in root.iter("title")] == ["<b>&\"': 1 in all", "d1: 2 in all"]


def test_a_column_leads_somewhere_by_mouse_and_its_row_by_keyboard():
    html = chart([1], labels=["2026-11-30"], link=lambda day: f"/days/{day}?a&b")

    assert '<a href="/days/2026-11-30?a&amp;b" tabindex="-1"><g>' in html
    assert '<th scope="row"><a href="/days/2026-11-30?a&amp;b">2026-11-30</a></th>' in html


@pytest.mark.parametrize("values", [[], [0, 0]])
def test_where_there_is_nothing_to_draw_the_table_stands_alone(values):
    html = chart(values)

    assert "<svg" not in html
    assert "<table>" in html


@pytest.mark.parametrize(("part", "width"), [(0.5, "50"), (2, "100"), (-1, "0"), (0.0004, "0")])
def test_a_bar_is_filled_to_its_part(part, width):
    assert f'width="{width}"' in charts.share(part)


def test_names_of_series_are_text():
    series = [charts.Series("<i>", [1], ["1"])]
    html = charts.figure(charts.Columns("<T>", "Day", ["d"], series, ["1"], str))

    assert "<i>" not in html
    assert "<T>" not in html


@pytest.mark.parametrize(("ahead", "width"), [(0, ""), (0.8, "80"), (7, "100")])
def test_what_a_bar_will_come_to_is_paler_behind_it(ahead, width):
    shown = charts.share(0.25, ahead=ahead)

    assert ('class="c1 ahead"' in shown) == bool(width)
    assert not width or shown.index(f'width="{width}"') < shown.index('width="25"')
