"""Totals by several keys say the same as those by one, and share out what a call used of others."""

import pytest

from ai_sessions.accounting import reports
from ai_sessions.index import Index, calls, crossed
from ai_sessions.records import About
from ai_sessions.store.memory import MemoryStore

USED = {
    "opus": {"input": 6, "output": 1, "cost_nusd": 5},
    "haiku": {"input": 4, "output": 1, "cost_nusd": 2},
}


@pytest.fixture
def index():
    """Two sessions with calls on two days, one of which used two models."""
    store = MemoryStore()
    bare = {"type": "interaction", "messages": [], "status": "ok", "provider": "claude"}
    for name, day, number in (("plan-a", 28, 1), ("plan-a", 29, 2), ("plan-b", 29, 3)):
        feature = name[-1]
        store.ensure(name, About(command="plan", feature=feature))
        call = {
            **bare,
            "id": str(number),
            "model": "opus",
            "task": "T1",
            "ts": f"2026-11-{day}T10:00:00.000Z",
            "tokens": {"input": 10, "output": number},
            "cost_nusd": 7,
            "by_model": USED if number == 2 else {},
        }
        store.append(name, [call])
    return Index(store.source())


def told(index, *keys):
    return {
        names: (sums["interactions"], sums["input_tokens"], sums["cost_nusd"])
        for names, sums in crossed.by(index, keys).answer.items()
    }


def test_what_a_call_used_of_other_models_is_theirs_on_its_day(index):
    assert told(index, "day", "model") == {
        ("2026-11-28", "opus"): (1, 10, 7),
        ("2026-11-29", "opus"): (2, 16, 12),
        ("2026-11-29", "haiku"): (0, 4, 2),
    }


def test_order_is_that_of_time_then_the_dearest_first(index):
    assert [*told(index, "model", "day")] == [
        ("opus", "2026-11-28"),
        ("opus", "2026-11-29"),
        ("haiku", "2026-11-29"),
    ]


@pytest.mark.parametrize("key", reports.KEYS)
@pytest.mark.parametrize("other", ["interface", "model", "session"])
def test_one_of_several_keys_adds_up_to_what_it_is_alone(index, key, other):
    alone = calls.by(index, key).answer
    found = {}
    for names, sums in crossed.by(index, [key, other] if key != other else [key]).answer.items():
        reports.add(found.setdefault(names[0], reports.zeros()), sums)

    assert found == {
        name: {each: sums[each] for each in reports.zeros()} for name, sums in alone.items()
    }


def test_no_name_is_said_to_be_none(index):
    assert [*told(index, "interface", "feature")] == [(reports.NONE, "a"), (reports.NONE, "b")]
