"""What each model was used for on each of several days."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from ai_sessions.index import Index
from ai_sessions.index.daily import by_model
from ai_sessions.records import About, Cost, Interaction, Usage
from ai_sessions.store.memory import MemoryStore

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def index():
    """Two calls of one model, an hour before and after midnight of UTC, and one of another."""
    store = MemoryStore()
    store.ensure("talk", About())
    at = (("a", "2026-11-29T23:00:00.000Z"), ("a", "2026-11-30T01:00:00.000Z"))
    calls = [
        Interaction(f"c{n}", when, "p", model, (), Usage(10, 1), Cost(n + 1, "client"))
        for n, (model, when) in enumerate((*at, ("b", "2026-11-28T12:00:00.000Z")))
    ]
    store.append("talk", calls)
    return Index(store.source())


def costs(days):
    return {
        day: {model: one["cost_nusd"] for model, one in groups.items()}
        for day, groups in days.items()
    }


def test_each_day_has_its_models_and_days_without_calls_are_there(index):
    assert costs(by_model(index, NOW, 4, UTC)) == {
        "2026-11-27": {},
        "2026-11-28": {"b": 3},
        "2026-11-29": {"a": 1},
        "2026-11-30": {"a": 2},
    }


def test_days_are_those_of_the_zone(index):
    assert costs(by_model(index, NOW, 1, BERLIN)) == {"2026-11-30": {"a": 3}}


@pytest.mark.parametrize("day", ["2026-03-30", "2026-10-26"])
def test_no_day_is_lost_where_clocks_are_changed(index, day):
    found = by_model(index, datetime.fromisoformat(f"{day}T12:00:00+00:00"), 3, BERLIN)

    assert list(found)[-1] == day
    assert len(found) == 3
