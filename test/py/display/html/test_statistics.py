"""What was spent, as a page shows it."""

from datetime import UTC, datetime

import pytest

from ai_sessions.accounting import reports, stats
from ai_sessions.display.html import statistics

NONE = {"by_model": {}, "by_feature": {}}
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


def sums(cost=1_000_000_000, **more):
    return stats.finished({**reports.zeros(), "interactions": 1, "cost_nusd": cost, **more})


def budget(spent, limit=10_000_000_000):
    told = {"cost_nusd": spent, "unknown_costs": 0, "limit_nusd": limit}
    return {**told, "forecast_nusd": None, "used_up_at": None}


def page(days=None, limit=None, models=None, **more):
    period = {**sums(**more), "forecast_nusd": None, "budget": limit}
    periods = dict.fromkeys(("today", "week", "month"), period)
    whole = {"sessions": 1, **sums(), "by_model": models or {}, "by_feature": {}}
    found = statistics.Statistics(periods, whole, days or {}, NOW, notes=["<note>"])
    return statistics.content(found)


@pytest.mark.parametrize(
    ("spent", "mark"),
    [
        (1, "budget "),
        (5_000_000_000, "budget half"),
        (7_500_000_000, "budget warn"),
        (9_000_000_000, "budget bad"),
    ],
)
def test_a_budget_that_comes_to_its_end_is_marked(spent, mark):
    assert f'<p class="{mark}">' in page(limit=budget(spent))


@pytest.mark.parametrize(
    ("spent", "words"),
    [
        (4_990_000_000, "(50%)"),
        (5_000_000_000, "(50%, more than half used)"),
        (7_500_000_000, "(75%, more than three quarters used)"),
        (9_000_000_000, "(90%, almost used up)"),
        (10_000_000_000, "(100%, used up)"),
    ],
)
def test_what_is_marked_is_said_in_words_too(spent, words):
    assert words in page(limit=budget(spent))


def test_what_a_budget_comes_to_at_this_rate_is_paler():
    html = page(limit={**budget(2_500_000_000), "forecast_nusd": 8_000_000_000})

    assert "(25%), $8.00 at this rate" in html
    assert '<rect class="c1 ahead" width="80"' in html
    assert '<rect class="c1" width="25"' in html


def test_a_budget_that_has_less_than_was_spent_says_why():
    assert "imported calls" in page(limit=budget(999_999_999))
    assert "imported calls" not in page(limit=budget(1_000_000_000))


def test_a_model_that_cost_nothing_is_in_no_chart_of_costs():
    html = page({"2026-11-30": {"free": sums(0), "big": sums(5), "?": sums(0, unknown_costs=1)}})

    assert [f"</svg>{name}</li>" in html for name in ("free", "big", "?")] == [False, True, True]
    assert "<h2>Cost</h2>" not in page({"2026-11-30": {"free": sums(0)}})


def test_what_providers_allow_stands_below_the_periods():
    found = statistics.Statistics({}, {"sessions": 0, "interactions": 0, **NONE}, {}, NOW)

    assert "No sessions yet.</p>\n<b>limits</b>" in statistics.content(found, "<b>limits</b>")


def test_a_budget_of_nothing_is_used_up():
    assert "(100%, used up)" in page(limit=budget(0, limit=0))


def test_a_period_without_a_budget_says_so():
    assert page().count("no budget") == 3


def test_failed_calls_are_told():
    assert ", 2 failed" in page(errors=2)
    assert "failed" not in page()


def test_notes_are_told_as_text():
    assert "&lt;note&gt;" in page()


def test_a_day_is_drawn_by_model_the_dearest_first():
    html = page({"2026-11-29": {"a": sums(1)}, "2026-11-30": {"a": sums(1), "b": sums(5)}})

    assert html.index("</svg>b</li>") < html.index("</svg>a</li>")


def test_models_without_a_colour_of_their_own_are_drawn_together():
    html = page({"2026-11-30": {f"m{n}": sums(100 - n) for n in range(8)}})

    assert [f"</svg>m{n}</li>" in html for n in range(8)] == [True] * 5 + [False] * 3
    assert "</svg>others</li>" in html
    assert "<td>$0.0000</td>" in html


def test_a_model_that_is_called_others_keeps_its_sums():
    days = {"2026-11-30": {"others": sums(5_000_000_000), "a": sums(1_000_000_000)}}

    assert "<td>$6.00</td><td>$5.00</td><td>$1.00</td>" in page(days)


def test_tokens_of_a_day_do_not_overlap():
    used = sums(input_tokens=100, cache_read_tokens=60, cache_write_tokens=30, output_tokens=5)

    told = "<td>105</td><td>10</td><td>60</td><td>30</td><td>5</td>"
    assert told in page({"2026-11-30": {"a": used}})


def test_a_cost_that_nobody_knows_is_told_in_the_table():
    html = page({"2026-11-30": {"a": sums(0, unknown_costs=1), "b": sums()}})

    assert "<td>$1.00+?</td><td>$1.00</td><td>?</td>" in html


def test_groups_without_a_name_lead_nowhere():
    html = statistics.groups("Model", {"(unnamed)": sums(), "m": sums()}, lambda name: f"/{name}")

    assert '<a href="/m">m</a>' in html
    assert '<th scope="row">(unnamed)</th>' in html


def test_a_page_of_its_own_has_all_the_style_it_needs():
    empty = {"sessions": 0, "interactions": 0, "by_model": {}, "by_feature": {}}
    html = statistics.page(statistics.Statistics({}, empty, {}, NOW))

    assert ".cards {" in html
    assert ".columns {" in html
    assert html.endswith("</body>\n</html>\n")


def test_without_sessions_there_is_nothing_to_show():
    empty = {"sessions": 0, "interactions": 0, "by_model": {}, "by_feature": {}}

    html = statistics.content(statistics.Statistics({}, empty, {}, NOW))
    assert html == "<p>No sessions yet.</p>\n"
