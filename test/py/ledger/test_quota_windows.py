"""Windows of providers' limits: their clocks, and whose word counts."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ai_sessions.ledger import quota_windows
from ai_sessions.ledger.quota_windows import Learned, Limit, us

from .quota_places import NEED, NOW, limit, place

QUOTA = "quota:open#acc"
HOUR = timedelta(hours=1)


def known(written, **learned) -> Limit:
    key = (QUOTA, written.unit, written.period, written.rolling_s)
    return Limit(key, written, Learned(**learned))


def span(one: Limit, now=NOW) -> tuple[datetime, datetime]:
    begin, end = one.span(us(now))
    return quota_windows.times.at_microseconds(begin), quota_windows.times.at_microseconds(end)


@pytest.mark.parametrize(
    ("zone", "noon", "hours"),
    [
        ("America/Los_Angeles", "2026-03-08T20:00Z", 23),
        ("America/Los_Angeles", "2026-11-01T20:00Z", 25),
        ("Europe/Berlin", "2026-03-29T10:00Z", 23),
        ("Europe/Berlin", "2026-10-25T10:00Z", 25),
        ("Australia/Lord_Howe", "2026-10-04T02:00Z", 23.5),
        ("Australia/Lord_Howe", "2026-04-05T02:00Z", 24.5),
        ("UTC", "2026-03-29T10:00Z", 24),
    ],
)
def test_a_day_is_as_long_as_it_is_where_the_provider_is(zone, noon, hours):
    begin, end = span(known(limit(1, zone=zone)), datetime.fromisoformat(noon))

    assert (end - begin) / HOUR == hours
    for one in (begin, end):
        assert one.timestamp() % 900 == 0, "a whole number of buckets"


def test_a_minute_is_one_of_the_clock():
    begin, end = span(known(limit(1, period="minute")))

    assert (begin, end) == (NOW.replace(second=0), NOW.replace(second=0) + HOUR / 60)


def test_a_rolling_window_reaches_back_from_now_by_whole_buckets():
    begin, end = span(known(limit(1, period="rolling", rolling_s=18000)))

    assert begin == datetime(2026, 11, 29, 7, 30, tzinfo=UTC)
    assert end == NOW + 5 * HOUR, "what a wrong clock has counted later is not stuck in it"


def test_one_whose_reset_is_told_begins_its_length_before_that():
    one = known(limit(1, period="rolling", rolling_s=18000), resets_at=us(NOW + HOUR))

    assert span(one) == (NOW - 4 * HOUR, NOW + HOUR)


def test_a_told_reset_counts_more_than_the_calendar_until_it_is_over():
    one = known(limit(1), resets_at=us(NOW + HOUR))

    assert span(one) == (NOW - 23 * HOUR, NOW + HOUR)
    assert span(one, NOW + 2 * HOUR)[1] == datetime(2026, 11, 30, tzinfo=UTC)


def test_what_was_learned_wins_over_the_catalog_and_the_user_over_both():
    learned = {"limit": 50, "origin": "header"}
    written, own = known(limit(1000), **learned), known(limit(20, origin="user"), **learned)

    assert (written.amount, written.origin) == (50, "header")
    assert (own.amount, own.origin) == (20, "user")


def test_of_two_limits_of_one_window_the_users_holds_else_the_lower():
    [lower] = quota_windows.limits(place(limit(1000), limit(50)), {}, us(NOW))
    [own] = quota_windows.limits(place(limit(50), limit(1000, origin="user")), {}, us(NOW))

    assert (lower.amount, own.amount) == (50, 1000)


def test_a_limit_that_only_its_provider_names_is_one():
    key = (QUOTA, "tokens", "minute", 0)
    [found] = quota_windows.limits(place(), {key: Learned(6000, "header")}, us(NOW))

    assert (found.key, found.amount, found.origin) == (key, 6000, "header")


def test_a_shut_window_has_no_room_whatever_was_counted():
    one = known(limit(10), shut_until=us(NOW + HOUR))
    [window] = quota_windows.windows([one], us(NOW))
    state = quota_windows.state(one, 3, 1, None, us(NOW))

    assert window.limit == 0
    assert (state.used, state.left, state.resets_at) == (9, 0, NOW + HOUR)
    assert next(quota_windows.windows([one], us(NOW + 2 * HOUR))).limit == 10


def test_a_shut_window_of_which_nobody_knows_the_limit_has_nothing_left():
    one = known(limit(None), shut_until=us(NOW + HOUR))

    assert quota_windows.state(one, 0, 0, None, us(NOW)).left == 0


def test_a_subscription_stands_as_it_was_told_until_its_reset():
    written = limit(None, "percent", "rolling", rolling_s=18000)
    one = known(written, used=40, origin="event", resets_at=us(NOW + HOUR), at=us(NOW))
    now = quota_windows.state(one, 0, 0, None, us(NOW))
    later = quota_windows.state(one, 0, 0, None, us(NOW + 2 * HOUR))

    assert (now.limit, now.used, now.resets_at, now.origin) == (100, 40, NOW + HOUR, "event")
    assert (later.limit, later.used, later.resets_at) == (None, 0, None)


def test_a_rolling_window_ends_when_its_oldest_part_does():
    one = known(limit(9, period="rolling", rolling_s=18000))
    oldest = us(NOW.replace(minute=30, second=0))

    assert quota_windows.state(one, 1, 0, oldest, us(NOW)).resets_at == datetime(
        2026, 11, 29, 17, 45, tzinfo=UTC
    )
    assert quota_windows.state(one, 0, 0, None, us(NOW)).resets_at is None


def test_a_call_holds_what_limits_may_count_that_are_not_known_yet():
    found = quota_windows.needs(place(), NEED, (), us(NOW))

    assert {(one.pool, one.unit, one.amount) for one in found} == {
        (QUOTA, "requests", 1),
        (QUOTA, "tokens", 100),
        (f"{QUOTA}/m", "requests", 1),
        (f"{QUOTA}/m", "tokens", 100),
    }


def test_what_was_said_by_a_clock_that_was_wrong_shuts_nothing():
    key = (QUOTA, "requests", "day", 0)
    later = us(NOW + 3000 * 24 * HOUR)
    said = Learned(50, "header", None, later + 1, later + 1, later)
    [found] = quota_windows.limits(place(), {key: said}, us(NOW))

    assert not found.is_shut(us(NOW))
    assert span(found)[1] == datetime(2026, 11, 30, tzinfo=UTC)


def test_a_limit_on_free_calls_is_none_for_a_model_that_is_paid():
    free = place(limit(20, free_only=True))
    paid = replace(free, model=replace(free.model, free=False))

    assert [len(quota_windows.limits(one, {}, us(NOW))) for one in (free, paid)] == [1, 0]


def test_a_subscription_that_nothing_was_said_of_is_unknown():
    assert known(limit(None, "percent", "rolling", rolling_s=18000)).amount is None


def test_a_learned_limit_of_0_is_no_other_number():
    assert known(limit(9), limit=0, origin="body").amount == 0


def test_limits_of_other_quotas_are_none_of_a_place():
    others = {("quota:open#other", "tokens", "minute", 0): Learned(6000, "header")}
    written = place(limit(9, zone="America/Los_Angeles"))
    learned = {(QUOTA, "requests", "day", 0): Learned(5, "header"), **others}

    [found] = quota_windows.limits(written, learned, us(NOW))
    assert (found.amount, found.written.zone) == (5, "America/Los_Angeles")


def test_the_days_of_utc_are_not_this_machines(monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        begin, _end = quota_windows.day("UTC", us(datetime(2031, 5, 6, 20, tzinfo=UTC)))
    finally:
        monkeypatch.undo()
        time.tzset()
    assert begin == us(datetime(2031, 5, 6, tzinfo=UTC))
