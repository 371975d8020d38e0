"""Statistics serve keys, attributes, `.get` and JSON, and their cost is always a number."""

import json

import pytest

from ai_sessions.library.stats import SessionStats, of_sessions
from ai_sessions.records import About, ModelTotals, Session, Totals, Usage

#: What the programs that switch to this read.
KEYS = [
    *("session_id", "session_segments", "session_chain", "infinite_context"),
    *("total_messages", "total_events", "user_messages", "ai_messages", "tool_calls"),
    *("total_tokens", "estimated_cost", "created_at", "last_update"),
]


def session(**totals):
    times = {"created_at": "2026-01-01T00:00:00.000Z", "last_used": "2026-01-02T00:00:00.000Z"}
    return Session("chat", "01", About(), **times, totals=Totals(**totals))


def stats(*sessions, **named):
    return of_sessions(sessions or [session()], {"user": 2, "assistant": 1}, events=4, **named)


@pytest.mark.parametrize("key", KEYS)
def test_each_statistic_is_read_by_key_by_attribute_and_by_get(key):
    found = stats()

    assert found[key] == getattr(found, key) == found.get(key, "missing")


def test_a_statistic_that_is_not_there_is_an_attribute_error_that_names_those_that_are():
    with pytest.raises(AttributeError, match=r"no statistic 'tokens'.*total_tokens"):
        _ = stats().tokens


def test_statistics_are_json_and_unpack_as_any_dict():
    found = stats(chain=["chat"])

    assert json.loads(json.dumps(found)) == dict(**found) == found.model_dump()


def test_the_cost_is_a_number_when_no_price_is_known():
    found = stats(session(interactions=2, unknown_costs=2))

    assert f"{found['estimated_cost']:.4f}" == "0.0000"
    assert found["unpriced"] == 2


def test_tiny_costs_add_up_without_rounding():
    found = stats(session(cost_nusd=450_000))

    assert found["estimated_cost"] == 0.00045


def test_cached_and_reasoning_tokens_are_told_apart():
    used = Usage(100, 40, cache_read_tokens=60, cache_write_tokens=10, reasoning_tokens=30)

    found = stats(session(usage=used))

    assert (found.total_tokens, found.input_tokens, found.output_tokens) == (140, 100, 40)
    assert (found.cached_tokens, found.cache_write_tokens, found.reasoning_tokens) == (60, 10, 30)


def test_messages_without_a_call_count_their_tokens():
    found = stats(session(said_input_tokens=7, said_output_tokens=5, estimated_tokens=12))

    assert (found.input_tokens, found.output_tokens, found.estimated_tokens) == (7, 5, 12)


def test_messages_are_those_of_people_and_models():
    roles = {"user": 3, "assistant": 2, "system": 9, "tool": 4}

    found = of_sessions([session(tool_calls=4)], roles, events=18)

    assert (found.total_messages, found.user_messages, found.ai_messages) == (5, 3, 2)
    assert (found.total_events, found.tool_calls) == (18, 4)


def test_a_conversation_in_several_sessions_is_summed():
    def one(**totals):
        return session(by_model={"m": ModelTotals(1, Usage(3, 1), 1_000, 1)}, **totals)

    found = stats(one(cost_nusd=1_000, errors=1), one(cost_nusd=2_000), segments=2)

    assert (found.cost_nusd, found.failed_calls, found.session_segments) == (3_000, 1, 2)
    assert found.by_model["m"]["calls"] == 2
    assert (found.by_model["m"]["input_tokens"], found.by_model["m"]["unpriced"]) == (6, 2)
    assert found.by_model["m"]["estimated_cost"] == 0.000002


def test_statistics_made_by_hand_are_a_dict():
    assert SessionStats(total_tokens=3) == {"total_tokens": 3}
