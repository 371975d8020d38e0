"""How often tools may be called in a session, by what is on record of it."""

from collections import Counter

import pytest

from ai_sessions.errors import UsageError
from ai_sessions.library import call_limits
from ai_sessions.records import Interaction, Message, Said


def result(tool, **metadata):
    return Message("tool", "8", name=tool, tool_call_id="t1", metadata=metadata)


def test_calls_are_counted_by_tool_also_those_of_a_call_of_a_model():
    called = Interaction("c1", "", "openai", "gpt-4o", (result("find"), Message("user", "Hi")))

    found = call_limits.made([Said(result("add")), Said(result("add", attempt=3)), called])

    assert found == {"add": 2, "find": 1}


def test_a_call_that_was_never_tried_is_none():
    assert call_limits.made([Said(result("add", attempt=0))]) == {}


@pytest.mark.parametrize(
    ("limits", "is_refused"),
    [(None, False), (3, False), (2, True), ({"add": 1}, True), ({}, False)],
)
def test_a_limit_is_reached_when_there_are_so_many_calls(limits, is_refused):
    before = Counter(add=1, find=1)

    assert bool(call_limits.refusal(limits, before, "add")) == is_refused


def test_a_limit_of_none_at_all_lets_nothing_be_called():
    assert "its 0 calls of tools" in call_limits.refusal(0, Counter(), "add")


def test_limits_that_are_given_are_copied():
    given = {"add": 1}
    found = call_limits.checked(given)
    given["add"] = 9

    assert found == {"add": 1}
    assert call_limits.checked(None) is None


def test_no_limit_is_a_limit_by_name_that_nobody_named():
    with pytest.raises(UsageError, match="None"):
        call_limits.checked({"add": None})
