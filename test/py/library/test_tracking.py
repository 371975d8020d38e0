"""Conversations tracked by one call each, with an event loop."""

import asyncio
import contextlib
import functools
import inspect
import threading

import pytest

from ai_sessions import threads
from ai_sessions.errors import StorageError
from ai_sessions.library import errors, sync, tracking
from ai_sessions.library.session_manager import SessionManager
from ai_sessions.library.tracking import track_llm_call
from ai_sessions.records import Interaction


@pytest.fixture
def calls(core):
    """The calls that are on record in the only session."""

    def found():
        (name,) = core.store.names()
        return [one for one in core.store.entries(name) if isinstance(one, Interaction)]

    return found


NAMES = (
    *("track_conversation", "track_infinite_conversation", "track_llm_call", "track_tool_use"),
    *("quick_conversation", "quick_stats", "get_session_stats", "get_conversation_history"),
    "track_llm_interaction",
)


@pytest.mark.parametrize("name", NAMES)
def test_each_function_has_the_parameters_of_its_synchronous_one(name):
    ours, other = getattr(tracking, name), getattr(sync, name)

    assert inspect.iscoroutinefunction(ours)
    assert not inspect.iscoroutinefunction(other)
    assert list(inspect.signature(ours).parameters) == list(inspect.signature(other).parameters)


def test_a_conversation_is_tracked_and_read(core):
    async def talk():
        id_ = await tracking.track_conversation("Hi", "Hello!", store=core)
        await tracking.track_tool_use("add", {"a": 1}, 2, id_, store=core)
        return await tracking.get_session_stats(id_, store=core)

    found = asyncio.run(talk())

    assert (found["total_messages"], found.tool_calls) == (2, 1)


def test_a_wrong_argument_is_an_error_of_the_library(core):
    for work in (
        tracking.track_tool_use("add", {"a": 1}, 2, {"not": "an id"}, store=core),
        track_llm_call("What is it?", "no function", store=core),
    ):
        with pytest.raises(errors.InvalidSessionOperation, match=r"is a (text|function), not"):
            asyncio.run(work)

    assert core.store.names() == []


def test_many_at_once_in_one_session_keep_their_order(core):
    async def talk():
        await asyncio.gather(
            *(
                tracking.track_conversation(f"{n}?", f"{n}.", "m", "p", "chat", store=core)
                for n in range(50)
            )
        )
        return await tracking.get_conversation_history("chat", store=core)

    said = [one["content"] for one in asyncio.run(talk())]

    assert said == [text for n in range(50) for text in (f"{n}?", f"{n}.")]


async def answers(text):
    return f"{text} Yes."


class Answers:
    async def __call__(self, text):
        return f"{text} Yes."


async def streams(text):
    yield text
    yield " Yes."


def later(text):
    return answers(text)


def stream_later(text):
    return streams(text)


@pytest.mark.parametrize(
    "ask",
    [
        answers,
        Answers(),
        functools.partial(answers),
        streams,
        later,
        stream_later,
        lambda text: f"{text} Yes.",
        lambda text: iter([text, " Yes."]),
    ],
)
def test_a_function_may_be_of_any_kind(core, calls, ask):
    text, _id = asyncio.run(track_llm_call("Is it?", ask, store=core))

    assert text == "Is it? Yes."
    assert calls()[0].messages[-1].text == text


def test_the_loop_goes_on_while_a_function_waits(core):
    async def talk():
        loop, asked = asyncio.get_running_loop(), asyncio.Event()

        def ask(_text):
            return asyncio.run_coroutine_threadsafe(said(asked), loop).result()

        return await track_llm_call("Hi", ask, store=core)

    async def said(asked):
        asked.set()
        return "Yo"

    assert asyncio.run(talk())[0] == "Yo"


def test_a_failed_call_is_on_record_and_its_error_is_raised_again(core, calls):
    async def fail(_text):
        raise TimeoutError("too slow")

    with pytest.raises(TimeoutError, match="too slow"):
        asyncio.run(track_llm_call("Hi", fail, store=core))

    assert [(one.status, one.detail["error"]) for one in calls()] == [("timeout", "too slow")]


