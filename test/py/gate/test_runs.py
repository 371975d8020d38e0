"""What a run is: its class, its counts, its end, whether two failed alike."""

import pytest

from ai_sessions.gate import counts, exception, fingerprint, run_class, tail
from ai_sessions.gate.runs import crash, under


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
    "said",
    [
        *("\n\n  0 passing (1ms)\n", "TAP version 13\n1..0\n# tests 0\n", "0 examples, 0 failures"),
        *("No tests executed!", "ok | 0 passed | 0 failed (1ms)", " 0 pass\n 0 fail"),
        *("Ran 0 tests in 0.000s\n\nOK", "running 0 tests\n", "Tests:       0 total"),
        *("==== no tests ran in 0.01s ====", "?   \texample.org/shop\t[no test files]"),
    ],
)
def test_a_tool_that_is_content_with_no_test_proves_nothing(a_run, said):
    assert run_class(a_run(opaque=True, output=f"> shop test\n{said}\n")) == "none"
    assert run_class(a_run(opaque=True, output=f"{said}\nexpected 2", exit_code=1)) == "fail"


@pytest.mark.parametrize(
    "said",
    [
        *("  0 passing\n  3 passing\n", "running 0 tests\nrunning 2 tests\n", "all done"),
        *(
            "?  x [no test files]\nok  \ty\t0.1s",
            "# tests 0\n# tests 4",
            "Tests:  3 passed, 3 total",
        ),
    ],
)
def test_one_part_without_tests_does_not_hide_those_that_ran(a_run, said):
    assert run_class(a_run(opaque=True, output=said)) == "pass"


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


def test_messages_are_read_without_what_changes_from_run_to_run(a_run):
    said = "took {} at 2026-01-0{}T10:00:00Z in /private/tmp/x{}"
    one, two = (
        a_run(opaque=True, exit_code=2, output=said.format(f"1{n}.5ms", n, n)) for n in (1, 2)
    )

    assert fingerprint(one) == fingerprint(two)


def test_an_address_is_not_left_out_of_a_message_without_a_sign(a_run):
    one, two = a_run(failed=[("a", "0x1f is")]), a_run(failed=[("a", " is")])

    assert fingerprint(one) != fingerprint(two)
    assert fingerprint(a_run(failed=[("a", "3s")])) != fingerprint(a_run(failed=[("a", "")]))


def test_a_test_that_could_not_start_has_its_message_in_the_fingerprint(a_run):
    one, two = (a_run(error=[("a", text)], passed=["b"]) for text in ("no x", "no y"))

    assert fingerprint(one) != fingerprint(two)


def test_what_a_run_that_failed_says_besides_is_not_in_it(a_run):
    one, two = (a_run(failed=["a"], passed=[name], output=name) for name in ("x", "y"))

    assert fingerprint(one) == fingerprint(two)


@pytest.mark.parametrize(
    ("run", "wanted"),
    [
        ({"exit_code": 124}, "the tests timed out"),
        ({"exit_code": 127, "output": "a\nsh: x\n"}, "the test command was not found: sh: x"),
        ({"exit_code": 126}, "the test command cannot be run: it said nothing"),
        ({"exit_code": 129}, "the tests were killed by signal 1"),
        (
            {"exit_code": 128, "counted": False},
            "no result could be read (exit 128): it said nothing",
        ),
        ({"exit_code": 2, "counted": False, "output": "z"}, "no result could be read (exit 2): z"),
        (
            {
                "exit_code": 1,
                "counted": False,
                "output": "error: no default\nhelp: set it\n\nStack backtrace:\n  0: main\n",
            },
            "no result could be read (exit 1): error: no default",
        ),
        ({"exit_code": 5}, "no test ran (no test, exit 5)"),
        ({"exit_code": 128}, "no test ran (no test, exit 128)"),
    ],
)
def test_how_a_run_came_to_nothing_is_told_in_one_line(a_run, run, wanted):
    assert crash(a_run(**run)) == wanted


def test_an_exit_code_of_128_is_no_signal(a_run):
    assert run_class(a_run(failed=["a"], exit_code=128)) == "fail"
    assert run_class(a_run(failed=["a"], exit_code=129)) == "crash"


@pytest.mark.parametrize(
    ("id_", "wanted"),
    [
        ("a.py::x", True),
        ("a.py", True),
        ("tests", True),
        ("tests/b.py", True),
        ("a.py::", False),
        ("a.py::x::y", False),
        ("b.py", False),
        ("test", False),
        ("a", False),
    ],
)
def test_a_test_is_under_itself_its_file_and_its_folders(id_, wanted):
    assert under(id_, {"a.py::x", "tests/b.py::y"}) is wanted


def test_a_run_that_only_covered_too_little_passes(a_run):
    little = {"exit_code": 1, "coverage": "total of 50 is less than 90"}

    assert run_class(a_run(passed=["a"], **little)) == "pass"
    assert run_class(a_run(opaque=True, **little)) == "pass"
    assert counts(a_run(passed=["a"], **little)) == "1 passed"
    assert counts(a_run(opaque=True, **little)) == "all passed, opaque"


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("AssertionError: 1 != 2", "AssertionError"),
        ("AssertionError", "AssertionError"),
        ("AssertionError\nassert 1 == 2", "AssertionError"),
        ("requests.exceptions.ConnectionError: refused", "ConnectionError"),
        ("AssertionError [ERR_ASSERTION]: 1 == 2", "AssertionError"),
        ("subprocess.TimeoutExpired: x", "TimeoutExpired"),
        ("  KeyError: 'a'", "KeyError"),
        ("assert 1 == 2", ""),
        ("the Error: of others", ""),
        ("", ""),
    ],
)
def test_the_kind_of_exception_is_what_a_message_begins_with(message, kind):
    assert exception(message) == kind
