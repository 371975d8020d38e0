"""How budgets stand, in words: what is spent, what it comes to, and when that is too much."""

from datetime import UTC, datetime

import pytest

from ai_sessions.accounting import outlook

NOW = datetime(2026, 11, 28, 12, 50, tzinfo=UTC)


def budget(**more):
    spent = {"cost_nusd": 3_200_000_000, "unknown_costs": 0, "limit_nusd": 10_000_000_000}
    return {**spent, "forecast_nusd": None, "used_up_at": None, **more}


def periods(today=None, month=None):
    return {"today": {"budget": today}, "week": {"budget": None}, "month": {"budget": month}}


@pytest.fixture(autouse=True)
def berlin(local_zone):
    local_zone("Europe/Berlin")


def test_without_a_budget_there_is_nothing_to_say():
    assert outlook.state(None) == ""
    assert outlook.lines(periods(), NOW) == outlook.warnings(periods(), NOW) == []


def test_what_is_not_known_is_not_told():
    assert outlook.lines(periods(budget()), NOW) == ["today's budget: $3.20 of $10.00"]
    assert outlook.warnings(periods(budget()), NOW) == []


def test_a_budget_that_lasts_is_told_with_its_forecast():
    lasts = budget(forecast_nusd=8_000_000_000)

    told = "today's budget: $3.20 of $10.00, $8.00 at this rate"
    assert outlook.lines(periods(lasts), NOW) == [told]
    assert outlook.warnings(periods(lasts), NOW) == []


def test_one_that_does_not_last_is_told_with_its_end_in_local_time():
    short = budget(forecast_nusd=12_000_000_000, used_up_at="2026-11-30T08:00:00.000Z")
    end = "used up around Mon Nov 30, 09:00 (in 1 d 19 h)"

    told = f"this month's budget: $3.20 of $10.00, $12.00 at this rate: {end}"
    assert outlook.lines(periods(month=short), NOW) == [told]
    assert outlook.warnings(periods(month=short), NOW) == [
        f"at this rate this month's budget is {end}"
    ]


def test_an_end_that_is_past_is_no_news():
    over = budget(forecast_nusd=12_000_000_000, used_up_at="2026-11-28T08:00:00.000Z")

    assert outlook.warnings(periods(over), NOW) == []


def test_calls_without_a_price_are_told():
    some = budget(forecast_nusd=8_000_000_000, unknown_costs=2)

    told = "today's budget: $3.20+?"
    assert outlook.lines(periods(some), NOW) == [f"{told} of $10.00, $8.00+? at this rate"]
