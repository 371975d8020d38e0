"""One call that somebody else makes."""

import asyncio
import contextvars
import threading
from types import SimpleNamespace

import pytest

from ai_sessions.library import identity, recording, under_way
from ai_sessions.library.answers import Answer
from ai_sessions.library.new_messages import Before
from ai_sessions.library.recording import Asked, Recording, kept
from ai_sessions.library.watching import WATCH
from ai_sessions.records import Cost, Message, ToolCall, Usage
from ai_sessions.stopping import GIVEN_UP

ASKED = Asked((Message("user", "hi"),), "gpt-4o", "chat.completions")


@pytest.fixture
def begun(tracked):
    def made(provider="openai", asked=ASKED):
        call = Recording(tracked("chat"), provider, asked)
        call.begin()
        return call

    return made


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

    WATCH.close()

    assert [one.status for one in recorded()] == ["interrupted"]


def test_what_was_left_is_recorded_by_the_watch_and_not_at_once(begun, recorded):
    call = begun()
    call.opened(lambda: (Answer("Hel"), False))
    call.left()
    assert recorded() == []

    WATCH.settle()

    assert [one.status for one in recorded()] == ["interrupted"]


def test_a_child_that_was_forked_leaves_the_calls_of_its_parent_alone(begun, recorded):
    call = begun()
    WATCH.begin()

    call.left()
    WATCH.settle()
    WATCH.close()

    assert recorded() == []


def test_a_call_that_nobody_waits_for_is_not_under_way(begun):
    call = begun()
    call.put_off()

    assert not WATCH.has(call)
    call.begin()
    assert WATCH.has(call)


def test_a_record_that_a_task_was_cancelled_before_is_made_later(begun, recorded, core):
    async def main():
        call = begun()
        task = asyncio.create_task(kept(call, call.answered, Answer("Hello")))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(main())
    WATCH.settle()

    assert [(one.status, one.messages[-1].text) for one in recorded()] == [("ok", "Hello")]


def test_a_stream_that_has_ended_is_forgotten(begun):
    call = begun()
    call.opened(lambda: (Answer("Hello"), True))
    assert WATCH.has(call)

    call.closed()

    assert not WATCH.has(call)


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


def left_behind(core):
    """What the next process finds when this one is killed."""
    under_way._noted.begin()
    under_way.settle(core)


def test_of_a_call_that_lasts_the_question_outlives_the_process(begun, recorded, files_alone, core):
    begun().answered(Answer("Hello"))
    talk = (*ASKED.messages, Message("assistant", "Hello"), Message("user", "And?"))
    call = begun(asked=Asked(talk, "gpt-4o"))
    call.lasts()

    left_behind(core)

    last = recorded()[-1]
    assert [one.text for one in last.messages] == ["And?"]
    assert (last.status, last.provider, last.model) == ("interrupted", "openai", "gpt-4o")
    assert last.cost == Cost()


@pytest.mark.parametrize("first", ["answered", "lasts"])
def test_a_call_that_has_ended_is_under_way_no_more(begun, recorded, files_alone, core, first):
    call = begun()
    for step in sorted(("answered", "lasts"), key=lambda one: one != first):
        call.lasts() if step == "lasts" else call.answered(Answer("Hello"))

    left_behind(core)

    assert [one.status for one in recorded()] == ["ok"]


@pytest.mark.parametrize(
    "status", ["auth", "billing", "rate_limit", "overloaded", "model", "context_too_long"]
)
def test_what_a_provider_refused_costs_nothing(begun, recorded, monkeypatch, status):
    monkeypatch.setattr(recording, "status_of", lambda _error: status)
    begun().failed(ValueError("no"))
    after_some = begun()
    after_some.opened(lambda: (Answer("Hel"), False))
    after_some.failed(ValueError("no more"))

    assert [one.cost for one in recorded()] == [Cost(0, "refused"), Cost()]


def test_what_a_call_that_broke_off_cost_is_not_known(begun, recorded):
    begun().failed(ConnectionError("gone"))

    (call,) = recorded()
    assert (call.status, call.cost, call.detail["error"]) == ("network", Cost(), "gone")


def test_how_an_answer_ended_is_kept(begun, recorded):
    begun().answered(Answer("Hello", finish="length"))

    assert recorded()[0].detail == {"api": "chat.completions", "finish": "length"}


def test_usage_that_nobody_reports_is_estimated_and_said_to_be(begun, recorded):
    begun().answered(Answer("Hello"))

    used = recorded()[0].usage
    assert used.estimated
    assert min(used.input_tokens, used.output_tokens) > 0


def test_a_call_counts_its_time_from_when_it_begins(begun, recorded, monkeypatch):
    clock = iter([0, 5_000_000_000, 5_002_000_000])
    monkeypatch.setattr(recording, "time", SimpleNamespace(monotonic_ns=lambda: next(clock)))

    begun().answered(Answer("Hello"))

    assert recorded()[0].duration_ms == 2


@pytest.mark.parametrize("is_ok", [True, False])
def test_the_prompt_of_a_call_that_was_answered_is_known_to_be_there(tracked, core, is_ok):
    before = Before(core)
    asked = Asked((Message("system", "Be kind."), *ASKED.messages))
    call = Recording(tracked("chat"), "openai", asked, before)
    call.answered(Answer("Hello")) if is_ok else call.failed(ValueError("no"))

    assert bool(before._prompts) is is_ok


def test_a_store_that_lasts_is_not_waited_for_in_the_loop(begun, core):
    by = []

    async def main():
        await kept(begun(), lambda: by.append(threading.current_thread()))

    asyncio.run(main())

    assert (by[0] is threading.main_thread()) is not core.store.lasting


def test_a_call_without_a_stream_that_is_closed_had_no_answer(begun, recorded):
    begun().closed()

    assert [(one.status, len(one.messages)) for one in recorded()] == [("interrupted", 1)]
