"""What was spent, gathered for a page."""

from datetime import UTC, datetime

from ai_sessions.index import Index
from ai_sessions.index.overview import Budgets
from ai_sessions.records import About, Cost, Interaction, Usage
from ai_sessions.sessions.spending import spending
from ai_sessions.store.memory import MemoryStore

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


def test_periods_days_and_sums_are_of_the_same_calls():
    store = MemoryStore()
    store.ensure("talk", About())
    at, cost = "2026-11-30T10:00:00.000Z", Cost(7, "client")
    store.append("talk", [Interaction("c", at, "p", "m", (), Usage(10, 1), cost)])
    found = spending(Index(store.source()), NOW, Budgets({"day": 10}, lambda *_: None), UTC)

    assert found.whole["cost_nusd"] == found.periods["today"]["cost_nusd"] == 7
    assert found.days["2026-11-30"]["m"]["cost_nusd"] == 7
    assert len(found.days) == 30
    assert found.periods["today"]["budget"]["limit_nusd"] == 10
