"""Times as people write them, in the days of a zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_sessions import times, typed_times
from ai_sessions.errors import UsageError

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)  # a Saturday
DAY = timedelta(days=1)
BERLIN = ZoneInfo("Europe/Berlin")
AUCKLAND = ZoneInfo("Pacific/Auckland")


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+00:00")


@pytest.mark.parametrize(
    ("text", "start", "over"),
    [
        ("2026-11-01", "2026-11-01T00:00", "2026-11-02T00:00"),
        ("20261101", "2026-11-01T00:00", "2026-11-02T00:00"),
        ("2026-W45-7", "2026-11-08T00:00", "2026-11-09T00:00"),
        ("2026-w45", "2026-11-02T00:00", "2026-11-09T00:00"),
        ("2026-11", "2026-11-01T00:00", "2026-12-01T00:00"),
        ("2026-12", "2026-12-01T00:00", "2027-01-01T00:00"),
        ("2026-11-01T08:30", "2026-11-01T08:30", "2026-11-01T08:30"),
        ("2026-11-01 08:30", "2026-11-01T08:30", "2026-11-01T08:30"),
        ("2026-11-01t08:30z", "2026-11-01T08:30", "2026-11-01T08:30"),
        ("today", "2026-11-21T00:00", "2026-11-22T00:00"),
        (" Today ", "2026-11-21T00:00", "2026-11-22T00:00"),
        ("yesterday", "2026-11-20T00:00", "2026-11-21T00:00"),
        ("monday", "2026-11-16T00:00", "2026-11-17T00:00"),
        ("saturday", "2026-11-21T00:00", "2026-11-22T00:00"),
        ("sunday", "2026-11-15T00:00", "2026-11-16T00:00"),
        ("7d", "2026-11-14T12:00", "2026-11-14T12:00"),
        ("1 day", "2026-11-20T12:00", "2026-11-20T12:00"),
        ("36h", "2026-11-20T00:00", "2026-11-20T00:00"),
        ("2w", "2026-11-07T12:00", "2026-11-07T12:00"),
        ("2 weeks", "2026-11-07T12:00", "2026-11-07T12:00"),
        ("2 weeks ago", "2026-11-07T12:00", "2026-11-07T12:00"),
    ],
)
def test_a_time_is_read_as_people_write_it(text, start, over):
    assert typed_times.moment(text, NOW, UTC) == at(start)
    assert typed_times.moment(text, NOW, UTC, end=True) == at(over)


@pytest.mark.parametrize(
    "text",
    [
        *("", "someday", "mon", "d", "-3d", "7 x", "weeks", "2026", "30", "999999d"),
        *("2026-13-01", "2026-13", "2026-w54", "202611", "2026-11-1", "9" * 400 + "d"),
        *("0001-01-01", "9999-12", "2026-11-01T25:00", "\uff12026-11-01"),
    ],
)
def test_what_is_no_time_is_refused_with_its_value_and_the_forms_there_are(text):
    with pytest.raises(UsageError, match="not a time") as caught:
        typed_times.moment(text, NOW, BERLIN, end=text.startswith("9999"))

    assert repr(text) in str(caught.value)
    assert all(form in caught.value.hint for form in ("2026-11-28", "monday", "7d", "2 weeks"))


@pytest.mark.parametrize(
    ("day", "start", "hours"),
    [
        ("2026-11-01", "2026-10-31T23:00", 24),
        ("2026-10-25", "2026-10-24T22:00", 25),
        ("20261025", "2026-10-24T22:00", 25),
        ("2026-03-29", "2026-03-28T23:00", 23),
    ],
)
def test_a_day_is_as_long_as_the_clocks_of_the_zone_make_it(day, start, hours):
    first, last = typed_times.span(day, day, NOW, BERLIN)

    assert first == at(start)
    assert last == first + timedelta(hours=hours)


def test_a_day_whose_midnight_is_skipped_begins_when_the_clocks_change():
    first, last = typed_times.span("2026-04-24", "2026-04-24", NOW, ZoneInfo("Africa/Cairo"))

    assert (first, last) == (at("2026-04-23T22:00"), at("2026-04-24T21:00"))


def test_days_ago_go_by_the_calendar_and_hours_by_the_clock():
    now = at("2026-10-25T11:00")  # noon in Berlin, on the day that has 25 hours

    assert typed_times.moment("1d", now, BERLIN) == at("2026-10-24T10:00")
    assert typed_times.moment("24h", now, BERLIN) == at("2026-10-24T11:00")


def test_today_is_that_of_the_zone():
    late = at("2026-11-28T14:57")  # 03:57 on the 29th in Auckland

    assert typed_times.moment("today", late, AUCKLAND) == at("2026-11-28T11:00")
    assert typed_times.moment("sunday", late, AUCKLAND) == at("2026-11-28T11:00")
    assert times.day(late, AUCKLAND) == "2026-11-29"
    assert times.day(late, UTC) == "2026-11-28"


def test_without_a_zone_days_are_those_of_this_machine(local_zone):
    local_zone("Pacific/Auckland")
    late = at("2026-11-28T14:57")

    assert typed_times.moment("today", late, None) == at("2026-11-28T11:00")
    assert typed_times.moment("2026-09-27", late, None, end=True) == at("2026-09-27T11:00")
    assert times.day(late, None) == "2026-11-29"


def test_an_offset_that_was_written_is_kept():
    assert typed_times.moment("2026-11-01T08:00+05:00", NOW, BERLIN) == at("2026-11-01T03:00")


def test_a_span_that_is_over_before_it_begins_is_refused():
    with pytest.raises(UsageError, match="2026-11-01 is over before 2026-11-02 begins"):
        typed_times.span("2026-11-02", "2026-11-01", NOW, UTC)


@pytest.mark.parametrize(
    ("name", "hint"),
    [("Europe/Belin", "did you mean Europe/Berlin?"), ("++", "write it like Europe/Berlin")],
)
def test_a_zone_that_is_none_is_refused_with_the_nearest(name, hint):
    with pytest.raises(UsageError, match="not a time zone") as caught:
        typed_times.zone_named(name)

    assert repr(name) in str(caught.value)
    assert caught.value.hint == hint


def test_a_machine_without_zones_is_told_what_to_install(monkeypatch):
    monkeypatch.setattr("zoneinfo.TZPATH", ())
    monkeypatch.setattr("zoneinfo.available_timezones", set)

    with pytest.raises(UsageError, match="no time zones on this machine") as caught:
        typed_times.zone_named("Europe/Belin")

    assert caught.value.hint == "install tzdata"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        *(("30", 30 * DAY), ("30d", 30 * DAY), ("12h", DAY / 2), ("2w", 14 * DAY), ("0", 0 * DAY)),
        *(("2 weeks", 14 * DAY), ("1 Day", DAY), ("36 hours", 1.5 * DAY)),
    ],
)
def test_ages_are_days_unless_they_say_otherwise(text, found):
    assert typed_times.age(text) == found


@pytest.mark.parametrize("text", ["", "d", "-1", "1.5d", "100000", "2 months", "today", "²d"])
def test_what_is_no_age_is_refused(text):
    with pytest.raises(UsageError, match="not an age") as caught:
        typed_times.age(text)

    assert repr(text) in str(caught.value)


ZONES = ("Europe/Berlin", "America/Havana", "Pacific/Auckland", "Asia/Kathmandu", "Pacific/Apia")


@given(st.datetimes(datetime(2005, 1, 1), datetime(2030, 1, 1)), st.sampled_from(ZONES))
def test_what_is_typed_begins_when_budgets_and_reports_do(at, zone):
    """Days of 23 and 25 hours, days that begin at one o'clock, and one that there was not."""
    now, place = at.replace(tzinfo=UTC), ZoneInfo(zone)

    assert typed_times.moment("today", now, place) == times.began(now, "day", place)
    assert typed_times.moment("monday", now, place) == times.began(now, "week", place)
    month = times.month(now, place)
    assert typed_times.moment(month, now, place) == times.began(now, "month", place)
    assert typed_times.moment(month, now, place, end=True) == times.spanned(now, "month", place)[1]
