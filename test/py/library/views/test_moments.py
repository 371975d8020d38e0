"""Times of records as programs have them."""

from datetime import datetime, timedelta, timezone

from ai_sessions.library.views.moments import moment, now, written


def test_a_time_that_cannot_be_read_is_the_start_of_1970():
    assert moment("yesterday").isoformat() == "1970-01-01T00:00:00+00:00"


def test_a_moment_comes_back_from_a_log_as_it_was():
    at = now()

    assert moment(written(at)) == at


def test_a_time_without_a_zone_is_one_of_utc_and_others_are_told_in_it():
    assert written(datetime(2026, 1, 2, 3)) == "2026-01-02T03:00:00.000Z"
    east = timezone(timedelta(hours=2))
    assert written(datetime(2026, 1, 2, 3, tzinfo=east)) == "2026-01-02T01:00:00.000Z"
