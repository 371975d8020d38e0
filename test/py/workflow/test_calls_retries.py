"""Whether and when a failed call is made again."""

from datetime import UTC, datetime, timedelta

import pytest

from ai_sessions.records import Interaction, stamp
from ai_sessions.workflow.calls import pause_s

NOW = datetime(2026, 11, 28, 12, 50, tzinfo=UTC)


def failed(status, wait_s=None):
    detail = {} if wait_s is None else {"retry_at": stamp(NOW + timedelta(seconds=wait_s))}
    return Interaction("1", stamp(NOW), "agent", "m", (), status=status, detail=detail)


@pytest.mark.parametrize(
    "status", ["auth", "billing", "model", "context_too_long", "denied", "limit", "budget"]
)
def test_what_fails_in_the_same_way_again_is_not_repeated(status):
    assert pause_s(failed(status), 0, NOW, 300) is None


@pytest.mark.parametrize("status", ["overloaded", "server", "network", "timeout", "empty", "other"])
def test_other_failures_are_repeated_at_growing_distances(status):
    waits = [pause_s(failed(status), repeated, NOW, 300) for repeated in range(8)]

    assert waits[:4] == [1, 2, 4, 8]
    assert max(waits) == 60
    assert pause_s(failed(status), 10**6, NOW, 300) == 60


def test_no_wait_is_longer_than_the_user_allows():
    assert pause_s(failed("overloaded"), 5, NOW, 10) == 10
    assert pause_s(failed("rate_limit"), 0, NOW, 10) == 10
    assert pause_s(failed("overloaded"), 0, NOW, 0) == 0


@pytest.mark.parametrize(("told_s", "most_s", "wait_s"), [(3, 300, 4), (300, 300, 301), (-5, 9, 1)])
def test_a_limit_is_waited_for_as_long_as_the_server_says(told_s, most_s, wait_s):
    assert pause_s(failed("rate_limit", told_s), 3, NOW, most_s) == wait_s


def test_a_limit_that_ends_later_than_the_user_waits_is_not_waited_for():
    assert pause_s(failed("rate_limit", 301), 0, NOW, 300) is None
    assert pause_s(failed("rate_limit", 301), 0, NOW, 6 * 3600) == 302


def test_a_limit_without_an_end_is_tried_again_in_half_a_minute_then_later():
    assert [pause_s(failed("rate_limit"), n, NOW, 300) for n in range(5)] == [30, 60, 120, 240, 300]


@pytest.mark.parametrize("status", ["overloaded", "server"])
def test_a_server_that_is_busy_may_say_for_how_long(status):
    assert pause_s(failed(status, 120), 0, NOW, 300) == 121
    assert pause_s(failed(status, 301), 0, NOW, 300) is None


def test_a_time_that_cannot_be_read_is_none():
    broken = Interaction("1", "", "a", "m", (), status="rate_limit", detail={"retry_at": "soon"})

    assert pause_s(broken, 0, NOW, 300) == 30
