"""Infinite context: what a break keeps, and where it may be."""

import asyncio
import json
import re
import threading

import pytest

from ai_sessions import config
from ai_sessions.conversations.memory import Memory
from ai_sessions.conversations.model_summaries import Answer, ModelSummarizer, Stopped
from ai_sessions.conversations.service import Conversations
from ai_sessions.conversations.summaries import Rules
from ai_sessions.errors import ProviderError
from ai_sessions.library import segments
from ai_sessions.library.errors import SessionNotFound
from ai_sessions.library.session_manager import SessionManager
from ai_sessions.library.sessions import Tracked
from ai_sessions.library.tracking import track_infinite_conversation
from ai_sessions.memory.extractive import ExtractiveItems
from ai_sessions.records import Summary

BRIEF = {"infinite_context": True, "token_threshold": 100}


def talk(session, turns, words=20):
    for number in range(turns):
        session.user_says(f"question {number} " + "word " * words)
        session.ai_responds(f"answer {number} " + "word " * words, model="gpt-4")


def told(session):
    return [one["content"] for one in session.get_messages_for_llm()]


def test_nothing_ends_below_the_threshold(tracked):
    session = tracked(infinite_context=True, token_threshold=1_000_000)
    talk(session, 30)

    assert session.get_session_chain() == [session.session_id]


def test_a_session_that_is_not_infinite_never_ends_a_segment(tracked):
    session = tracked(token_threshold=10)
    talk(session, 5)

    assert session.get_stats()["session_segments"] == 1
    assert session.get_stats()["session_chain"] is None


def test_the_id_stays_and_the_whole_conversation_too(tracked):
    session = tracked("one", **BRIEF)
    talk(session, 10)

    stats = tracked("one", **BRIEF).get_stats(include_all_segments=True)

    assert session.session_id == stats["session_id"] == "one"
    assert stats["session_segments"] == 4  # three turns have over 100 tokens
    assert stats["session_chain"] == ["one", "one#2", "one#3", "one#4"]
    assert (stats["total_messages"], len(session.get_conversation())) == (20, 20)


def test_a_segment_is_read_by_its_id(tracked):
    session = tracked("one", **BRIEF)
    talk(session, 5)

    assert tracked("one#2").get_conversation() == session.get_conversation()
    with pytest.raises(SessionNotFound):
        tracked("one#9").get_conversation()


def test_the_segment_that_goes_on_can_be_asked_for_alone(tracked):
    session = tracked(**BRIEF)
    talk(session, 6)

    said = session.get_conversation(include_all_segments=False)
    stats = session.get_stats(include_all_segments=False)

    assert 0 < len(said) < 12
    assert said == session.get_conversation()[-len(said) :]
    assert stats["total_messages"] == len(said)


def test_the_next_context_has_the_summary_and_is_bounded(tracked):
    session = tracked(system_prompt="Be brief", **BRIEF)
    session.user_says("My port is 5432. We decided to use PostgreSQL for the orders.")
    session.ai_responds("Noted.", model="gpt-4")
    talk(session, 12)

    context = told(session)

    assert context[0] == "Be brief"
    assert context[1].startswith("Summary of what was said before:")
    assert any("5432" in one for one in context)
    assert len([one for one in context if one.startswith(("question", "answer"))]) < 12


@pytest.mark.parametrize("threshold", [70, 100])
def test_a_question_is_not_parted_from_its_answer(tracked, threshold):
    session = tracked(infinite_context=True, token_threshold=threshold)
    for number in range(8):
        session.user_says(f"question {number} " + "word " * 60)
        assert turns(session)[0].startswith("question")
        session.user_says(f"and question {number}")
        session.tool_used("look", {}, "found")
        session.ai_responds(f"answer {number}", model="gpt-4")
        assert turns(session)[-3].startswith(f"question {number}")

    assert session.get_stats()["session_segments"] > 3


def turns(session):
    return [one for one in told(session) if one.startswith(("question", "and", "answer"))]


def test_questions_that_nobody_answers_end_segments_too(tracked):
    session = tracked(infinite_context=True, token_threshold=50)
    for number in range(50):
        session.user_says(f"{number} and a few words more")

    assert session.get_stats()["session_segments"] > 3
    assert told(session)[-1] == "49 and a few words more"


def test_one_question_larger_than_a_segment_stays_until_it_is_answered(tracked):
    session = tracked(**BRIEF)
    session.user_says("word " * 500)
    session.user_says("please")

    assert [len(one) for one in told(session)][-2:] == [2500, 6]