def test_a_cancelled_call_is_on_record_with_what_had_come(core, calls):
    async def talk():
        has_begun = asyncio.Event()

        async def ask(_text):
            yield "The answer"
            has_begun.set()
            await asyncio.Event().wait()

        task = asyncio.create_task(track_llm_call("Hi", ask, store=core))
        await has_begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(talk())

    (call,) = calls()
    assert (call.status, call.messages[-1].text) == ("interrupted", "The answer")


def test_a_call_that_ran_out_of_time_is_on_record(core, calls):
    async def talk():
        async with asyncio.timeout(0.001):
            await track_llm_call("Hi", lambda_that_waits, store=core)

    async def lambda_that_waits(_text):
        await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        asyncio.run(talk())

    assert calls()[0].status == "interrupted"


def test_a_call_that_nobody_goes_on_with_is_on_record(core, calls):
    async def ask(_text):
        await Forever()

    coroutine = track_llm_call("Hi", ask, store=core)
    coroutine.send(None)
    coroutine.close()

    assert calls()[0].status == "interrupted"


class Forever:
    def __await__(self):
        yield


def test_an_answer_is_kept_when_its_task_is_cancelled_before_it_is_recorded(core, calls):
    async def talk():
        async def ask(_text):
            asyncio.current_task().cancel()
            return "paid for"

        with pytest.raises(asyncio.CancelledError):
            await asyncio.create_task(track_llm_call("Hi", ask, store=core))

    asyncio.run(talk())

    (call,) = calls()
    assert call.messages[-1].text == "paid for"


def test_a_call_can_go_on_in_a_managers_session(core):
    async def talk():
        manager = SessionManager("chat", store=core)
        await manager.user_says("Before")
        await track_llm_call("Hi", answers, session_manager=manager)
        return await manager.get_conversation()

    assert [one["content"] for one in asyncio.run(talk())] == ["Before", "Hi", "Hi Yes."]


def test_the_managers_own_summary_is_written_in_the_loop_of_the_program(core):
    async def talk():
        loop, seen = asyncio.get_running_loop(), []

        async def summarize(_messages):
            seen.append(asyncio.get_running_loop() is loop)
            return "They talked."

        manager = SessionManager("chat", store=core, infinite_context=True, token_threshold=50)
        await manager.set_summary_callback(summarize)
        for _ in range(3):
            await track_llm_call("word " * 40, answers, session_manager=manager)
        return seen

    assert set(asyncio.run(talk())) == {True}


@pytest.fixture
def together(core, monkeypatch):
    """What becomes of two coroutines whose writes are made safe together, on a full disk."""
    if not core.store.lasting:
        pytest.skip("nothing is made safe in memory")

    @contextlib.contextmanager
    def full_disk():
        yield
        raise StorageError("the disk is full")

    async def both(*coroutines):
        is_free = threading.Event()
        before = asyncio.create_task(threads.run(is_free.wait, key="chat"))
        tasks = [asyncio.create_task(one) for one in coroutines]
        for _ in range(5):
            await asyncio.sleep(0)  # until each of them waits in line
        is_free.set()
        await before
        return await asyncio.gather(*tasks, return_exceptions=True)

    monkeypatch.setattr(core.store, "group", full_disk)
    return lambda *coroutines: asyncio.run(both(*coroutines))


def test_answers_that_cannot_be_made_safe_are_in_the_errors(core, together):
    call = functools.partial(track_llm_call, session_id="chat", store=core)

    found = together(call("Is it?", answers), call("And he?", answers))

    assert [type(one) for one in found] == [errors.StorageError] * 2
    assert [one.response for one in found] == ["Is it? Yes.", "And he? Yes."]


def test_conversations_that_cannot_be_made_safe_are_errors_of_the_library(core, together):
    track = functools.partial(tracking.track_conversation, session_id="chat", store=core)

    found = together(track("Hi", "Yo"), track("Bye", "So long"))

    assert [type(one) for one in found] == [errors.StorageError] * 2


@pytest.mark.parametrize(
    "work",
    [
        lambda: tracking.track_conversation("Hi", "Yo"),
        lambda: track_llm_call("Hi", answers),
        lambda: tracking.get_session_stats("chat"),
    ],
)
def test_a_wrong_setting_is_an_error_of_the_library(monkeypatch, work):
    monkeypatch.setenv("SESSION_PROVIDER", "banana")

    with pytest.raises(errors.ConfigurationError, match="SESSION_PROVIDER='banana'"):
        asyncio.run(work())
