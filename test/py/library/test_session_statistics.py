"""Statistics agree with the log, whoever wrote it."""

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
