"""Prompts of a session by strategies: what each tells, and that none is larger than asked for."""

import json

import pytest

from ai_sessions import config
from ai_sessions.conversations.memory import Memory
from ai_sessions.conversations.service import Conversations
from ai_sessions.library import errors, prompts_sync
from ai_sessions.library.prompts_sync import (
    PromptStrategy,
    build_prompt_from_session,
    truncate_prompt_to_token_limit,
)
from ai_sessions.library.sessions import Tracked
from ai_sessions.library.views.session import Session
from ai_sessions.memory.recall import Recalled
from ai_sessions.tokens import estimate

STRATEGIES = list(PromptStrategy)


@pytest.fixture
def chat(tracked):
    """Three turns: a task, a tool that failed and one that worked, a last question and answer."""
    session = tracked("chat", system_prompt="Answer in English.")
    session.user_says("Plan a trip to Rome.")
    session.ai_responds("Gladly.", "gpt-4o", "openai")
    session.user_says("How is the weather there?")
    session.tool_used("forecast", {"city": "Roma"}, error="no such city")
    session.tool_used("forecast", {"city": "Rome"}, {"sky": "clear"})
    session.ai_responds("It is clear.", "gpt-4o", "openai")
    session.user_says("What shall I pack?")
    session.ai_responds("A hat.", "gpt-4o", "openai")
    return session


def texts(prompt, *roles):
    return [one["content"] for one in prompt if one["role"] in (roles or ("user", "assistant"))]


def words(prompt):
    return json.dumps(prompt)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_strategy_keeps_the_rules_the_last_question_and_the_last_answer(chat, strategy):
    found = build_prompt_from_session(chat, strategy)

    assert found[0] == {"role": "system", "content": "Answer in English."}
    assert texts(found)[-2:] == ["What shall I pack?", "A hat."]


def test_the_least_is_the_task_and_the_newest_turn(chat):
    found = build_prompt_from_session(chat)

    assert texts(found) == ["Plan a trip to Rome.", "What shall I pack?", "A hat."]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_tools_of_the_newest_turn_reach_the_model(chat, strategy):
    chat.user_says("And in Oslo?")
    chat.tool_used("forecast", {"city": "Oslo"}, {"sky": "grey"})

    found = build_prompt_from_session(chat, strategy)

    call, result = found[-2:]
    assert call["tool_calls"][0]["function"] == {
        "name": "forecast",
        "arguments": '{"city": "Oslo"}',
    }
    assert result["tool_call_id"] == call["tool_calls"][0]["id"]
    assert json.loads(result["content"]) == {"sky": "grey"}


def test_the_task_comes_with_what_tools_found_but_not_with_their_failures(chat):
    found = build_prompt_from_session(chat, "task")

    assert texts(found, "user") == [
        "Plan a trip to Rome.",
        "How is the weather there?",
        "What shall I pack?",
    ]
    assert "clear" in words(found)
    assert "no such city" not in words(found)


def test_tools_come_with_their_failures_and_the_question_they_were_used_for(chat):
    found = build_prompt_from_session(chat, "tool")

    assert texts(found, "user") == ["How is the weather there?", "What shall I pack?"]
    assert "clear" in words(found)
    assert "no such city" in words(found)


def test_so_many_tool_calls_before_the_newest_turn_are_told(chat):
    found = build_prompt_from_session(chat, "tool", max_history=1)

    assert "clear" in words(found)
    assert "no such city" not in words(found)


@pytest.mark.parametrize(
    ("history", "questions"), [(1, 1), (2, 1), (3, 1), (4, 2), (6, 3), (99, 3)]
)
def test_a_conversation_is_its_newest_messages_in_whole_turns(chat, history, questions):
    found = build_prompt_from_session(chat, "conversation", max_history=history)

    assert len(texts(found, "user")) == questions
    assert found[1]["role"] == "user"


def test_a_summary_stands_for_what_is_older(chat, core):
    (name,) = core.store.names()
    core.add_summary(name, "They planned a trip.")
    chat.user_says("Go on.")

    found = build_prompt_from_session(chat, "conversation", max_history=50)

    assert texts(found) == ["Go on."]
    assert "They planned a trip." in words(found)


def test_a_child_is_told_what_its_parent_was_about(chat, tracked):
    child = tracked("child", parent_id="chat")
    child.user_says("Find a hotel.")

    found = build_prompt_from_session(child, "hierarchical")
    without = build_prompt_from_session(child, "conversation")

    assert "From the session chat" in found[0]["content"]
    assert "A hat." in found[0]["content"]
    assert texts(found) == texts(without) == ["Find a hotel."]
    assert "A hat." not in words(without)
    assert build_prompt_from_session(child, "conversation", include_parent_context=True) == found


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("limit", [60, 120, 400])
def test_no_prompt_is_larger_than_asked_for(tracked, strategy, limit):
    tracked("root").user_says("root " * 300)
    session = tracked("long", system_prompt="Be brief.", parent_id="root")
    for number in range(6):
        session.user_says(f"question {number} " * 40)
        session.tool_used("search", {"q": "x" * 200}, "found " * 300)
        session.ai_responds("answer " * 80)

    found = build_prompt_from_session(session, strategy, limit)

    assert 0 < sum(estimate(one["content"]) for one in found) <= limit


