"""Events that a program made, as entries of a session's log."""

from datetime import UTC, datetime

import pytest

from ai_sessions.errors import UsageError
from ai_sessions.library.views import writing
from ai_sessions.library.views.event import SessionEvent
from ai_sessions.library.views.events import EVENT, events
from ai_sessions.library.views.kinds import EventSource, EventType
from ai_sessions.library.views.token_usage import TokenUsage
from ai_sessions.records import Interaction, Note, Said, Summary

MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ASKED = {"id": "c1", "type": "function", "function": {"name": "add", "arguments": '{"a": 5}'}}


@pytest.fixture
def write(tracked, core):
    """Write events; the entries that they became."""
    chat = tracked("chat")

    def written(*made, open_calls=()):
        for one in made:
            session = writing.write(chat, one, open_calls)
        return [*core.store.entries(session.name)]

    return written


def tool(**told):
    return SessionEvent({"tool": "add", **told}, type=EventType.TOOL_CALL)


@pytest.mark.parametrize(
    ("source", "role"), [("user", "user"), ("llm", "assistant"), ("system", "system")]
)
def test_words_become_a_message_of_who_said_them(write, source, role):
    made = SessionEvent("Hi", EventSource(source), timestamp=MOMENT)

    (entry,) = write(made)

    assert isinstance(entry, Said)
    assert (entry.message.role, entry.message.text, entry.message.at) == (
        *(role, "Hi"),
        "2026-01-02T03:04:05.000Z",
    )
    assert entry.message.tokens > 0


def test_an_answer_with_tokens_of_a_provider_is_a_call_with_just_these(write):
    used = TokenUsage(100, 20, "gpt-4o", cached_tokens=60)
    made = SessionEvent(
        "Yo", EventSource.LLM, metadata={"provider": "openai"}, token_usage=used, id="e1"
    )

    (call,) = write(made)

    assert isinstance(call, Interaction)
    assert (call.id, call.model, call.provider) == ("e1", "gpt-4o", "openai")
    assert (call.usage.input_tokens, call.usage.output_tokens) == (100, 20)
    assert (call.usage.cache_read_tokens, call.usage.estimated) == (60, False)
    assert call.cost.nusd > 0


def test_estimated_tokens_of_an_answer_are_estimated_anew_with_what_was_said_before(write):
    question = SessionEvent("one two three four five", EventSource.USER)
    made = SessionEvent.create_with_tokens("Yo", "", "Yo", "gpt-4o", EventSource.LLM)

    _said, call = write(question, made)

    assert (call.usage.input_tokens, call.usage.estimated) == (5, True)


def test_the_model_of_an_answer_may_be_in_its_metadata(write):
    made = SessionEvent(
        "Yo", EventSource.LLM, metadata={"model": "mine"}, token_usage=TokenUsage(1, 1)
    )

    (call,) = write(made)

    assert (call.model, call.provider) == ("mine", "unknown")


def test_a_message_of_a_chat_api_has_its_words_and_its_tool_calls(write):
    made = SessionEvent(
        {"role": "assistant", "content": "Let me see.", "tool_calls": [ASKED]}, EventSource.LLM
    )

    (entry,) = write(made)

    assert entry.message.text == "Let me see."
    assert [(one.id, one.arguments) for one in entry.message.tool_calls] == [("c1", {"a": 5})]
    assert writing.asked_for(made) == {"c1"}


def test_nobody_but_a_model_asks_for_tools(write):
    made = SessionEvent({"content": "Hi", "tool_calls": [ASKED]}, EventSource.USER)

    (entry,) = write(made)

    assert (entry.message.text, entry.message.tool_calls) == ("Hi", ())
    assert writing.asked_for(made) == set()


def test_a_message_may_have_nothing_but_tool_calls(write):
    made = SessionEvent({"tool_calls": [ASKED]}, EventSource.LLM)

    (entry,) = write(made)

    assert (entry.message.text, len(entry.message.tool_calls)) == ("", 1)


def test_what_is_no_message_asks_for_no_tool():
    made = SessionEvent({"tool_calls": [ASKED]}, EventSource.LLM, EventType.REFERENCE)

    assert writing.asked_for(made) == set()


def test_a_message_that_is_no_text_is_told_as_json(write):
    (entry,) = write(SessionEvent({"note": 1}, EventSource.SYSTEM))

    assert entry.message.text == '{"note": 1}'


