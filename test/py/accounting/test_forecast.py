"""What a span will have cost at its end: from enough, exact, and never from too little."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_sessions import times
from ai_sessions.accounting.forecast import LEAST_CALLS, Spending

BEGAN = datetime(2026, 11, 1, tzinfo=UTC)
MONTH = timedelta(days=30)


def spent(nusd, over=MONTH / 2, calls=LEAST_CALLS, whole=MONTH):
    return Spending(nusd, calls, BEGAN, BEGAN + whole, BEGAN + over)


def test_half_the_time_is_half_the_money():
    assert spent(60).at_its_end() == 120
    assert spent(75 * 10**18).at_its_end() == 150 * 10**18


@pytest.mark.parametrize(
    ("over", "calls", "known"),
    [
        (MONTH / 4, 5, True),
        (MONTH / 4 - timedelta(microseconds=1), 5, False),
        (MONTH / 2, 4, False),
        (timedelta(), 100, False),
    ],
)
def test_there_is_no_forecast_from_too_little(over, calls, known):
    assert (spent(60, over, calls).at_its_end() is not None) == known


def test_a_limit_is_reached_when_so_much_is_spent():
    assert spent(60).reaches(90) == BEGAN + MONTH * 3 / 4
    assert spent(60).reaches(30) == BEGAN + MONTH / 4, "it was passed already"
    assert spent(60).reaches(120) is None
    assert spent(0).reaches(1) is None
    assert spent(60, calls=0).reaches(1) is None


def test_a_day_has_as_many_hours_as_the_clocks_make_it():
    zone = ZoneInfo("Europe/Berlin")
    since, until = times.spanned(datetime(2026, 10, 25, 12, tzinfo=UTC), "day", zone)
    noon = since + timedelta(hours=12.5)  # half of 25 hours

    assert Spending(100, 5, since, until, noon).at_its_end() == 200


@given(st.integers(0, 2**70), st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_forecast_is_never_less_than_what_is_spent(nusd, over_s, more_s):
    over, whole = timedelta(seconds=over_s), timedelta(seconds=over_s + more_s)
    forecast = spent(nusd, over, whole=whole).at_its_end() if over_s else None

    assert forecast is None or forecast >= nusd


@given(st.integers(1, 2**70), st.integers(1, 2**70), st.integers(1, 10**6))
def test_what_is_reached_lies_within_the_span(nusd, limit, over_s):
    end = spent(nusd, timedelta(seconds=over_s), whole=timedelta(seconds=10**6)).reaches(limit)

    assert end is None or BEGAN <= end <= BEGAN + timedelta(seconds=10**6)
