"""A session as programs have it: what was read."""

import functools
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ai_sessions import records
from ai_sessions.library.views.kinds import RunStatus
from ai_sessions.library.views.session import Session
from ai_sessions.records import (
    About,
    Interaction,
    ModelTotals,
    Parent,
    Totals,
    Usage,
)

AT = "2026-01-02T03:04:05.000Z"
MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def call(*messages, **named):
    return Interaction(
        **{"id": "c1", "at": AT, "provider": "openai", "model": "gpt-4o", **named},
        messages=messages,
    )


@pytest.fixture
def viewed(core):
    return functools.partial(Session.of, core)


def record(**named):
    return records.Session("chat", "01", About(parent=Parent("root", "00")), AT, AT, **named)


def test_a_session_lists_its_calls_and_the_one_under_way(viewed):
    found = viewed(record(calling={"id": "c2", "at": AT}), [call(task="T1.1")], ["kid"])

    assert [one.id for one in found.runs] == ["c1"]
    assert (found.active_run.id, found.active_run.status) == ("c2", RunStatus.RUNNING)
    assert (found.active_run.duration, found.active_run.started_at) == (None, MOMENT)
    assert (found.id, found.parent_id, found.child_ids) == ("chat", "root", ["kid"])
    assert found.task_ids == ["T1.1"]


def test_a_session_of_a_program_has_the_id_that_the_program_gave_it(viewed):
    mine = About(interface="python", conversation_id="my chat")
    parent = replace(record(), name="python-root", about=replace(mine, conversation_id="root"))

    found = viewed(replace(record(), about=mine), parent=parent)

    assert (found.id, found.parent_id) == ("my chat", "root")


def test_a_session_that_waits_for_nothing_has_no_active_run(viewed):
    assert viewed(record()).active_run is None


def test_a_session_adds_up_its_tokens_by_model(viewed):
    sums = Totals(
        usage=Usage(100, 20),
        cost_nusd=3_000_000,
        unknown_costs=1,
        said_input_tokens=7,
        by_model={
            "gpt-4o": ModelTotals(1, Usage(60, 20), 3_000_000),
            "mine": ModelTotals(1, Usage(40), unknown_costs=1),
        },
    )

    found = viewed(record(totals=sums))

    assert (found.total_tokens, found.total_cost) == (127, 0.003)
    assert found.token_summary.unpriced == 1
    assert found.token_summary.usage_by_model["gpt-4o"].estimated_cost_usd == 0.003
    assert found.token_summary.usage_by_model["mine"].estimated_cost_usd is None


def test_the_state_of_a_session_is_a_copy_and_no_property(viewed):
    found = viewed(record(state={"a": 1}))

    found.state["a"] = 2

    assert found.record.state == {"a": 1}
    assert found.metadata.properties == {}
    assert found.metadata.created_at == found.last_update_time == MOMENT


def test_the_facts_of_a_session_are_told(viewed):
    found = viewed(record(status="ended", tags=("shop",)))

    assert (found.status, found.tags) == ("ended", ("shop",))
