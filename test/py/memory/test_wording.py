"""The words in which a model is told what a conversation knows."""

import pytest

from ai_sessions.memory import wording
from ai_sessions.memory.items import Item
from ai_sessions.memory.recall import Recalled
from ai_sessions.records import Pin, Summary


def test_pins_are_told_word_for_word():
    told = wording.pins({"a": Pin("a", "Never promise a date."), "b": Pin("b", "Say du.")})

    assert told.text == "Keep in mind:\n- Never promise a date.\n- Say du."
    assert (told.role, told.id) == ("system", "")


def test_state_is_told_as_json():
    told = wording.state({"plan": "pro", "retries": 3})

    assert told.text == 'State of this conversation:\n- plan = "pro"\n- retries = 3'


def test_what_there_is_not_is_not_told():
    assert wording.pins({}) is None
    assert wording.state({}) is None
    assert wording.recalled(()) is None


def test_a_summary_says_what_it_is():
    assert wording.summed(Summary("They spoke.", 3)).text == (
        "Summary of what was said before:\nThey spoke."
    )


def test_what_was_recalled_has_its_date_and_message():
    found = Recalled("The port\nis 8080.", "12.0", "user", "2026-11-12T10:00:00.000Z")

    assert wording.recalled([found]).text == (
        "From older messages:\n- [2026-11-12, message 12.0] user: The port is 8080."
    )


@pytest.mark.parametrize(
    ("item", "told"),
    [
        (Item("command", "pytest -q"), "ran and passed: pytest -q"),
        (Item("command", "ls", ("3.0", "4.0")), "[message 4.0] ran and passed: ls"),
        (
            Item("command", "cat <<E\nState:\nE", ("4.0",), "2026-11-12T10:00:00.000Z"),
            "[2026-11-12, message 4.0] ran and passed: cat <<E\n  State:\n  E",
        ),
    ],
)
def test_a_command_is_told_whole_and_cannot_be_taken_for_a_heading(item, told):
    assert wording.recalled((), [item]).text == f"From older messages:\n- {told}"


def test_what_is_left_out_is_named_where_it_can_be():
    assert wording.left_out("17.0", 12345) == "[... 12,345 tokens left out; message 17.0 ...]"
    assert wording.left_out("") == "[... left out ...]"
    assert wording.skipped("14.0") == "[... messages from 14.0 on left out here ...]"
    assert wording.skipped("") == "[... messages left out here ...]"
