"""A run as programs have it."""

from datetime import UTC, datetime

import pytest

from ai_sessions.library.views import run
from ai_sessions.library.views.kinds import RunStatus
from ai_sessions.records import Interaction, Message, Note, ToolCall

AT = "2026-01-02T03:04:05.000Z"
MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def call(*messages, **named):
    return Interaction(
        **{"id": "c1", "at": AT, "provider": "openai", "model": "gpt-4o", **named},
        messages=messages,
    )


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        ("ok", RunStatus.COMPLETED),
        ("interrupted", RunStatus.CANCELLED),
        ("timeout", RunStatus.FAILED),
        ("other", RunStatus.FAILED),
    ],
)
def test_a_run_says_what_became_of_a_call(status, shown):
    found = run.of_call(run.SessionRun, call(status=status, duration_ms=1500))

    assert found.status is shown
    assert (found.ended_at, found.duration) == (MOMENT, 1.5)
    assert found.metadata["status"] == status


def test_a_run_knows_the_tools_that_its_call_asked_for():
    asked = Message("assistant", "", tool_calls=(ToolCall("t1", "add"),))

    assert run.of_call(run.SessionRun, call(asked)).tool_calls == ["t1"]


@pytest.mark.parametrize(
    ("mark", "status", "why"),
    [
        ("mark_failed", RunStatus.FAILED, "failure_reason"),
        ("mark_cancelled", RunStatus.CANCELLED, "cancel_reason"),
    ],
)
def test_a_run_that_ended_badly_says_why(mark, status, why):
    found = run.SessionRun.create({"dataset": "sales"})
    found.mark_running()

    getattr(found, mark)("no data")

    assert (found.status, found.metadata) == (status, {"dataset": "sales", why: "no data"})
    assert found.get_duration() >= 0


def test_a_run_that_begins_again_has_no_end():
    found = run.SessionRun()
    found.mark_completed()
    found.mark_running()

    assert (found.status, found.ended_at, found.get_duration()) == (RunStatus.RUNNING, None, None)
    assert "ended_at" not in found.to_dict()


def test_a_run_comes_back_from_its_note_as_it_was():
    found = run.SessionRun.create({"a": 1})
    found.mark_running()
    found.add_tool_call("t1")
    found.add_tool_call("t1")
    found.mark_completed()

    again = run.of_note(run.SessionRun, Note(run.RUN, run.body(found)))

    assert again == found
    assert again.to_dict()["duration"] == found.duration
    assert again.tool_calls == ["t1"]


def test_a_note_that_somebody_edited_is_a_run_that_failed():
    damaged = {"id": "r1", "status": "great", "metadata": 7, "tool_calls": 8, "started_at": 9}

    found = run.of_note(run.SessionRun, Note(run.RUN, damaged))

    assert (found.id, found.status, found.metadata, found.tool_calls) == (
        *("r1", RunStatus.FAILED),
        *({}, []),
    )


def test_metadata_of_a_run_are_set_and_taken_away():
    found = run.SessionRun()
    found.set_metadata("a", 1)

    assert (found.has_metadata("a"), found.get_metadata("a")) == (True, 1)
    found.remove_metadata("a")
    found.remove_metadata("a")
    assert found.get_metadata("a", "none") == "none"
