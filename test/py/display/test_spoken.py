"""What pages show of an entry, the same in every form."""

import pytest

from ai_sessions.display import spoken
from ai_sessions.records import (
    SUMMARY,
    Change,
    Cost,
    Interaction,
    Message,
    Note,
    Said,
    ToolCall,
    Usage,
)

AT = "2026-11-28T10:00:00.000Z"


def test_messages_of_a_call_have_its_time_where_they_have_none():
    call = Interaction("i", AT, "p", "m", (Message("user", "a", "2026"), Message("user", "b")))

    assert [one.at for one in spoken.said(call)] == ["2026", AT]


@pytest.mark.parametrize(
    "entry",
    [
        Interaction("i", AT, "p", "m", (Message("user", "sum"),), purpose=SUMMARY),
        Change("tags", []),
    ],
)
def test_of_a_summary_and_of_facts_nothing_was_said(entry):
    assert spoken.said(entry) == ()


def test_a_message_tells_all_it_has_and_nothing_else():
    call = ToolCall("c", "weather", {"city": "Łódź"})
    message = Message("assistant", "x", tool_calls=(call,), tokens=0, metadata={"k": 1})

    assert spoken.more(Message("user", "x")) == {}
    assert spoken.more(message) == {
        "tool_calls": [{"id": "c", "name": "weather", "arguments": {"city": "Łódź"}}],
        "tokens": 0,
        "metadata": {"k": 1},
    }


def test_a_call_of_unknown_cost_is_null_and_never_zero():
    told = spoken.call_facts(Interaction("i", AT, "p", "m", (), Usage(10, 2), duration_ms=5))

    assert (told["cost"], told["cost_nusd"], told["cost_source"]) == (None, None, "unknown")
    assert (told["input_tokens"], told["output_tokens"], told["duration_ms"]) == (10, 2, 5)


def test_what_a_call_cost_is_told_in_dollars():
    assert (
        spoken.call_facts(Interaction("i", AT, "p", "m", (), cost=Cost(1_500_000)))["cost"]
        == 0.0015
    )


def test_metadata_of_the_session_is_found_and_no_entry_is_lost():
    entries = [Change("tags", []), Note("metadata", {"team": "a"}), Said(Message("user", "x"))]
    found, rest = spoken.with_metadata(entries)

    assert (found, list(rest)) == ({"team": "a"}, entries)
