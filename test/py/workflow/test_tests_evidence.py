"""Runs of tests as evidence: what is kept, and that it can be read again."""

import pytest

from ai_sessions.testing.contract import Case, Run
from ai_sessions.workflow.tests import run_of, seen

CASES = (
    *(Case("t.py::b", "passed"), Case("t.py::a", "passed"), Case("t.py::c", "failed", "1 == 2")),
    Case("u.py", "error"),
)
RUN = Run(("pytest", "-q"), 1, CASES, 12, "lots of output")


def test_a_run_is_kept_with_what_our_process_saw():
    assert seen(RUN, "logs/1.txt") == {
        "command": ["pytest", "-q"],
        "exit": 1,
        "class": "fail",
        "counts": {"passed": 2, "failed": 1, "error": 1, "skipped": 0},
        "ids": {"passed": ["t.py::a", "t.py::b"], "failed": ["t.py::c"], "error": ["u.py"]},
        "opaque": False,
        "counted": True,
        "duration_ms": 12,
        "log": "logs/1.txt",
    }


@pytest.mark.parametrize(("opaque", "counted"), [(False, True), (True, True), (False, False)])
def test_what_was_kept_is_the_same_run_without_its_output(opaque, counted):
    run = Run(("sh",), 2, CASES, 5, "out", opaque=opaque, counted=counted)
    again = run_of(seen(run, ""))

    assert {(case.id, case.outcome) for case in again.cases} == {
        (case.id, case.outcome) for case in CASES
    }
    assert (again.command, again.exit_code, again.duration_ms) == (("sh",), 2, 5)
    assert (again.output, again.opaque, again.counted) == ("", opaque, counted)


def test_a_run_without_cases_can_be_read_again():
    assert run_of({**seen(RUN, ""), "ids": None}).cases == ()


@pytest.mark.parametrize(("number", "kept"), [(2000, True), (2001, False)])
def test_of_a_very_large_suite_only_failures_are_named(number, kept):
    cases = [Case(f"t.py::{one}", "passed") for one in range(number - 2)]
    run = Run(("x",), 1, (*cases, Case("f", "failed"), Case("e", "error")), 1, "")
    ids = seen(run, "")["ids"]

    assert ("passed" in ids) is kept
    assert (ids["failed"], ids["error"]) == (["f"], ["e"])
    assert seen(run, "")["counts"]["passed"] == number - 2


def test_what_only_some_runs_say_is_kept_and_read_again():
    message = "AssertionError: 1 != 2\nassert 1 == 2"
    failed = Run(("x",), 1, (Case("t.py::a", "failed", message), Case("u.py", "error", "?")), 5, "")
    little = Run(("x",), 1, (Case("t.py::a", "passed"),), 5, "", coverage="total of 50")

    assert seen(failed, "")["exceptions"] == {"t.py::a": "AssertionError"}
    assert [case.message for case in run_of(seen(failed, "")).cases] == ["AssertionError", ""]
    assert run_of(seen(little, "")).coverage == "total of 50"
