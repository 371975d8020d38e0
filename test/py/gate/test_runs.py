"""What a run is: its class, its counts, its end, whether two failed alike."""

import pytest

from ai_sessions.gate import counts, fingerprint, run_class, tail


@pytest.mark.parametrize(
    ("run", "wanted"),
    [
        ({"passed": ["a"]}, "pass"),
        ({"passed": ["a"], "skipped": ["b"]}, "pass"),
        ({"failed": ["a"], "passed": ["b"]}, "fail"),
        ({"failed": ["a"], "error": ["b"]}, "fail"),
        ({"failed": ["a"], "exit_code": 0}, "fail"),
        ({"error": ["a"], "passed": ["b"]}, "error"),
        ({}, "none"),
        ({"exit_code": 5}, "none"),
        ({"skipped": ["a"]}, "none"),
        ({"passed": ["a"], "exit_code": 1}, "fail"),
        ({"counted": False}, "crash"),
        ({"counted": False, "exit_code": 2}, "crash"),
        ({"passed": ["a"], "exit_code": 124}, "crash"),
        ({"passed": ["a"], "exit_code": 137}, "crash"),
        ({"exit_code": 126}, "crash"),
        ({"exit_code": 127}, "crash"),
        ({"opaque": True}, "pass"),
        ({"opaque": True, "exit_code": 2}, "fail"),
        ({"opaque": True, "exit_code": 124}, "crash"),
        ({"opaque": True, "exit_code": 143}, "crash"),
    ],
)
def test_the_class_of_a_run(a_run, run, wanted):
    assert run_class(a_run(**run)) == wanted


@pytest.mark.parametrize(
    ("run", "wanted"),
    [
        ({"failed": ["a", "b"], "passed": ["c"]}, "2 failed, 1 passed"),
        ({"error": ["a"], "skipped": ["b"]}, "1 could not start, 1 skipped"),
        ({}, "no test, exit 0"),
        ({"opaque": True, "exit_code": 2}, "exit 2, opaque"),
    ],
)
def test_counts_are_told_in_words(a_run, run, wanted):
    assert counts(a_run(**run)) == wanted


def test_a_model_is_shown_the_last_sixty_lines(a_run):
    run = a_run(output="\n".join(f"line {n}" for n in range(100)))

    assert tail(run).splitlines() == [f"line {n}" for n in range(40, 100)]


def test_two_runs_that_fail_alike_have_one_fingerprint(a_run):
    first = a_run(failed=[("a", "at 0x7f12 after 0.31 s in /tmp/x1"), "b"], output="in 1.2s")
    again = a_run(failed=["b", ("a", "at 0x9a00 after 2.05 s in /tmp/y2")], output="in 3.4s")

    assert fingerprint(first) == fingerprint(again)


@pytest.mark.parametrize(
    "other",
    [{"failed": ["b"]}, {"error": ["a"]}, {"failed": [("a", "1 == 3")]}, {"failed": ["a", "b"]}],
)
def test_another_failure_has_another_fingerprint(a_run, other):
    assert fingerprint(a_run(failed=[("a", "1 == 2")])) != fingerprint(a_run(**other))


def test_runs_without_cases_are_told_apart_by_their_end(a_run):
    one = a_run(opaque=True, exit_code=2, output="no rule to make target 'x'")
    two = a_run(opaque=True, exit_code=2, output="assertion failed")

    assert fingerprint(one) != fingerprint(two)