def test_a_limit_that_the_rules_exceed_is_told(tracked):
    session = tracked("chat", system_prompt="rule " * 100)
    session.user_says("Hi")

    with pytest.raises(errors.TokenLimitExceeded, match="the limit is 50") as caught:
        build_prompt_from_session(session, max_tokens=50)

    assert caught.value.limit == 50


def test_the_window_of_the_model_is_a_limit(tracked):
    session = tracked("chat")
    for _ in range(9):
        session.user_says("word " * 2000)
    whole = build_prompt_from_session(session, "conversation", max_history=9)

    found = build_prompt_from_session(session, "conversation", model="gpt-4", max_history=9)

    assert len(found) < len(whole) == 9


def test_there_is_room_for_the_next_question(tracked):
    session = tracked("chat")
    session.user_says("word " * 60)

    with pytest.raises(errors.TokenLimitExceeded):
        build_prompt_from_session(session, max_tokens=90, current_query="what " * 90)


def test_what_was_cleared_is_told_no_more(chat, core):
    (name,) = core.store.names()
    core.clear_messages(name)
    chat.user_says("Afresh.")

    for strategy in STRATEGIES:
        assert texts(build_prompt_from_session(chat, strategy)) == ["Afresh."]


def test_an_empty_session_has_no_prompt(tracked):
    tracked("chat").tool_used("add", {}, 1)

    assert build_prompt_from_session(tracked("chat"), "conversation")[0]["role"] == "assistant"


def test_a_session_is_named_by_its_id_its_view_its_record_or_its_manager(chat, core):
    record = core.store.read(core.store.names()[0])
    wanted = build_prompt_from_session(chat)

    assert build_prompt_from_session(Session.load("chat", core)) == wanted
    for one in ("chat", record):
        assert build_prompt_from_session(one, store=core) == wanted


def test_a_new_session_has_its_rules_alone(tracked):
    assert build_prompt_from_session(tracked()) == []
    assert build_prompt_from_session(tracked(system_prompt="Be brief.")) == [
        {"role": "system", "content": "Be brief."}
    ]


def test_what_fits_the_next_question_is_looked_up_of_what_is_older(tracked, core):
    asked = []

    def recall(_session, question, until, _most):
        asked.append((question, until))
        return (Recalled("The code is 4711.", "1.0", "user"),)

    memory = Memory(recall=recall)
    told = Conversations(core.store, config.load({}), memory=memory)
    session = Tracked("chat", store=told)
    for number in range(4):
        session.user_says(f"question {number}")

    found = build_prompt_from_session(
        session, "conversation", current_query="What is the code?", max_history=1
    )

    newest = core.store.read(core.store.names()[0]).last_seq
    assert asked == [("What is the code?", newest - 1)]
    assert "The code is 4711." in words(found)
    assert texts(found) == ["question 3"]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_rules_that_were_said_on_the_way_stay(chat, core, strategy):
    core.add_message(core.store.names()[0], "system", "Use metric units.")
    chat.user_says("Go on.")

    found = build_prompt_from_session(chat, strategy, max_history=1)

    assert "Use metric units." in texts(found, "system")


def test_an_unknown_session_is_told(core):
    with pytest.raises(errors.SessionNotFound, match="'gone'"):
        build_prompt_from_session("gone", store=core)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"strategy": "best"}, "no strategy 'best'.*one of: minimal, task"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_history": 0}, "max_history"),
    ],
)
def test_a_wrong_argument_is_refused(chat, wrong, told):
    with pytest.raises(errors.InvalidSessionOperation, match=told):
        build_prompt_from_session(chat, **wrong)


def test_a_prompt_is_truncated_and_a_wrong_limit_is_refused():
    prompt = [{"role": "user", "content": "word " * 500}]

    assert estimate(truncate_prompt_to_token_limit(prompt, 50)[0]["content"]) <= 50
    with pytest.raises(errors.InvalidSessionOperation):
        truncate_prompt_to_token_limit(prompt, 0)


@pytest.fixture
def long_chat(tracked):
    """Far more turns than any prompt has, with tools in some of the older ones."""
    session = tracked("long")
    for number in range(120):
        session.track(f"question {number}", f"answer {number}", "gpt-4o", "openai")
        if number in (30, 80):
            session.tool_used("look", {"at": number}, "seen")
    session.user_says("And now?")
    return session


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_what_is_read_first_is_enough_or_more_is_read(long_chat, strategy, monkeypatch):
    found = build_prompt_from_session(long_chat, strategy)
    monkeypatch.setattr(prompts_sync, "_FIRST_READ", prompts_sync._LOOKED_AT)

    assert found == build_prompt_from_session(long_chat, strategy)


@pytest.mark.parametrize("strategy", ["minimal", "conversation", "hierarchical"])
def test_no_more_is_read_than_it_takes(long_chat, strategy, monkeypatch):
    asked = []
    said = prompts_sync.said
    monkeypatch.setattr(
        prompts_sync, "said", lambda *args, **named: asked.append(args[2]) or said(*args, **named)
    )
    build_prompt_from_session(long_chat, strategy)

    assert asked == [prompts_sync._FIRST_READ]


def test_the_newest_messages_are_told_whether_a_summary_covers_them_or_not(chat, core):
    chat.track("Hi", "Yo")
    chat.tool_used("add", {"a": 1}, 8)
    core.add_summary(core.store.names()[0], "They met.")
    record = core.store.read(core.store.names()[0])

    found = prompts_sync.newest(core, record, 2)

    assert [one.role for one in found] == ["user", "assistant", "assistant", "tool"]
    assert found[0].text == "Hi"
