"""Statistics agree with the log, whoever wrote it."""

import pytest

from ai_sessions.library import session_statistics


def test_sums_are_those_of_a_look_into_the_log(tracked):
    session = tracked("one")
    session.user_says("a")
    session.ai_responds("b", model="gpt-4")
    session.tool_used("t", {}, "r")
    session.track("c", "d", model="gpt-4")

    stats = session.get_stats()
    said = session.get_conversation()

    assert stats["user_messages"] == sum(one["role"] == "user" for one in said) == 2
    assert stats["ai_messages"] == sum(one["role"] == "assistant" for one in said) == 2
    assert (stats["total_messages"], stats["tool_calls"], stats["calls"]) == (4, 1, 2)
    assert stats["total_tokens"] == stats["input_tokens"] + stats["output_tokens"]


def test_only_what_came_after_an_entry_is_counted(tracked, core):
    session = tracked("one")
    for text in "abc":
        session.user_says(text)

    found = session_statistics.after(core.store, core.read("python-one"), 2)

    assert (found.totals.user_messages, found.name) == (1, "python-one")


def test_events_are_messages_and_tool_calls_and_not_what_else_the_log_has(tracked):
    chat = tracked(system_prompt="Be brief.", metadata={"a": 1})
    chat.track("Hi", "Yo")
    chat.tool_used("add", {"a": 1}, 8)
    chat.user_says("And now?")

    assert (chat.get_stats().total_events, chat.get_stats().total_messages) == (4, 3)


@pytest.fixture
def session(tracked):
    session = tracked("one", system_prompt="Be brief.")
    session.track("a", "b", "gpt-4", "openai", usage={"prompt_tokens": 100, "completion_tokens": 9})
    session.tool_used("look", {}, "seen")
    session.track("c", "d", "gpt-4", "openai", usage={"prompt_tokens": 200, "completion_tokens": 9})
    return session


def sums(session, **named):
    found = session.get_stats(**named)
    return found.total_messages, found.calls, found.total_tokens, found.tool_calls


def test_a_fork_counts_its_own_and_with_all_also_what_it_shares(session):
    shared = session.get_stats().total_tokens
    fork = session.fork()
    fork.track("e", "f", "gpt-4", "openai", usage={"prompt_tokens": 300, "completion_tokens": 9})
    session.user_says("only there")

    whole = fork.get_stats(include_all_segments=True)
    assert sums(fork) == (2, 1, 309, 0)
    assert sums(fork, include_all_segments=True) == (6, 3, shared + 309, 1)
    assert whole.session_id == fork.session_id
    assert len(fork.get_conversation()) == whole.total_messages
    assert whole.estimated_cost > fork.get_stats().estimated_cost > 0


def test_of_a_call_that_is_shared_in_part_only_the_words_count(session):
    question = session.get_conversation()[2]["id"]

    fork = session.fork(message_id=question)

    said, calls, tokens, tools = sums(fork, include_all_segments=True)
    assert (said, calls, tools) == (3, 1, 1)
    assert 109 < tokens < 209  # the call that answers it is not shared


def test_a_fork_of_a_fork_counts_each_part_once(session):
    middle = session.fork()
    middle.user_says("m")
    last = middle.fork()
    last.user_says("l")
    middle.user_says("later")

    assert sums(last, include_all_segments=True)[:2] == (6, 2)


def test_a_session_that_is_no_fork_has_no_past(session):
    assert sums(session, include_all_segments=True) == sums(session)


def test_a_child_that_is_no_fork_counts_its_own(session, tracked):
    child = tracked(parent_id="one")
    child.user_says("hm")

    assert sums(child, include_all_segments=True)[0] == 1
