"""The words in which a model is told what a conversation knows."""

from ai_sessions.memory import wording
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
