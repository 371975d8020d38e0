"""A tracked session, without an event loop."""

import pytest

from ai_sessions.errors import NotFound

READS = ("get_stats", "get_conversation", "get_messages_for_llm")


@pytest.mark.parametrize("verb", READS)
def test_reading_an_unknown_session_makes_no_ghost(tracked, core, verb):
    with pytest.raises(NotFound, match="no session 'gone'"):
        getattr(tracked("gone"), verb)()

    assert core.store.names() == []


def test_what_is_said_is_there_for_the_next_object(tracked):
    tracked("any id: Ω/..").user_says("Hello!", language="en")
    tracked("any id: Ω/..").ai_responds("Hi there!", model="gpt-4", provider="openai")

    said = tracked("any id: Ω/..").get_conversation()
    assert [(one["role"], one["content"]) for one in said] == [
        ("user", "Hello!"),
        ("assistant", "Hi there!"),
    ]
    assert (said[1]["model"], said[1]["provider"]) == ("gpt-4", "openai")
