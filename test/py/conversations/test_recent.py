"""The end of a log: no more than is told, but always the last question and every system text."""

import pytest

from ai_sessions.conversations import forking, messages, recent
from ai_sessions.conversations.recent import Bounds
from ai_sessions.records import About, Message, ToolCall
from ai_sessions.tokens import ESTIMATE

NAME = "chat"


@pytest.fixture
def say(store, now):
    store.ensure(NAME, About(kind="chat"))

    def add(role, *texts, name=NAME):
        for text in texts:
            messages.add_message(store, now, name, Message(role, text))

    return add


def said(store, most=None, tokens=None, name=NAME, system=()):
    return recent.said(store, store.read(name), -1, system, Bounds(most, tokens, ESTIMATE))


def numbers(count):
    return map(str, range(count))


def test_without_bounds_all_is_read(store, say):
    say("user", *numbers(100))

    assert len(said(store)) == 100


def test_only_so_many_messages_are_read(store, say):
    say("user", *numbers(100))

    assert [one.text for one in said(store, 3)] == ["97", "98", "99"]


def test_messages_are_read_until_they_have_the_tokens(store, say):
    say("user", *("word " * 10 for _time in range(300)))

    assert len(said(store, tokens=300)) == 64
    assert len(said(store, tokens=2000)) == 256
    assert len(said(store, tokens=20_000)) == 300


def test_the_last_question_is_read_however_long_its_turn_is(store, now, say):
    say("user", *numbers(50), "do it")
    for number in range(40):
        messages.record_tool_call(store, now, NAME, "run", call_id=f"c{number}", result="done")

    assert "do it" in [one.text for one in said(store, 5)]
    assert "do it" in [one.text for one in said(store, tokens=10)]


def test_a_conversation_without_a_question_is_read_as_a_whole(store, say):
    say("assistant", *numbers(50))

    assert len(said(store, 5)) == 50


def test_results_that_were_made_are_no_messages_of_the_log(store, now, say):
    say("user", "do it")
    calls = tuple(ToolCall(f"c{number}", "run") for number in range(9))
    messages.add_message(store, now, NAME, Message("assistant", "", tool_calls=calls))

    assert len(said(store, 6)) == 11


def test_a_system_text_is_read_wherever_it_was_said(store, say):
    say("user", *numbers(50))
    say("system", "In French.")
    say("user", *numbers(50))
    say("system", "Be brief.")
    say("user", *numbers(50))

    texts = {one.text for one in said(store, 5) if one.role == "system"}
    assert texts == {"In French.", "Be brief."}


def test_a_system_text_that_is_told_anyway_is_not_looked_for(store, say):
    say("system", "Be brief.")
    say("user", *numbers(50))
    (rule,) = (one for one in messages.said(store, NAME) if one.role == "system")

    assert len(said(store, 5, system=(rule,))) == 5


def test_a_system_text_of_a_past_that_is_shared_is_read(store, now, say):
    say("user", "hello")
    say("system", "In French.")
    say("user", *numbers(50))
    forking.fork(store, NAME, "other", now)
    say("user", *numbers(50), name="other")

    assert "In French." in [one.text for one in said(store, 5, name="other")]
