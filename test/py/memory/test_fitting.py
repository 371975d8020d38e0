"""Commands that ran and passed are evidence: told whole, the ones that fit the question first."""

import pytest

from ai_sessions.memory import questions
from ai_sessions.memory.fitting import fitting_commands, older_commands
from ai_sessions.memory.items import Item
from ai_sessions.memory.recall import line
from ai_sessions.records import Message, ToolCall

COMMANDS = [
    Item("command", text) for text in ("make test", "npm run build", "ruff check src", "ls")
]


def test_all_commands_are_told_where_there_is_room():
    assert fitting_commands("anything", COMMANDS, 400) == tuple(COMMANDS)


def test_commands_that_fit_the_question_are_told_first_then_the_newest():
    told = [one.text for one in fitting_commands("What do we use npm for?", COMMANDS, 30)]

    assert told == ["npm run build", "ls"]
    assert fitting_commands("What do we use npm for?", COMMANDS, 0) == ()


def test_a_command_is_never_cut():
    long = [Item("command", "x " * 500)]

    assert fitting_commands("x", long, 100) == ()


AT = "2026-11-02T00:00:00.000Z"


def ran(at, command, result="1 passed", **more):
    """A call of a shell and its result, in entry number `at`."""
    call = ToolCall(f"c{at}", "bash", {"command": command})
    return [
        Message("assistant", "", AT, id=f"{at}.0", tool_calls=(call,)),
        Message("tool", result, AT, id=f"{at}.1", tool_call_id=call.id, **more),
    ]


def older(question, messages, newer=(), known=(), most=400):
    return older_commands(questions.asked(question), messages, newer, known, most)


PYTEST = "python -m pytest -m integration tests/pay --maxfail=1"


def test_an_older_command_that_passed_is_recalled_whole_with_its_outcome():
    (one,) = older("How do we run the integration tests?", [*ran(1, "ls src"), *ran(3, PYTEST)])

    assert line(one) == f"[2026-11-02, message 3.1] tool: ran and passed: {PYTEST}"


@pytest.mark.parametrize(
    ("result", "more"), [("exit code: 1", {}), ("1 failed", {"is_error": True})]
)
def test_a_command_that_failed_is_not_recalled(result, more):
    assert older("integration tests", ran(1, PYTEST, result, **more)) == []


def test_a_command_that_failed_later_is_not_recalled():
    failed = ran(3, PYTEST, is_error=True)

    assert older("integration tests", [*ran(1, PYTEST), *failed]) == []
    assert older("integration tests", ran(1, PYTEST), failed) == []


def test_a_command_that_is_told_anyway_or_fits_nothing_is_not_recalled():
    assert older("integration tests", ran(1, PYTEST), known=[PYTEST]) == []
    assert older("integration tests", ran(1, PYTEST), ran(3, PYTEST)) == []
    assert older("What is for lunch?", ran(1, PYTEST)) == []


def test_older_commands_have_no_more_tokens_than_they_may():
    messages = [*ran(1, f"pytest {'integration ' * 100}"), *ran(3, "pytest -m integration")]

    assert [one.id for one in older("integration", messages, most=100)] == ["3.1"]
    assert older("integration", messages, most=10) == []
