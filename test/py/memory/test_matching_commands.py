"""Commands that ran and passed are evidence: told whole, the ones that fit the question first."""

import pytest

from ai_sessions.memory import questions
from ai_sessions.memory.items import Item
from ai_sessions.memory.matching_commands import passed_commands
from ai_sessions.memory.recall import line
from ai_sessions.records import Message, ToolCall

AT = "2026-11-02T00:00:00.000Z"


def ran(at, command, result="1 passed", **more):
    """A call of a shell and its result, in entry number `at`."""
    call = ToolCall(f"c{at}", "bash", {"command": command})
    return [
        Message("assistant", "", AT, id=f"{at}.0", tool_calls=(call,)),
        Message("tool", result, AT, id=f"{at}.1", tool_call_id=call.id, **more),
    ]


def recalled(question, messages=(), newer=(), known=(), most=400):
    return passed_commands(questions.asked(question), messages, newer, known, most)


PYTEST = "python -m pytest -m integration  tests/pay --maxfail=1"


def test_an_older_command_that_passed_is_recalled_whole_with_its_outcome():
    question = "How do we run the integration tests?"
    one, *_ = recalled(question, [*ran(1, "ls src"), *ran(3, PYTEST)])

    assert line(one) == f"[2026-11-02, message 3.1] ran and passed: {PYTEST}"


@pytest.mark.parametrize(
    ("result", "more"), [("exit code: 1", {}), ("1 failed", {"is_error": True})]
)
def test_a_command_that_failed_is_not_recalled(result, more):
    assert recalled("integration tests", ran(1, PYTEST, result, **more)) == []


def test_a_command_that_failed_later_is_not_recalled():
    failed = ran(3, PYTEST, is_error=True)

    assert recalled("integration tests", [*ran(1, PYTEST), *failed]) == []
    assert recalled("integration tests", ran(1, PYTEST), failed) == []
    assert recalled("integration tests", failed, known=[Item("command", PYTEST)]) == []


def test_a_command_of_the_summary_is_recalled_too():
    known = [Item("command", PYTEST, ("1.0", "1.1"), AT), Item("command", "ls src", ("3.0",), AT)]

    assert [one.id for one in recalled("integration tests", known=known)] == ["1.1"]


def test_a_command_that_is_told_anyway_or_fits_nothing_is_not_recalled():
    assert recalled("integration tests", ran(1, PYTEST), ran(3, PYTEST)) == []
    assert recalled("What is for lunch?", ran(1, PYTEST)) == []


def test_a_command_is_found_by_what_it_was_asked_for():
    asked = Message("user", "check the refunds, please", id="1.0")
    other = Message("user", "and the search", id="3.0")
    messages = [asked, *ran(2, "pytest -k money"), other, *ran(4, "pytest -k text")]

    assert [one.id for one in recalled("How were refunds checked?", messages)] == ["2.1"]


def test_commands_have_no_more_tokens_than_they_may_and_none_is_cut():
    messages = [*ran(1, f"pytest {'integration ' * 100}"), *ran(3, "pytest -m integration")]

    assert [one.id for one in recalled("integration", messages, most=100)] == ["3.1"]
    assert recalled("integration", messages, most=10) == []
