"""Conversations without an end, message by message."""

import pytest

from ai_sessions.library import errors
from ai_sessions.library.infinite_sync import (
    InfiniteConversationManager,
    SummarizationStrategy,
    asking,
)
from ai_sessions.library.views.kinds import EventSource
from ai_sessions.library.views.session import Session

USER, LLM = EventSource.USER, EventSource.LLM
LONG = "and it goes on " * 10


@pytest.fixture
def manager(core):
    Session.create("chat", store=core)
    return InfiniteConversationManager(token_threshold=100, store=core)


def talk(manager, turns=4, ask=None):
    for number in range(turns):
        manager.process_message("chat", f"Question {number}?", USER, ask)
        manager.process_message("chat", f"Answer {number}. {LONG}", LLM, ask, "gpt-4o")


def test_the_id_stays_and_all_of_it_is_history(manager):
    talk(manager)

    history = manager.get_full_conversation_history("chat")
    assert [role for role, _source, _text in history] == ["user", "assistant"] * 4
    assert history[0] == ("user", USER, "Question 0?")
    assert [one.id for one in manager.get_session_chain("chat")] == ["chat"]


def test_the_context_has_the_summary_and_the_newest_messages(manager):
    talk(manager, ask=lambda _messages: "They went on and on.")

    told = manager.build_context_for_llm("chat", max_messages=2)

    assert any("They went on and on." in one["content"] for one in told)
    assert [one["role"] for one in told if one["role"] != "system"] == ["user", "assistant"]
    assert told[-1]["content"].startswith("Answer 3.")


def test_without_summaries_the_context_has_messages_alone(manager):
    talk(manager, ask=lambda _messages: "They went on and on.")

    told = manager.build_context_for_llm("chat", 4, include_summaries=False)

    assert [one["content"][:10] for one in told] == [
        *("Question 2", "Answer 2. "),
        *("Question 3", "Answer 3. "),
    ]


@pytest.mark.parametrize(
    ("strategy", "word"),
    [
        ("basic", "about"),
        ("key_points", "key"),
        ("topic_based", "topics"),
        ("query_focused", "quest"),
    ],
)
def test_a_model_is_asked_for_the_summary_by_the_strategy(core, manager, strategy, word):
    asked = []

    def ask(messages):
        asked.append(messages)
        return "A summary."

    talk(InfiniteConversationManager(100, None, strategy, core), 4, ask)

    first, question, *_ = asked[0]
    assert first["role"] == "system"
    assert word in first["content"]
    assert (question["role"], question["content"]) == ("user", "Question 0?")


def test_each_strategy_asks_for_something_else():
    requests = {asking(one, lambda told: told[0]["content"])([]) for one in SummarizationStrategy}

    assert len(requests) == len(SummarizationStrategy)


def test_nobody_to_ask_is_no_function_at_all(manager):
    assert asking(SummarizationStrategy.BASIC, None) is None
    talk(manager)
    told = manager.build_context_for_llm("chat")
    assert "Summary of what was said before" in " ".join(one["content"] for one in told)


def test_a_coroutine_function_writes_the_summary_too(manager):
    async def ask(_messages):
        return "Written in a loop."

    talk(manager, ask=ask)

    told = manager.build_context_for_llm("chat")
    assert any("Written in a loop." in one["content"] for one in told)


def test_turns_end_a_segment_where_the_program_says_so(core, manager, tracked):
    talk(InfiniteConversationManager(10_000, 2, store=core), 4)

    assert tracked("chat").get_stats().session_segments > 1


def test_history_has_what_was_said_in_the_session_that_it_comes_from(manager, core, tracked):
    manager.process_message("chat", "Hi", USER)
    tracked("child", parent_id="chat").user_says("And now?")

    history = manager.get_full_conversation_history("child")

    assert [text for _role, _source, text in history] == ["Hi", "And now?"]
    assert [one.id for one in manager.get_session_chain("child")] == ["chat", "child"]


def test_what_a_fork_shares_is_told_once(manager, tracked):
    manager.process_message("chat", "Hi", USER)
    tracked("chat").fork("fork").user_says("And now?")
    manager.process_message("chat", "Elsewhere", USER)

    history = manager.get_full_conversation_history("fork")

    assert [text for _role, _source, text in history] == ["Hi", "And now?"]


@pytest.mark.parametrize(
    "verb",
    [
        lambda manager: manager.process_message("gone", "Hi", USER),
        lambda manager: manager.build_context_for_llm("gone"),
        lambda manager: manager.get_session_chain("gone"),
        lambda manager: manager.get_full_conversation_history("gone"),
    ],
)
def test_a_session_that_is_not_there_is_told_and_not_made(manager, core, verb):
    with pytest.raises(errors.SessionNotFound, match="gone"):
        verb(manager)

    assert len(core.store.names()) == 1


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"token_threshold": 0}, "token_threshold"),
        ({"max_turns_per_segment": 0}, "max_turns_per_segment"),
        ({"summarization_strategy": "poem"}, "no strategy 'poem'"),
    ],
)
def test_a_wrong_setting_is_refused(core, given, problem):
    with pytest.raises(errors.InvalidSessionOperation, match=problem):
        InfiniteConversationManager(store=core, **given)


def test_a_message_of_nobody_is_refused_and_not_kept(manager):
    with pytest.raises(errors.InvalidSessionOperation, match="'system'"):
        manager.process_message("chat", "Hi", EventSource.SYSTEM)

    assert manager.get_full_conversation_history("chat") == []


def test_a_number_of_messages_below_one_is_refused(manager):
    with pytest.raises(errors.InvalidSessionOperation, match="max_messages"):
        manager.build_context_for_llm("chat", 0)
