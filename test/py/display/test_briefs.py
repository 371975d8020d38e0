"""A session as lists and JSON output show it: the same from its checkpoint and from its record."""

import pytest

from ai_sessions.display import briefs
from ai_sessions.records import About, Change, Cost, Interaction, Resume, Usage
from ai_sessions.sessions import export
from ai_sessions.store.entries import session_of
from ai_sessions.store.memory import MemoryStore


@pytest.fixture
def row():
    """The checkpoint of a session with everything in it."""
    store = MemoryStore()
    store.ensure("plan-x", About("plan", "x", "/src/shop"))
    usage = Usage(*range(10, 16))
    calls = [
        Interaction(f"c{number}", "2026-11-20T10:00:00.000Z", "claude", model, (), usage, cost)
        for number, (model, cost) in enumerate([("m", Cost(5, "client")), ("n", Cost())])
    ]
    changes = [Change("resume.claude", Resume("r1", "m")), Change("tags", ["a"])]
    store.append("plan-x", [*calls, *changes, Change("pinned", True), Change("status", "done")])
    return store.source().row("plan-x")


def test_a_record_is_shown_like_the_checkpoint_it_was_read_from(row):
    told = {**row, "notices": ["1 damaged line skipped"]}

    assert export.facts(session_of(told)) == briefs.public(told)
    assert briefs.public(told)["notices"] == ["1 damaged line skipped"]
    assert "notices" not in briefs.public(row)


def test_what_a_later_version_keeps_in_a_checkpoint_is_not_shown(row):
    assert briefs.public({**row, "secret": 1}) == briefs.public(row)


def test_a_cost_that_nobody_knows_is_null_not_zero(row):
    models = briefs.public(row)["totals"]["by_model"]

    assert (models["m"]["cost"], models["n"]["cost"]) == (5e-9, None)