def test_a_number_of_turns_ends_a_segment(tracked):
    session = tracked(infinite_context=True, max_turns_per_segment=3)
    talk(session, 7, words=1)

    assert session.get_stats()["session_segments"] == 3
    assert [one[:10] for one in told(session) if one.startswith("question")] == ["question 6"]


def test_another_object_goes_on_where_the_first_one_was(tracked):
    for number in range(8):
        session = tracked("one", **BRIEF)
        session.track(f"question {number} " + "word " * 20, "answer " + "word " * 20)

    assert tracked("one", **BRIEF).get_stats()["session_segments"] > 2


def test_a_fork_goes_on_with_the_summary(tracked):
    session = tracked(**BRIEF)
    talk(session, 6)
    fork = session.fork()
    talk(fork, 6)

    assert fork.get_stats()["session_segments"] > session.get_stats()["session_segments"]
    assert len(fork.get_conversation()) == 24
    assert any(one.startswith("Summary") for one in told(fork))


def test_two_that_end_the_same_segment_store_one_summary(tracked, core):
    session = tracked("one", **BRIEF)
    talk(session, 3)
    found = session.ending() or pytest.fail("nothing is due")

    for text in ("first", "second"):
        segments.end(core, found, segments.draft(core, found, segments.Bounds(100), text))

    assert [one for one in told(session) if one.startswith("Summary")] == [
        "Summary of what was said before:\nfirst"
    ]


def test_what_a_callback_writes_is_the_summary(tracked):
    session = tracked(**BRIEF)
    asked = []
    session.set_summary_callback(lambda messages: asked.append(messages) or f"sum {len(asked)}")
    talk(session, 8)

    assert len(asked) > 1
    assert asked[0][0]["content"].startswith("question 0")
    assert asked[1][0]["content"] == "Summary of what was said before:\nsum 1"
    assert f"Summary of what was said before:\nsum {len(asked)}" in told(session)


async def _summed(_messages):
    await asyncio.sleep(0)
    return "by a coroutine"


def _fails(_messages):
    raise RuntimeError("no model")


def test_a_callback_may_be_a_coroutine_function_without_a_loop(tracked):
    session = tracked(**BRIEF)
    session.set_summary_callback(_summed)
    talk(session, 4)

    assert any("by a coroutine" in one for one in told(session))


@pytest.mark.parametrize("callback", [_fails, lambda _messages: None, lambda _messages: " "])
def test_a_callback_that_fails_loses_nothing(tracked, callback):
    session = tracked(**BRIEF)
    session.set_summary_callback(callback)
    talk(session, 5)

    assert len(session.get_conversation()) == 10
    assert any(one.startswith("Summary of what was said before:\n") for one in told(session))


def test_gathered_calls_end_segments_once_and_keep_their_order(core):
    asked = []

    async def summed(messages):
        asked.append(messages)
        await asyncio.sleep(0)
        return f"sum {len(asked)}"

    async def whole():
        manager = SessionManager("one", store=core, infinite_context=True, token_threshold=50)
        await manager.set_summary_callback(summed)
        await asyncio.gather(*(manager.user_says(f"{number} and more") for number in range(100)))
        return await manager.get_conversation(), await manager.get_stats()

    said, stats = asyncio.run(whole())

    assert [one["content"] for one in said] == [f"{number} and more" for number in range(100)]
    assert stats["session_segments"] == len(asked) + 1 > 3


def test_a_summary_that_is_given_up_leaves_the_session_as_it_was(core):
    async def whole():
        begun = asyncio.Event()

        async def never(_messages):
            begun.set()
            await asyncio.Event().wait()

        manager = SessionManager("one", store=core, **BRIEF)
        manager.tracked.track("word " * 60, "word " * 60)
        await manager.set_summary_callback(never)
        task = asyncio.ensure_future(manager.user_says("more"))
        await begun.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        left = await manager.get_conversation()
        await manager.set_summary_callback(None)
        await manager.user_says("on")
        return left, await manager.get_conversation()

    left, found = asyncio.run(whole())

    assert (len(left), len(found), found[-1]["content"]) == (2, 3, "on")


def test_what_a_call_is_told_has_the_summary_for_an_object_that_never_read_it(tracked, core):
    tracked("chat").track("Hi", "Yo")
    core.add_summary(core.find_by_conversation("chat", "python"), "They said hello to each other.")

    tracked("chat").ai_responds("Well?", model="gpt-4o")

    assert tracked("chat").get_stats().input_tokens > 6


