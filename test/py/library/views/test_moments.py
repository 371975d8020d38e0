"""Times of records as programs have them."""

from ai_sessions.library.views.moments import moment


def test_a_time_that_cannot_be_read_is_the_start_of_1970():
    assert moment("yesterday").isoformat() == "1970-01-01T00:00:00+00:00"
