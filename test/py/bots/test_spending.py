"""What each user may spend in a day."""

from datetime import UTC, datetime, timedelta

import pytest

from ai_sessions.bots.database import Database
from ai_sessions.bots.spending import Spending
from ai_sessions.records import Cost, Interaction


@pytest.fixture
def now():
    return [datetime(2026, 11, 28, 10, tzinfo=UTC)]


@pytest.fixture
def spending(tmp_path, now):
    return Spending(Database(tmp_path / "b.sqlite3"), lambda: now[0])


def call(id_, nusd):
    return Interaction(id_, "", "claude", "m", (), cost=Cost(nusd, "client"))


def test_what_was_spent_today_is_taken_off_and_tomorrow_it_begins_anew(spending, now):
    spending.add("7", call("a", 300))
    spending.add("7", call("b", 400))
    spending.add("8", call("c", 999))

    assert spending.left("7", 1000) == 300
    now[0] += timedelta(days=1)
    assert spending.left("7", 1000) == 1000


def test_a_call_is_counted_once(spending):
    spending.add("7", call("a", 300))
    spending.add("7", call("a", 300))

    assert spending.left("7", 1000) == 700


def test_there_is_never_less_than_nothing_left_and_unknown_is_nothing(spending):
    spending.add("7", call("a", None))
    assert spending.left("7", 1000) == 1000
    spending.add("7", call("b", 5000))
    assert spending.left("7", 1000) == 0


def test_a_refusal_names_the_budget_and_its_end(spending):
    assert spending.refusal(500_000_000).startswith("Your budget of $0.5000 for today is used up.")