class Model:
    """A model that writes summaries: `Model` of `model_summaries`."""

    def __init__(self, *answers):
        self.answers, self.asked, self.threads, self.stops = list(answers), [], [], []

    def window(self, _session):
        return 100_000

    def ask(self, session, prompt, _schema):
        self.asked.append((session, prompt))
        self.threads.append(threading.current_thread())
        if self.answers:
            return self.answers.pop(0)(self, prompt)
        return said_so(self, prompt)

    def stopped_by(self, stop):
        self.stops.append(stop)
        return self


def said_so(_model, prompt):
    (first, *_) = re.findall(r"message (\d+\.\d+), user", prompt)
    items = [{"kind": "fact", "text": "Payments go to port 8080", "sources": [first]}]
    return Answer(json.dumps({"items": items}), "haiku")


def fails(_model, _prompt):
    raise ProviderError("no model today")


def waits(model, _prompt):
    model.begun.set()
    model.stops[-1].wait()
    raise Stopped("it was stopped")


@pytest.fixture
def model():
    return Model()


@pytest.fixture
def by_model(core, model):
    """The same store, whose summaries that model writes."""
    memory = Memory(Rules(ModelSummarizer(model, ExtractiveItems(), "openai haiku")))
    return Conversations(core.store, config.load({}), core.now, memory=memory)


def pay(session, turns=4):
    for number in range(turns):
        text = f"payment {number} goes by the gateway of the other bank to port 8080 " * 3
        session.track(text, "Noted.", "gpt-4", "openai")


def test_a_model_that_the_settings_name_is_asked_when_a_segment_ends(by_model, model):
    session = Tracked("one", store=by_model, **BRIEF)
    pay(session)

    assert any("Payments go to port 8080" in one for one in told(session))
    assert {name for name, _prompt in model.asked} == {"python-one"}
    (*_, summary) = (e for e in by_model.store.entries("python-one") if isinstance(e, Summary))
    assert (summary.kind, summary.model) == ("model", "haiku")


def test_a_function_of_the_program_comes_before_the_model(by_model, model):
    session = Tracked("one", store=by_model, **BRIEF)
    session.set_summary_callback(lambda _messages: "by the program")
    pay(session)

    assert any("by the program" in one for one in told(session))
    assert model.asked == []


def test_a_model_that_fails_loses_nothing_and_is_told_of(by_model, model, caplog):
    model.answers = [fails] * 9
    session = Tracked("one", store=by_model, **BRIEF)
    pay(session)

    assert len(session.get_conversation()) == 8
    assert any(one.startswith("Summary of what was said before:\n") for one in told(session))
    assert "session one: no summary by openai haiku, so rules wrote it: no model" in caplog.text


def test_with_a_loop_the_model_is_asked_in_a_thread_for_calls(by_model, model):
    async def whole():
        manager = SessionManager("one", store=by_model, **BRIEF)
        for number in range(4):
            await manager.track(f"payment {number} goes to port 8080 " * 9, "Noted.")
        await track_infinite_conversation(
            "more " * 60, "Noted.", session_id="two", token_threshold=50, store=by_model
        )
        await track_infinite_conversation(
            "And?", "Yes.", session_id="two", token_threshold=50, store=by_model
        )

    asyncio.run(whole())

    assert {name for name, _prompt in model.asked} == {"python-one", "python-two"}
    assert {thread.name for thread in model.threads} == {"ai-sessions calls"}


def test_a_task_that_is_cancelled_stops_the_model_and_leaves_the_session(by_model, model):
    model.answers, model.begun = [waits], threading.Event()

    async def whole():
        manager = SessionManager("one", store=by_model, **BRIEF)
        await manager.track("payment " * 200, "Noted.")
        task = asyncio.ensure_future(manager.user_says("more"))
        assert await asyncio.to_thread(model.begun.wait, 20)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        left = await manager.get_conversation()
        await manager.user_says("on")
        return left, await manager.get_conversation()

    left, found = asyncio.run(whole())

    assert model.stops[0].is_set()
    assert (len(left), found[-1]["content"]) == (2, "on")


def test_others_write_while_a_model_thinks(by_model, model):
    session = Tracked("one", store=by_model, **BRIEF)

    def meanwhile(model, prompt):
        thread = threading.Thread(target=session.tool_used, args=("look", {}, "seen"))
        thread.start()
        thread.join(20)
        return said_so(model, prompt)

    model.answers = [meanwhile]
    pay(session)

    assert session.get_stats().tool_calls == 1
    assert len(session.get_conversation()) == 8
