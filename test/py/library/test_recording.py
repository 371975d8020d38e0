"""One call that somebody else makes."""

import asyncio
import contextvars

import pytest

from ai_sessions.library import identity, recording
from ai_sessions.library.answers import Answer
from ai_sessions.library.new_messages import Before
from ai_sessions.library.recording import Asked, Recording, kept
from ai_sessions.records import Cost, Message, ToolCall, Usage
from ai_sessions.stopping import GIVEN_UP

ASKED = Asked((Message("user", "hi"),), "gpt-4o", "chat.completions")


@pytest.fixture
def begun(tracked):
    return lambda provider="openai", asked=ASKED: Recording(tracked("chat"), provider, asked)


@pytest.fixture
def recorded(core):
    def found():
        session = identity.find(core, "chat")
        return list(core.store.entries(session.name)) if session else []

    return found


def test_a_call_has_one_end(begun, recorded):
    call = begun()
    call.answered(Answer("Hello"))
    call.failed(ValueError("late"))
    call.closed()

    assert [one.status for one in recorded()] == ["ok"]


def test_a_cost_that_the_provider_tells_wins(begun, recorded):
    begun().answered(Answer("Hello", Usage(100, 20), cost=Cost(7, "client")))

    assert recorded()[0].cost == Cost(7, "client")


@pytest.mark.parametrize(
    ("answer", "provider", "model"),
    [(Answer("x"), "openai", "gpt-4o"), (Answer("x", model="m", provider="p"), "p", "m")],
)
def test_an_answer_knows_best_who_gave_it(begun, recorded, answer, provider, model):
    begun().answered(answer)

    assert (recorded()[0].provider, recorded()[0].model) == (provider, model)


def test_nobody_knows_what_a_model_without_a_name_costs(begun, recorded):
    begun("", Asked(ASKED.messages)).answered(Answer("Hello"))

    (call,) = recorded()
    assert (call.provider, call.model, call.cost) == ("unknown", "unknown", Cost())


def test_tool_calls_alone_are_an_answer(begun, recorded):
    begun().answered(Answer("", tool_calls=(ToolCall("c1", "add"),)))

    assert recorded()[0].messages[-1].tool_calls == (ToolCall("c1", "add"),)


def test_the_usage_of_an_answer_that_broke_off_is_what_came(begun, recorded):
    call = begun()
    call.opened(lambda: (Answer("some words that came", Usage(100, 1)), False))
    call.closed()

    (entry,) = recorded()
    assert (entry.status, entry.usage.input_tokens, entry.cost) == ("interrupted", 100, Cost())
    assert entry.usage.output_tokens > 1
    assert entry.usage.estimated


def test_a_stream_that_is_open_at_the_end_of_the_program_was_interrupted(begun, recorded):
    begun().opened(lambda: (Answer("Hel"), False))

    recording._at_exit()

    assert [one.status for one in recorded()] == ["interrupted"]


def test_what_was_left_is_on_record_when_the_next_call_begins(begun, recorded):
    call = begun()
    call.opened(lambda: (Answer("Hel"), False))
    call.left()
    assert recorded() == []

    begun()

    assert [one.status for one in recorded()] == ["interrupted"]


def test_a_record_that_a_task_was_cancelled_before_is_made_later(begun, recorded, core):
    async def main():
        call = begun()
        call.opened(lambda: (Answer("Hello"), True))
        task = asyncio.create_task(kept(call, call.answered, Answer("Hello")))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(main())
    recording.settle()

    assert [(one.status, one.messages[-1].text) for one in recorded()] == [("ok", "Hello")]


def test_a_stream_that_has_ended_is_forgotten(begun):
    call = begun()
    call.opened(lambda: (Answer("Hello"), True))
    assert call in recording._open

    call.closed()

    assert call not in recording._open


def test_a_conversation_that_goes_on_was_resumed(begun, recorded):
    begun().answered(Answer("Hello"))
    talk = (*ASKED.messages, Message("assistant", "Hello"), Message("user", "And?"))
    begun(asked=Asked(talk)).answered(Answer("So."))

    assert [one.continuity for one in recorded()] == ["new", "resumed"]
    assert [one.text for one in recorded()[1].messages] == ["And?", "So."]


def test_a_prompt_of_a_call_that_failed_is_told_again(tracked, core, recorded):
    before = Before(core)
    asked = Asked((Message("system", "Be kind."), *ASKED.messages))
    for end in (ValueError("no"), None):
        call = Recording(tracked("chat"), "openai", asked, before)
        call.failed(end) if end else call.answered(Answer("Hello"))

    assert [[one.role for one in call.messages] for call in recorded()] == [
        ["system", "user"],
        ["system", "user", "assistant"],
    ]


def test_a_call_is_recorded_in_the_context_that_it_was_made_in(core, begun, monkeypatch):
    span, seen = contextvars.ContextVar("span", default=""), []
    monkeypatch.setattr(core, "_on_call", (lambda *_: seen.append((span.get(), GIVEN_UP.get())),))
    is_over = lambda: False  # noqa: E731
    span.set("of the call")
    call = begun()
    span.set("of somebody else")
    GIVEN_UP.set(is_over)
    call.answered(Answer("Hello"))
    GIVEN_UP.set(None)

    assert seen == [("of the call", is_over)]
