"""How reports are titled and drawn."""

import pytest

from ai_sessions.accounting import reports


def test_a_week_is_titled_with_its_days_and_other_groups_with_their_names():
    assert reports.title("week", "2026-W48") == "2026-W48 (Nov 23-29)"
    assert reports.title("week", reports.NONE) == reports.NONE
    assert reports.title("day", "2026-11-28") == "2026-11-28"


@pytest.mark.parametrize(
    ("value", "drawn"),
    [(0, ""), (-1, ""), (0.001, "▏"), (1, "▌"), (8, "████"), (5, "██▌"), (99, "████")],
)
def test_a_bar_is_drawn_in_eighths(value, drawn):
    assert reports.bar(value, 8, width=4) == drawn
