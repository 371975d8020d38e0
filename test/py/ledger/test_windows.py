"""Limits as windows of the ledger."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from ai_sessions.accounting.budgets import Call, Limit, Spent
from ai_sessions.ledger import pools, windows
from ai_sessions.ledger.contract import Need, Used, Window

from .conftest import call

HOUR_US = 3_600_000_000
CALL = Call(datetime(2026, 10, 25, 12, tzinfo=UTC), "plan-a", "u1", "plan", "a", "T1", "/shop")


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", datetime(2026, 10, 25, 12, tzinfo=UTC), 25),
        ("Europe/Berlin", datetime(2026, 3, 29, 12, tzinfo=UTC), 23),
        ("Pacific/Auckland", datetime(2026, 9, 27, 1, tzinfo=UTC), 23),
        ("America/Havana", datetime(2026, 11, 1, 12, tzinfo=UTC), 25),
        ("UTC", datetime(2026, 10, 25, 12, tzinfo=UTC), 24),
    ],
)
def test_a_day_has_as_many_hours_as_the_clocks_say(zone, day, hours):
    at = Call(day)
    [found] = windows.of_limit(Limit("day", 5), at, ZoneInfo(zone))

    assert (found.until - found.since) // HOUR_US == hours
    assert found.since % pools.BUCKET_US == 0


def test_a_session_has_a_window_for_itself_and_one_for_its_name():
    found = windows.of_limit(Limit("session", 5), CALL)

    assert found == [Window(pools.session("u1"), 5), Window(pools.session_name("plan-a"), 5)]
    assert windows.of_limit(Limit("call", 5), CALL) == []


def test_the_fullest_window_of_a_limit_counts():
    window = Window("x", 5)
    used = [Used(window, 1, 1), Used(window, 3, 2, 4, 6)]

    assert windows.spent(Limit("session", 5), used) == Spent(Limit("session", 5), 3, 4, 6, 2)
    assert windows.spent(Limit("call", 5), []) == Spent(Limit("call", 5))


def test_what_was_spent_of_a_day_is_free_again_when_it_ends():
    [window] = windows.of_limit(Limit("day", 5), CALL, ZoneInfo("Europe/Berlin"))

    assert windows.spent(Limit("day", 5), [Used(window, 1)]).until == "2026-10-25T23:00:00.000Z"


@pytest.mark.parametrize(("used", "counts"), [(2, 7), (9, 9), (None, 7)])
def test_what_was_spent_elsewhere_counts_where_it_is_more(used, counts):
    limit = Limit("feature", 20, known_nusd=7)
    found = [] if used is None else [Used(Window("feature:a", 20), used, 4)]

    assert windows.spent(limit, found).nusd == counts


def test_a_call_holds_the_same_in_all_its_pools():
    found = windows.needs(call("1"), 7)

    assert {need.amount for need in found} == {7}
    assert Need(pools.task("/shop", "a", "T1.1"), 7) in found
