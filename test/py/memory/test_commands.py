"""Commands that passed: by what they last came to, whole, and by no other tool's calls."""

import pytest

from ai_sessions.memory.commands import command_of, outcomes, passed
from ai_sessions.records import Message, ToolCall


def ran(command, result="ok", tool="bash", number=1, **told):
    call = ToolCall(f"call{number}", tool, command)
    return (
        Message("assistant", "", id=f"{number}.0", tool_calls=(call,)),
        Message("tool", result, id=f"{number}.1", tool_call_id=call.id, **told),
    )


@pytest.mark.parametrize(
    ("tool", "arguments", "command"),
    [
        ("Bash", {"command": "make test", "timeout": 5}, "make test"),
        ("run_terminal_cmd", {"cmd": "ls"}, "ls"),
        ("exec_command", {"command": ["bash", "-lc", "ls | wc -l"]}, "ls | wc -l"),
        ("shell", {"command": ["grep", "two words", "a"]}, "grep 'two words' a"),
        ("runScript", '{"script": "npm test"}', "npm test"),
        ("bash", "plain text", "plain text"),
        ("bash", {"command": "make \\\n  all"}, "make all"),
        ("bash", {"command": "grep 'a  b' x"}, "grep 'a  b' x"),
        ("read_file", {"command": "make"}, ""),
        ("bashful", {"command": "make"}, ""),
        ("bash", {"path": "x"}, ""),
        ("bash", None, ""),
        ("bash", 7, ""),
        ("bash", {"command": "x" * 5_000}, ""),
    ],
)
def test_a_command_is_what_a_tool_that_runs_one_is_told(tool, arguments, command):
    assert command_of(ToolCall("1", tool, arguments)) == command


@pytest.mark.parametrize(
    ("result", "is_error", "is_ok"),
    [
        ("41 passed", False, True),
        ("exit code: 0", False, True),
        ("exit code: 1", False, False),
        ("Process exited with code 127", False, False),
        ('{"exit_code": 2}', False, False),
        ("exit status 3\n...\nexit code: 0", False, True),
        ("boom", True, False),
    ],
)
def test_a_command_passed_unless_its_result_says_otherwise(result, is_error, is_ok):
    messages = ran({"command": "make"}, result, is_error=is_error)

    assert [item.text for item in passed(messages)] == ["make"] * is_ok


def test_its_last_outcome_counts():
    messages = [*ran("make"), *ran("make", "exit code: 2", number=2)]

    assert passed(messages) == []
    assert outcomes(messages)["make"][1] is False


def test_a_command_that_ran_again_is_told_once_as_the_newest():
    messages = [*ran("make"), *ran("ls", number=2), *ran("make", number=3)]

    assert [(item.text, item.sources) for item in passed(messages)] == [
        ("ls", ("2.0", "2.1")),
        ("make", ("3.0", "3.1")),
    ]


def test_a_command_without_a_result_has_not_passed():
    assert passed(ran("make")[:1]) == []


def test_an_exit_code_at_the_end_of_a_long_result_is_found():
    assert passed(ran("make", "log line\n" * 100_000 + "exit code: 1")) == []


@pytest.mark.parametrize("size", [100, 3_900, 4_100, 9_000])
def test_an_exit_code_is_found_at_both_ends_of_a_result(size):
    log = "x" * size

    assert passed(ran("make", f"exit code: 1 {log}")) == []
    assert passed(ran("make", f"{log} exit code: 1")) == []


def test_an_exit_code_that_was_recorded_beside_the_text_counts():
    assert passed(ran("make", metadata={"exit_code": 3})) == []
    assert passed(ran("make", "exit code: 3", metadata={"exit_code": 0})) != []


def test_a_command_of_two_thousand_characters_is_kept_and_a_longer_one_is_not():
    longest = "x" * 2_000

    assert [item.text for item in passed(ran({"command": longest}))] == [longest]
    assert passed(ran({"command": f"{longest}x"})) == []
