"""Red again: what fails without the work has to be what failed before it."""

import pytest

from ai_sessions.gate import Scope, judge_red_again
from ai_sessions.testing.contract import Run

EXISTING = ["src/gateway.py", "tests/test_charge.py"]
OURS = "ModuleNotFoundError: No module named 'src.charge'"
FOREIGN = "ModuleNotFoundError: No module named 'requests'"
FILE = "tests/test_charge.py"


def opaque(code):
    return Run(("make", "test"), code, (), 7, "said\n", opaque=True)


def judged(scope, red, now, before=None):
    return judge_red_again(scope, before, red, now, EXISTING)


@pytest.mark.parametrize(
    ("red", "now"),
    [
        ({"failed": ["a"]}, {"failed": ["a"]}),
        ({"failed": ["a"], "passed": ["b"]}, {"failed": ["a", "b"]}),
        ({"failed": ["a"]}, {"error": [(FILE, OURS)]}),
        ({"error": [FILE]}, {"error": [(FILE, OURS)]}),
        ({"error": [FILE]}, {"failed": ["a"], "passed": ["b"]}),
        ({"failed": ["a"]}, {"failed": [("a", OURS)]}),
        ({"failed": ["a"]}, {"failed": [("a", "AssertionError: 1 != 2")]}),
    ],
)
def test_the_same_tests_fail_for_want_of_the_work(scope, a_run, red, now):
    assert judged(scope, a_run(**red), a_run(**now)).ok


@pytest.mark.parametrize(
    ("red", "now", "code", "told"),
    [
        ({"failed": ["a"]}, {"passed": ["a"]}, "pass", "do not fail (1 passed)"),
        ({"failed": ["a"]}, {"skipped": ["a"]}, "none", "no test ran (1 skipped)"),
        ({"failed": ["a"]}, {"exit_code": 124}, "crash", "the tests timed out"),
        ({"failed": ["a"]}, {"failed": ["b"], "passed": ["a"]}, "error", f"{FILE}::a failed then"),
        ({"failed": ["a", "b"]}, {"failed": ["b"]}, "error", f"{FILE}::a failed then and does"),
        ({"failed": ["a"]}, {"error": [(FILE, FOREIGN)]}, "error", "named 'requests', which this"),
        ({"error": [FILE]}, {"error": [(FILE, "oops")]}, "error", "could not start: oops"),
        ({"failed": ["a"]}, {"failed": [("a", FOREIGN)]}, "error", "'requests', which this task"),
    ],
)
def test_what_fails_otherwise_proves_nothing(scope, a_run, red, now, code, told):
    verdict = judged(scope, a_run(**red), a_run(**now))

    assert (verdict.ok, verdict.code) == (False, code)
    assert told in verdict.reason


def test_a_test_that_failed_before_the_task_need_not_fail(scope, a_run):
    before, red = a_run(failed=["old"]), a_run(failed=["old", "new"])

    assert judged(scope, red, a_run(failed=["new"], passed=["old"]), before).ok
    assert not judged(scope, red, a_run(failed=["old"], passed=["new"]), before).ok


def test_what_an_old_failure_lacks_is_not_asked(scope, a_run):
    red = a_run(failed=["a"])

    assert judged(scope, red, a_run(failed=["a", ("t.py::x", FOREIGN)])).ok


def test_of_uncounted_tests_the_exit_code_is_compared(scope):
    assert judged(scope, opaque(2), opaque(2)).ok
    assert "exit 1 where it was 2" in judged(scope, opaque(2), opaque(1)).reason


def test_without_a_record_of_red_nothing_is_known(scope, a_run):
    assert judged(scope, None, a_run(failed=["a"])).code == "none"
    assert judged(scope, None, a_run(passed=["a"])).code == "pass"


def test_a_module_behind_a_link_is_what_the_work_makes(a_run):
    scope = Scope("T1.2", (FILE,), ("packages/core/three.js",))
    told = (FILE, "Error: Cannot find module '@x/core/three.js'")
    red, now = a_run(error=[FILE]), a_run(error=[told])
    links = {"@x/core/three.js": "packages/core/three.js"}

    assert judge_red_again(scope, None, red, now, EXISTING, links).ok
    assert judge_red_again(scope, None, red, now, EXISTING).code == "error"


@pytest.mark.parametrize(
    ("then", "now", "ok"),
    [
        ("AssertionError", "ConnectionError: refused", False),
        ("AttributeError", "PermissionError: [Errno 13]", False),
        ("ConnectionError", "ConnectionError: refused", True),
        ("AttributeError", "AssertionError: 1 != 2", True),
        ("ConnectionError", "AttributeError: module 'pay' has no attribute 'charge'", True),
        ("", "ConnectionError: refused", True),
        ("AssertionError", "expected 1, got 2", True),
    ],
)
def test_tests_that_end_with_an_exception_of_another_kind_prove_nothing(
    scope, a_run, then, now, ok
):
    verdict = judged(scope, a_run(failed=[("a", then)]), a_run(failed=[("a", now)]))

    assert verdict.ok is ok
    if not ok:
        kind = now.partition(":")[0]
        assert verdict.reason.endswith(f"{FILE}::a fails with {kind}, and did with {then}")


@pytest.mark.parametrize(
    "kind",
    [
        *("AssertionError", "AttributeError", "NameError", "ImportError", "ModuleNotFoundError"),
        *("TypeError", "ValueError", "LookupError", "KeyError", "IndexError", "ReferenceError"),
        *("NotImplementedError", "SyntaxError", "Error", "Exception", "RangeError", "RuntimeError"),
    ],
)
def test_what_fails_for_want_of_the_work_may_say_so_in_any_of_these_ways(scope, a_run, kind):
    red, now = (a_run(failed=[("a", one)]) for one in ("ConnectionError: x", f"{kind}: x"))

    assert judged(scope, red, now).ok
