"""What each model used of calls that used several."""

from ai_sessions.index import Index
from ai_sessions.index.shares import by_model
from ai_sessions.records import About
from ai_sessions.store.memory import MemoryStore


def shares(*calls):
    store = MemoryStore()
    store.ensure("plan-a", About())
    bare = {"type": "interaction", "messages": [], "status": "ok", "provider": "x", "ts": ""}
    store.append("plan-a", [{**bare, "id": str(n), **one} for n, one in enumerate(calls)])

    def ask(connection, source):
        from ai_sessions.index import call_rows

        call_rows.refresh(connection, source)
        return by_model(connection, "true", ())

    return Index(store.source()).ask(ask)


def test_tokens_and_known_costs_go_to_each_model_and_the_call_to_its_own():
    used = {"opus": {"input": 6, "cost_nusd": 5}, "haiku": {"input": 4, "cost_nusd": 2}}
    found = shares({"model": "opus", "tokens": {"input": 10}, "cost_nusd": 7, "by_model": used})

    told = {
        model: (sums["interactions"], sums["input_tokens"], sums["cost_nusd"])
        for model, sums in found.items()
    }
    assert told == {"opus": (1, 6, 5), "haiku": (0, 4, 2)}


def test_a_cost_that_is_not_told_apart_stays_with_the_model_that_was_asked():
    used = {"opus": {"input": 6}, "haiku": {"input": 4}}
    found = shares({"model": "opus", "tokens": {"input": 10}, "cost_nusd": 7, "by_model": used})

    assert {model: sums["cost_nusd"] for model, sums in found.items()} == {"opus": 7, "haiku": 0}
