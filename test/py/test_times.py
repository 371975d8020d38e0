"""Times as records give them, in the days of a zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ai_sessions import times

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+00:00")


@pytest.mark.parametrize(
    ("period", "zone", "begins"),
    [
        ("day", "Europe/Berlin", "2026-10-24T22:00"),
        ("month", "Europe/Berlin", "2026-09-30T22:00"),
        ("day", "America/Havana", "2026-10-25T04:00"),
        ("week", "Europe/Berlin", "2026-10-18T22:00"),
        ("month", "UTC", "2026-10-01T00:00"),
    ],
)
def test_a_day_week_or_month_began_at_its_first_midnight(period, zone, begins):
    assert times.began(at("2026-10-25T11:00"), period, ZoneInfo(zone)) == at(begins)


@pytest.mark.parametrize(
    ("period", "hours"), [("day", 25), ("week", 7 * 24 + 1), ("month", 31 * 24 + 1)]
)
def test_a_day_week_or_month_is_as_long_as_the_clocks_make_it(period, hours):
    first, after = times.spanned(at("2026-10-25T11:00"), period, BERLIN)

    assert after - first == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("when", "week", "days"),
    [
        ("2026-11-28T12:00", "2026-W48", "Nov 23-29"),
        ("2026-11-30T12:00", "2026-W49", "Nov 30-Dec 6"),
        ("2027-01-03T12:00", "2026-W53", "Dec 28-Jan 3"),
        ("2027-01-03T23:30", "2027-W01", "Jan 4-10"),
    ],
)
def test_a_week_begins_on_monday_and_belongs_to_the_year_of_its_thursday(when, week, days):
    assert times.week(at(when), BERLIN) == week
    assert times.days_of_week(week) == days


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2026-11-01T10:00:00.123Z", "2026-11-01T10:00:00.123Z"),
        ("2026-11-01T10:00:00+02:00", "2026-11-01T08:00:00.000Z"),
        ("2026-11-01T10:00:00", "2026-11-01T10:00:00.000Z"),
        ("2026-W44-7T10:00:00.123Z", "2026-11-01T10:00:00.123Z"),
        ("2026-11-01T10:00:00,123Z", "2026-11-01T10:00:00.123Z"),
        ("2026-11-01 10:00:00.123Z", "2026-11-01T10:00:00.123Z"),
    ],
)
def test_a_record_without_an_offset_is_in_utc(text, found):
    assert times.utc(text) == found


def test_a_record_may_be_in_the_time_of_this_machine(local_zone):
    local_zone("Asia/Tokyo")

    assert times.utc("2026-11-01T09:00:00", None) == "2026-11-01T00:00:00.000Z"


@pytest.mark.parametrize("text", [None, 5, "", "soon", "2026-13-01", "0001-01-01T00:00:00+05:00"])
def test_a_record_that_cannot_be_read_has_no_time(text):
    assert times.read(text) is None
    with pytest.raises(ValueError, match="is not a time"):
        times.utc(text)


@pytest.mark.parametrize("milliseconds", [None, "1", float("inf"), 1e30])
def test_milliseconds_that_are_no_time_are_refused(milliseconds):
    with pytest.raises(ValueError, match=r"."):
        times.utc_of_ms(milliseconds)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0, "just now"), (59, "just now"), (60, "1 min ago"), (7200, "2 h ago"), (200_000, "2 d ago")],
)
def test_how_long_ago_it_was_is_told_in_one_number(seconds, told):
    then = (NOW - timedelta(seconds=seconds)).isoformat()

    assert times.ago(then, NOW.isoformat()) == told


def test_how_long_ago_no_time_was_is_not_told():
    assert times.ago("broken", NOW.isoformat()) == "broken"


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        *((-5, "0 s"), (0, "0 s"), (40, "40 s"), (60, "1 min"), (61, "2 min")),
        *((7800, "2 h 10 min"), (7200, "2 h"), (86400, "1 d"), (33 * 3600, "1 d 9 h")),
        (86400 + 59 * 60, "1 d"),
    ],
)
def test_how_long_it_takes_is_told_in_two_units_at_most(seconds, told):
    assert times.lasting(seconds) == told


@pytest.mark.parametrize(
    ("hours", "told"),
    [
        (2, "15:00 (in 2 h)"),
        (1 / 120, "13:00:30 (in 30 s)"),
        (12, "Sun Nov 22, 01:00 (in 12 h)"),
        (50, "Mon Nov 23, 15:00 (in 2 d 2 h)"),
        (24 * 50, "Sun Jan 10 2027, 13:00 (in 50 d)"),
    ],
)
def test_a_time_to_come_is_told_with_its_day_unless_that_is_today(hours, told):
    assert times.ahead(NOW + timedelta(hours=hours), NOW, BERLIN) == told
