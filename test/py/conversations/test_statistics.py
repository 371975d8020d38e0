"""Statistics of one conversation and of all add up to what was said."""

import pytest

from ai_sessions.conversations import messages, statistics
from ai_sessions.conversations.hot import CacheUse
from ai_sessions.index import Index
from ai_sessions.records import About, Change, Cost, Interaction, Message, Said, Session, Usage

AT = "2026-11-29T00:01:30.500Z"


@pytest.fixture
def talked(store, now):
    """A bot with a tool, an error and a call of a model; and two that are over."""
    store.ensure("bot", About(interface="telegram", conversation_id="1"))
    messages.add_message(store, now, "bot", Message("user", "hi", tokens=3))
    messages.record_tool_call(store, now, "bot", "x", error="no network")
    messages.record_error(store, now, "bot", "timed out")
    said = (Message("user", "again"), Message("assistant", "yes"))
    usage, cost = Usage(100, 20), Cost(5, "client")
    store.append("bot", [Interaction("i", AT, "echo", "echo", said, usage, cost)])
    store.ensure("ended", About())
    store.append("ended", [Change("status", "inactive")])
    store.ensure("expired", About(interface="api", expires_in_ms=1))


def test_nothing_is_counted_where_nothing_is(store, now):
    found = statistics.overall(Index(store.source()), now)

    assert (found.total_sessions, found.average_length, found.total_tokens) == (0, 0.0, 0)
    assert (found.sessions_by_interface, found.cache_hit_rate) == ({}, None)


def test_one_conversation_is_counted(store, now, talked):
    session = store.read("bot")
    found = statistics.of_session(session, now)

    assert (found.messages, found.tool_calls, found.tool_errors, found.errors) == (5, 1, 1, 1)
    assert found.input_tokens == 100 + session.totals.said_input_tokens
    assert found.output_tokens == 20 + session.totals.said_output_tokens
    assert found.total_tokens > 123
    assert (found.cost_nusd, found.unknown_costs) == (5, 0)
    assert (found.last_active, found.duration_ms, found.is_active) == (AT, 90_500, True)


def test_what_is_estimated_is_told_apart_from_what_was_counted(store, now):
    store.ensure("bot", About())
    said = (Message("user", "again"), Message("assistant", "yes"))
    calls = [Usage(100, 20), Usage(30, 7, estimated=True)]
    sources = {"estimate": 5, "tokenizer": 11, "provider": 13}
    messages = [Message("user", "hi", tokens=n, tokens_source=s) for s, n in sources.items()]
    store.append("bot", [*map(Said, messages)])
    store.append(
        "bot", [Interaction(str(n), AT, "echo", "echo", said, one) for n, one in enumerate(calls)]
    )

    found = statistics.of_session(store.read("bot"), now)
    assert (found.total_tokens, found.estimated_tokens) == (5 + 11 + 13 + 120 + 37, 5 + 37)


def test_messages_are_counted_by_role(store, talked):
    assert statistics.by_role(store, "bot") == {"user": 2, "assistant": 2, "tool": 1}


def test_times_that_were_edited_are_no_duration(now):
    session = Session("x", "u", About(), "soon", "")

    assert statistics.of_session(session, now).duration_ms == 0


def test_all_conversations_are_counted(store, now, talked):
    later = now.replace(minute=1)
    found = statistics.overall(Index(store.source()), later, CacheUse(2, 10, 3, 1, 400))

    assert (found.total_sessions, found.active_sessions) == (3, 1)
    assert found.sessions_by_interface == {"api": 1, "cli": 1, "telegram": 1}
    assert (found.total_messages, found.total_tool_calls, found.total_errors) == (5, 1, 1)
    assert found.average_length == 5 / 3
    assert (found.cache_size, found.cache_hit_rate) == (2, 0.75)
    one = statistics.of_session(store.read("bot"), now)
    for name in ("input_tokens", "output_tokens", "cost_nusd", "unknown_costs", "total_tokens"):
        assert getattr(found, name) == getattr(one, name)


def test_they_are_the_same_from_the_index(store, now, talked, tmp_path):
    index = Index(store.source(), str(tmp_path), worthwhile=0)

    assert statistics.overall(index, now) == statistics.overall(Index(store.source()), now)


def test_a_question_that_a_call_had_in_its_input_is_counted_once(store, now):
    asked = Said(Message("user", "Why?", tokens=2))
    call = Interaction(
        "c", "", "openai", "gpt-4", (Message("assistant", "So."),), Usage(9, 3),
        detail={"covered_tokens": 2},
    )  # fmt: skip
    session = store.append("plan-a", [asked, call, asked])

    counted = statistics.of_session(session, now)

    assert (counted.input_tokens, counted.output_tokens) == (9 + 2, 3)
    assert (session.totals.user_messages, session.totals.answers) == (2, 1)


@pytest.mark.parametrize(
    ("created_at", "last_used", "lasted"),
    [
        ("2026-11-29T00:01:30.500Z", "2026-11-29T00:01:32.001Z", 1501),
        ("2026-11-29T00:01:30.500Z", "2026-11-29T00:01:30.000Z", 0),
        ("", "2026-11-29T00:01:30.500Z", 0),
    ],
)
def test_a_session_lasts_from_its_beginning_to_its_last_use(created_at, last_used, lasted):
    assert statistics.duration_ms(created_at, last_used) == lasted
