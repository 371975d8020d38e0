"""One thing that happened in a session, as programs make it."""

import pytest

from ai_sessions.library.views.event import SessionEvent
from ai_sessions.library.views.kinds import EventSource, EventType
from ai_sessions.library.views.token_usage import TokenUsage


def test_an_event_that_a_program_makes_has_an_id_and_a_time():
    one, other = SessionEvent("Hi"), SessionEvent(message="Hi")

    assert one.id != other.id
    assert one.timestamp <= other.timestamp
    assert (one.source, one.type) == (EventSource.SYSTEM, EventType.MESSAGE)


def test_an_event_is_created_with_its_tokens():
    found = SessionEvent.create_with_tokens(
        "one two three", "one two three", "four", "gpt-4o", EventSource.USER, task_id="r1"
    )

    assert (found.token_usage.prompt_tokens, found.token_usage.completion_tokens) == (3, 1)
    assert (found.token_usage.model, found.token_usage.estimated) == ("gpt-4o", True)
    assert found.is_part_of_task("r1")
    assert not found.is_part_of_task("r2")


def test_tokens_are_counted_again_from_words():
    found = SessionEvent("x", token_usage=TokenUsage(1, 1, "old"))
    found.update_token_usage(completion="one two three", model="gpt-4o")

    used = found.token_usage
    assert (used.prompt_tokens, used.completion_tokens, used.model) == (0, 3, "gpt-4o")


def test_numbers_of_a_provider_take_the_place_of_an_estimate_each_for_itself():
    found = SessionEvent.create_with_tokens("x", "one two three", model="gpt-4o")
    found.update_token_usage(completion_tokens=1_000_000, model="other")

    used = found.token_usage
    assert (used.prompt_tokens, used.completion_tokens, used.model) == (3, 1_000_000, "gpt-4o")
    assert not used.estimated
    assert used.estimated_cost_usd == pytest.approx(10 + 3 * 2.5 / 1e6)


def test_numbers_for_an_event_without_tokens_are_of_the_named_model():
    found = SessionEvent("x")
    found.update_token_usage(prompt_tokens=7, model="gpt-4o")

    assert (found.token_usage.total_tokens, found.token_usage.model) == (7, "gpt-4o")


def test_nothing_told_changes_no_tokens():
    found = SessionEvent("x")
    found.update_token_usage()

    assert found.token_usage is None


def test_tokens_of_an_event_are_those_of_its_call_or_of_its_words():
    assert SessionEvent("one two three").calculate_tokens() == 3
    assert SessionEvent("one two three", token_usage=TokenUsage(5, 6)).calculate_tokens() == 11


def test_metadata_of_an_event_are_set_merged_and_taken_away():
    found = SessionEvent("x")
    found.set_metadata("a", 1)
    found.update_metadata("b", 2)
    found.merge_metadata({"c": 3})
    found.remove_metadata("a")
    found.remove_metadata("never")

    assert found.metadata == {"b": 2, "c": 3}
    assert (found.has_metadata("a"), found.get_metadata("a", 0), found.get_metadata("b")) == (
        *(False, 0),
        2,
    )
    found.clear_metadata()
    assert found.metadata == {}


def test_an_event_as_json_has_only_what_it_has():
    found = SessionEvent("Hi", EventSource.USER)

    assert found.to_dict() == {
        **{"id": found.id, "message": "Hi", "timestamp": found.timestamp.isoformat()},
        **{"source": "user", "type": "message", "metadata": {}},
    }


def test_an_event_as_json_has_its_family_and_its_tokens():
    used = TokenUsage(1, 2, "mine")
    found = SessionEvent("Hi", parent_event_id="e1", task_id="t1", token_usage=used).to_dict()

    assert (found["parent_event_id"], found["task_id"]) == ("e1", "t1")
    assert found["token_usage"] == {
        **{"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
        **{"model": "mine", "estimated_cost_usd": None},
    }


def test_an_event_knows_its_parent():
    assert SessionEvent("x", parent_event_id="e1").is_child_of("e1")
    assert not SessionEvent("x").is_child_of("e1")
