"""The facts of a conversation in a checkpoint."""

from hypothesis import given
from hypothesis import strategies as st

from ai_sessions.store import facts, totals

VALUES = st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=4) | st.lists(st.text())
KEYS = st.sampled_from(
    ["title", "token_limit", "link.c", "parent", "kind", "state.a", "pin.b", "open_call.d"]
)


@given(st.lists(st.tuples(KEYS, VALUES)))
def test_whatever_is_put_leaves_sound_facts_that_can_be_told_again(changes):
    found: dict = {}
    for key, value in changes:
        facts.put(found, key, value)

    again: dict = {}
    for key, value in facts.told(found).items():
        facts.put(again, key, value)
    assert facts.is_sound(found)
    assert again == found


def test_a_session_of_a_workflow_has_none():
    assert totals.empty("plan-auth")[facts.KEY] == {}


def test_a_checkpoint_of_an_earlier_version_is_taken_as_it_is():
    old = totals.empty("plan-auth")
    del old[facts.KEY]
    for key in ("tool_calls", "tool_errors", "said_input_tokens", "said_output_tokens"):
        del old["totals"][key]

    assert totals.completed(old) == totals.empty("plan-auth")


def test_a_checkpoint_with_damaged_facts_is_made_again():
    for damaged in ({"state": ["a"]}, {"open_calls": {"a": 1}}, {"open_calls": ["a"]}):
        assert totals.completed({**totals.empty("x"), facts.KEY: damaged}) is None


def test_of_given_facts_those_of_another_form_are_left_out():
    given = {"title": "x", "token_limit": "y", "parent": None, "state": [], "links": {"u": "n"}}

    assert facts.sound({**given, "more": 1}) == {"title": "x", "links": {"u": "n"}}
