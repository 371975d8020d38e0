"""What happened in a session, by the entries of its log."""

from dataclasses import replace
from datetime import UTC, datetime

from ai_sessions.library.views import events
from ai_sessions.library.views.kinds import EventSource, EventType
from ai_sessions.records import (
    SUMMARY,
    Cost,
    Interaction,
    Message,
    Note,
    Said,
    Summary,
    ToolCall,
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


def test_events_are_what_was_said_and_by_whom():
    found = events.events(
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

    used = events.events([answered])[0].token_usage

    assert (used.prompt_tokens, used.completion_tokens, used.total_tokens) == (100, 20, 120)
    assert (used.cached_tokens, used.reasoning_tokens) == (60, 5)
    assert used.estimated_cost_usd == 0.0015


def test_a_tool_call_is_one_event_with_its_result():
    (found,) = events.events(tool())

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
    (found,) = events.events(tool(result="no network", is_error=True))

    assert (found.message["success"], found.message["error"]) == (False, "no network")
    assert found.message["result"] is None


def test_a_result_whose_call_is_not_here_is_an_event_of_its_own():
    (found,) = events.events(tool()[1:])

    assert (found.message, found.source) == ("8", EventSource.SYSTEM)


def test_an_id_that_comes_again_is_a_call_of_its_own():
    found = events.events([*tool(result="8"), *tool(result="9")])

    assert [one.message["result"] for one in found] == ["8", "9"]


def test_an_attempt_that_was_followed_by_another_is_an_event():
    body = {"tool": "add", "arguments": {"a": 5}, "attempt": 1, "error": "no network"}

    (found,) = events.events([Note(events.ATTEMPT, body, AT)])

    assert (found.type, found.metadata["attempt"]) == (EventType.TOOL_CALL, 1)
    told = {"tool": "add", "arguments": {"a": 5}, "error": "no network"}
    assert found.message == {**told, "result": None, "success": False}


def test_a_call_without_a_result_has_not_succeeded():
    (found,) = events.events(tool()[:1])

    assert (found.message["success"], found.message["result"]) == (False, None)


def test_summaries_and_errors_are_events_and_what_wrote_a_summary_is_none():
    entries = [
        Summary("They spoke.", 3, at=AT, id="s1"),
        Note("error", {"message": "no network"}, AT),
        call(Message("assistant", "a summary"), purpose=SUMMARY),
    ]

    found = events.events(entries)

    assert [(one.type, one.message) for one in found] == [
        (EventType.SUMMARY, "They spoke."),
        (EventType.MESSAGE, "no network"),
    ]


def test_a_time_that_cannot_be_read_is_the_start_of_1970():
    (found,) = events.events([Said(Message("user", "Hi", "yesterday"))])

    assert found.timestamp.year == 1970


def test_a_tool_call_has_what_a_program_said_of_it():
    asked = tool()[0].message
    own = {"id": "e1", "task_id": "r1"}
    said = replace(asked, metadata={"a": 1, events.EVENT: own})

    (found,) = events.events([Said(said), tool()[1]])

    assert (found.id, found.task_id) == ("e1", "r1")
    assert found.metadata == {"a": 1, "call_id": "t1"}


def test_a_tool_call_beside_words_is_an_event_of_its_own():
    asked = tool()[0].message
    said = replace(asked, text="Let me see.", metadata={events.EVENT: {"id": "e1"}})

    words, found = events.events([Said(said), tool()[1]])

    assert (words.id, found.id, found.parent_event_id) == ("e1", "t1", "e1")


def test_a_kind_of_event_that_nobody_knows_is_a_reference():
    body = {"message": "Hi", "type": "poem", "source": "robot"}

    (found,) = events.events([Note(events.EVENT, body, AT, id="n1")])

    assert (found.type, found.source, found.id) == (EventType.REFERENCE, EventSource.SYSTEM, "n1")