def test_a_summary_covers_all_that_is_there(write):
    *said, summary = write(
        SessionEvent("Hi", EventSource.USER),
        SessionEvent("They met.", type=EventType.SUMMARY, timestamp=MOMENT),
    )

    assert isinstance(summary, Summary)
    assert (summary.text, summary.kind, summary.covers_to) == ("They met.", "given", said[-1].seq)
    assert summary.at.startswith("2026-01-02")


def test_a_summary_that_a_model_wrote_names_it(write):
    entries = write(
        SessionEvent("Hi", EventSource.USER),
        SessionEvent("They met.", type=EventType.SUMMARY, metadata={"model": "gpt-4o"}),
    )

    assert (entries[-1].kind, entries[-1].model) == ("model", "gpt-4o")


def test_a_tool_becomes_its_call_and_what_came_of_it(write):
    asked, answered = write(tool(arguments={"a": 5}, result={"sum": 8}))

    (call,) = asked.message.tool_calls
    assert (call.name, call.arguments) == ("add", {"a": 5})
    assert (answered.message.tool_call_id, answered.message.text) == (call.id, '{"sum": 8}')
    assert not answered.message.is_error


@pytest.mark.parametrize(
    ("told", "text"),
    [({"error": "no network"}, "no network"), ({"result": "bad", "success": False}, "bad")],
)
def test_a_tool_that_failed_says_why(write, told, text):
    _asked, answered = write(tool(**told))

    assert (answered.message.text, answered.message.is_error) == (text, True)


def test_the_result_of_a_call_that_waits_for_it_is_no_call_of_its_own(write):
    asked = SessionEvent({"content": "", "tool_calls": [ASKED]}, EventSource.LLM)
    result = tool(result=8)
    result.metadata["call_id"] = "c1"

    *_, answered = entries = write(asked, result, open_calls={"c1"})

    assert len(entries) == 2
    assert answered.message.tool_call_id == "c1"


def test_a_call_id_that_nobody_asked_for_is_a_call_of_its_own(write):
    result = tool(result=8)
    result.metadata["call_id"] = "c1"

    asked, answered = write(result)

    assert asked.message.tool_calls[0].id == answered.message.tool_call_id != "c1"


@pytest.mark.parametrize("kind", ["reference", "context_bridge", "tool_trace"])
def test_what_only_the_program_understands_is_a_note_and_comes_back(write, kind):
    made = SessionEvent(
        {"to": [1]},
        EventSource.USER,
        EventType(kind),
        {"a": 1},
        "e0",
        "r1",
        timestamp=MOMENT,
    )

    entries = write(made)

    assert isinstance(entries[0], Note)
    assert events(entries) == [made]


def test_what_a_message_does_not_say_of_its_event_comes_back(write):
    made = SessionEvent("Hi", EventSource.USER, metadata={"a": 1}, timestamp=MOMENT)
    made.parent_event_id, made.task_id = "e0", "r1"

    entries = write(made)

    assert events(entries) == [made]
    assert entries[0].message.metadata[EVENT]["id"] == made.id


@pytest.mark.parametrize("made", [SessionEvent("Hi", EventSource.USER), tool(result=8)])
def test_an_event_that_is_written_again_adds_nothing(write, made):
    assert len(write(made)) == len(write(made))


@pytest.mark.parametrize(
    ("made", "problem"),
    [
        (SessionEvent("Hi", "robot"), "no source of an event: 'robot'"),
        (SessionEvent("Hi", type="poem"), "no type of an event: 'poem'"),
        (SessionEvent("Hi", metadata=[1]), "metadata is a dict"),
        (SessionEvent("x" * (2 << 20), EventSource.USER), "2,097,152 bytes"),
        (SessionEvent({"tool": ""}, type=EventType.TOOL_CALL), "a tool is a name"),
        (SessionEvent("", type=EventType.SUMMARY), "a summary without text"),
        (SessionEvent({"to": {1: {2}, (1,): 2}}, type=EventType.REFERENCE), "JSON"),
    ],
)
def test_what_cannot_be_kept_is_refused_and_nothing_is_written(write, tracked, made, problem):
    write(SessionEvent("Hi", EventSource.USER))
    before = tracked("chat").get_stats()["total_events"]

    with pytest.raises(UsageError, match=problem):
        write(made)

    assert tracked("chat").get_stats()["total_events"] == before
