"""Records as programs that track conversations know them."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ai_sessions.library import errors, views
from ai_sessions.library.views import EventSource, EventType, RunStatus
from ai_sessions.records import (
    SUMMARY,
    About,
    Cost,
    Interaction,
    Message,
    ModelTotals,
    Note,
    Parent,
    Said,
    Session,
    Summary,
    ToolCall,
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


def tool(id_="t1", result="8", *, is_error=False):
    return [
        Said(Message("assistant", "", AT, tool_calls=(ToolCall(id_, "add", {"a": 5}),), id="4.0")),
        Said(Message("tool", result, AT, name="add", tool_call_id=id_, is_error=is_error)),
    ]


def record(**named):
    return Session("chat", "01", About(parent=Parent("root", "00")), AT, AT, **named)


def test_events_are_what_was_said_and_by_whom():
    found = views.events(
        [Said(Message("user", "Hi", AT, id="1.0")), call(Message("assistant", "Yo"))]
    )

    assert [(one.message, one.source, one.type) for one in found] == [
        ("Hi", EventSource.USER, EventType.MESSAGE),
        ("Yo", EventSource.LLM, EventType.MESSAGE),
    ]
    assert (found[0].id, found[0].timestamp) == ("1.0", MOMENT)
    assert found[1].metadata["model"] == "gpt-4o"


def test_an_answer_has_the_tokens_and_the_price_of_its_call():
    answered = call(
        Message("assistant", "Yo"),
        usage=Usage(100, 20, cache_read_tokens=60, reasoning_tokens=5),
        cost=Cost(1_500_000, "prices:user"),
    )

    used = views.events([answered])[0].token_usage

    assert (used.prompt_tokens, used.completion_tokens, used.total_tokens) == (100, 20, 120)
    assert (used.cached_tokens, used.reasoning_tokens) == (60, 5)
    assert used.estimated_cost_usd == 0.0015


def test_an_unknown_price_is_none():
    assert views.usage(Usage(1, 1), "some-model", None).estimated_cost_usd is None


def test_a_tool_call_is_one_event_with_its_result():
    (found,) = views.events(tool())

    assert found.type == EventType.TOOL_CALL
    assert found.parent_event_id == "4.0"
    assert found.message == {
        "tool": "add",
        "arguments": {"a": 5},
        "result": "8",
        "error": None,
        "success": True,
    }


def test_a_failed_tool_call_has_its_error():
    (found,) = views.events(tool(result="no network", is_error=True))

    assert (found.message["success"], found.message["error"]) == (False, "no network")
    assert found.message["result"] is None


def test_a_result_whose_call_is_not_here_is_an_event_of_its_own():
    (found,) = views.events(tool()[1:])

    assert (found.message, found.source) == ("8", EventSource.SYSTEM)


def test_the_names_of_kinds_and_statuses_are_those_that_programs_compare_with():
    assert [*EventType] == ["message", "summary", "tool_call", "reference"]
    assert [*RunStatus] == ["pending", "running", "completed", "failed", "cancelled"]


def test_an_id_that_comes_again_is_a_call_of_its_own():
    found = views.events([*tool(result="8"), *tool(result="9")])

    assert [one.message["result"] for one in found] == ["8", "9"]


def test_an_attempt_that_was_followed_by_another_is_an_event():
    body = {"tool": "add", "arguments": {"a": 5}, "attempt": 1, "error": "no network"}

    (found,) = views.events([Note(views.ATTEMPT, body, AT)])

    assert (found.type, found.metadata["attempt"]) == (EventType.TOOL_CALL, 1)
    assert (found.message["tool"], found.message["success"]) == ("add", False)
    assert found.message["error"] == "no network"


def test_a_call_without_a_result_has_not_succeeded():
    (found,) = views.events(tool()[:1])

    assert (found.message["success"], found.message["result"]) == (False, None)


def test_summaries_and_errors_are_events_and_what_wrote_a_summary_is_none():
    entries = [
        Summary("They spoke.", 3, at=AT, id="s1"),
        Note("error", {"message": "no network"}, AT),
        call(Message("assistant", "a summary"), purpose=SUMMARY),
    ]

    found = views.events(entries)

    assert [(one.type, one.message) for one in found] == [
        (EventType.SUMMARY, "They spoke."),
        (EventType.MESSAGE, "no network"),
    ]


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
    found = views.run(call(status=status, duration_ms=1500))

    assert found.status is shown
    assert (found.ended_at, found.duration) == (MOMENT, 1.5)
    assert found.metadata["status"] == status


def test_a_session_lists_its_calls_and_the_one_under_way():
    found = views.Session(record(calling={"id": "c2", "at": AT}), [call(task="T1.1")], ["kid"])

    assert [one.id for one in found.runs] == ["c1"]
    assert (found.active_run.id, found.active_run.status) == ("c2", RunStatus.RUNNING)
    assert found.active_run.duration is None
    assert (found.id, found.parent_id, found.child_ids) == ("chat", "root", ["kid"])
    assert found.task_ids == ["T1.1"]


def test_a_session_of_a_program_has_the_id_that_the_program_gave_it():
    mine = About(interface="python", conversation_id="my chat")
    parent = replace(record(), name="python-root", about=replace(mine, conversation_id="root"))

    found = views.Session(replace(record(), about=mine), parent=parent)

    assert (found.id, found.parent_id) == ("my chat", "root")


def test_a_session_that_waits_for_nothing_has_no_active_run():
    assert views.Session(record()).active_run is None


def test_a_session_adds_up_its_tokens_by_model():
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

    found = views.Session(record(totals=sums))

    assert (found.total_tokens, found.total_cost) == (127, 0.003)
    assert found.token_summary.unpriced == 1
    assert found.token_summary.usage_by_model["gpt-4o"].estimated_cost_usd == 0.003
    assert found.token_summary.usage_by_model["mine"].estimated_cost_usd is None


def test_the_state_of_a_session_is_a_copy():
    found = views.Session(record(state={"a": 1}))

    found.state["a"] = 2

    assert found.state == {"a": 1}
    assert found.metadata.properties["a"] == 1
    assert found.metadata.created_at == found.last_update_time == MOMENT


def test_a_message_has_its_tool_calls_as_maps():
    said = tool()[0].message

    found = views.message(said)

    assert found.tool_calls == ({"id": "t1", "name": "add", "arguments": {"a": 5}},)
    assert (found.role, found.timestamp, found.id) == ("assistant", AT, "4.0")


def test_tokens_of_a_text_are_estimated():
    assert asyncio.run(views.TokenUsage.count_tokens("one two three")) == 3


def test_a_time_that_cannot_be_read_is_the_start_of_1970():
    (found,) = views.events([Said(Message("user", "Hi", "yesterday"))])

    assert found.timestamp.year == 1970


def test_a_session_is_created_and_loaded_with_what_was_said_in_it(core, tracked):
    async def work():
        await views.Session.create("root", metadata={"team": "blue"}, store=core)
        await views.Session.create("child", parent_id="root", store=core)
        tracked("child").track("Hi", "Yo")
        return await views.Session.load("root", core), await views.Session.load("child", core)

    root, child = asyncio.run(work())

    assert (root.id, root.child_ids, root.events) == ("root", ["child"], [])
    assert (child.parent_id, [one.message for one in child.events]) == ("root", ["Hi", "Yo"])


def test_a_session_is_not_created_a_second_time(core, tracked):
    tracked("chat").user_says("Hi")

    with pytest.raises(errors.SessionAlreadyExists, match="chat"):
        views.created("chat", store=core)

    assert len(views.loaded("chat", core).events) == 1


def test_a_session_without_a_name_gets_an_id(core):
    assert views.loaded(views.created(store=core).id, core).events == []


@pytest.mark.parametrize(
    "work", [views.loaded, lambda id_, core: views.created("x", id_, None, core)]
)
def test_a_session_that_is_not_there_is_told_and_not_made(core, work):
    with pytest.raises(errors.SessionNotFound, match="gone"):
        work("gone", core)

    assert core.store.names() == []
