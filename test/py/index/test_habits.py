"""Habits that cost money, as sums over calls."""

from datetime import UTC, datetime, timedelta

import pytest

from ai_sessions import times
from ai_sessions.index import Index
from ai_sessions.index.habits import SMALL_OUTPUT, habits
from ai_sessions.names import IMPORTED
from ai_sessions.records import About, Cost, Interaction, Usage, stamp
from ai_sessions.store.files import FileStore

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
SINCE = times.microseconds("2026-11-01T00:00:00.000Z")


@pytest.fixture
def found(tmp_path):
    """Habits in calls, each told as what differs from a usual one."""
    store = FileStore(tmp_path, fsync="none")
    number = 0

    def of(*calls):
        nonlocal number
        for one in calls:
            number += 1
            minute, name = one.pop("minute", number), one.pop("session", "implement-pay")
            about = About(one.pop("command", "implement"), one.pop("feature", "pay"), "/src/shop")
            nusd = one.pop("nusd", 10)
            facts = {
                **{"provider": "claude", "model": "claude-opus-4-1", "purpose": "green"},
                **{"task": "T1.1", "usage": Usage(1000, 100, 0, 500), "messages": ()},
                **{"cost": Cost() if nusd is None else Cost(nusd, "client")},
                **one,
            }
            at = stamp(NOON + timedelta(minutes=minute))
            store.ensure(name, about)
            store.append(name, [Interaction(id=f"i-{number}", at=at, **facts)])
        return habits(Index(store.source(), str(tmp_path)), SINCE)

    return of


def written(tokens, hour=0):
    return Usage(tokens + 100, 10, 100, tokens, hour)


def test_context_that_is_written_again_after_a_pause_is_lost(found):
    pauses = found(
        {"minute": 0, "usage": written(60_000)},
        {"minute": 4, "usage": written(2_000)},
        {"minute": 20, "usage": written(64_000)},
    ).pauses

    assert [(one["model"], one["calls"], one["tokens"]) for one in pauses] == [
        ("claude-opus-4-1", 1, 60_000)
    ]


def test_a_cache_that_was_paid_for_an_hour_outlives_shorter_pauses(found):
    calls = ({"minute": minute, "usage": written(50_000, 50_000)} for minute in (0, 59, 120))
    pauses = found(*calls).pauses

    assert [(one["calls"], one["long"]) for one in pauses] == [(1, 1)]


@pytest.mark.parametrize(
    "other",
    [{"session": "plan-pay"}, {"model": "claude-haiku-4-5"}, {"provider": "anthropic"}],
    ids=["session", "model", "provider"],
)
def test_another_conversation_has_a_cache_of_its_own(found, other):
    big = {"usage": written(60_000)}

    assert found({"minute": 0, **big}, {"minute": 60, **big, **other}).pauses == []


def test_a_call_that_took_long_was_no_pause(found):
    big = {"usage": written(60_000)}

    assert (
        found({"minute": 0, **big}, {"minute": 60, "duration_ms": 58 * 60_000, **big}).pauses == []
    )


def test_small_tasks_are_those_with_little_output_on_one_model(found):
    small = found(
        {"task": "T1", "purpose": "red"},
        {"task": "T1", "nusd": None},
        {"task": "T2", "usage": Usage(10, SMALL_OUTPUT + 1)},
        {"task": "T3"},
        {"task": "T3", "model": "claude-haiku-4-5"},
        {"task": ""},
    ).small

    assert [(one["model"], one["tasks"], one["calls"]) for one in small] == [
        ("claude-opus-4-1", 1, 2)
    ]
    assert (small[0]["cost_nusd"], small[0]["unknown_costs"]) == (10, 1)
    assert (small[0]["input_tokens"], small[0]["output_tokens"]) == (2000, 200)


def test_a_step_that_was_called_for_again_is_repeated(found):
    repeats = found(
        {"purpose": "red"},
        {"purpose": "green"},
        {"purpose": "green", "nusd": 7},
        {"purpose": "green", "nusd": None},
        {"purpose": "green", "task": "T2"},
        {"purpose": "", "task": ""},
    ).repeats

    assert repeats == [
        {"feature": "pay", "task": "T1.1", "calls": 2, "cost_nusd": 7, "unknown_costs": 1}
    ]


def test_the_same_task_of_another_feature_is_another_one(found):
    other = {"feature": "ship", "session": "implement-ship"}

    assert found({}, other).repeats == []


@pytest.mark.parametrize(
    "other",
    [
        {"session": "import-claude-shop", "command": IMPORTED},
        {"cost": Cost(5, "demo")},
        {"minute": -60 * 24 * 40},
    ],
    ids=["imported", "demo", "long ago"],
)
def test_what_is_not_ours_or_of_that_time_does_not_count(found, other):
    told = found({**other}, {**other})

    assert (told.pauses, told.small, told.repeats, told.used) == ([], [], [], {})


def test_models_are_told_by_provider(found):
    assert found({}, {"model": "m"}, {"provider": "echo", "model": "e"}).used == {
        "claude": {"claude-opus-4-1", "m"},
        "echo": {"e"},
    }


def test_a_call_for_a_summary_is_no_habit_of_the_work(found):
    big, aside = {"usage": written(60_000)}, {"purpose": "summary", "model": "claude-haiku-4-5"}
    habits = found({"minute": 0, **big}, {**aside, **big, "minute": 60}, {**aside, "minute": 61})

    assert (habits.pauses, habits.repeats) == ([], [])
    assert [(one["tasks"], one["calls"]) for one in habits.small] == [(1, 1)]
    assert habits.used == {"claude": {"claude-opus-4-1"}}
