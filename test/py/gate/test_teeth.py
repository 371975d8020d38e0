"""Teeth: what no test can notice is told, and refused when asked to be strict."""

import pytest

from ai_sessions.gate import judge_teeth


def test_tests_that_bite_are_praised_in_one_line(scope, a_run):
    verdict = judge_teeth(scope, None, a_run(failed=["a"]), [])

    assert (verdict.ok, verdict.warnings) == (True, ())
    assert verdict.reason == "T1.2: every changed file is noticed by a test"


@pytest.mark.parametrize("strict", [False, True])
def test_early_passes_and_surviving_sources_are_told(scope, a_run, strict):
    red = a_run(failed=["a"], passed=["early", "old"])
    verdict = judge_teeth(scope, a_run(passed=["old"]), red, ["src/charge.py"], strict=strict)

    assert verdict.ok is not strict
    assert verdict.warnings == (
        "T1.2: tests/test_charge.py::early passed before the work was done",
        "T1.2: no test notices the old version of src/charge.py",
    )
    assert verdict.code == ("teeth" if strict else "")
    assert verdict.reason == verdict.feedback
    assert verdict.reason == (
        "T1.2: tests/test_charge.py::early passed before the work was done; "
        "no test notices the old version of src/charge.py"
    )


def test_teeth_are_only_told_of_unless_asked_for(scope, a_run):
    verdict = judge_teeth(scope, None, a_run(failed=["a"]), ["b.py", "a.py"])

    assert verdict.ok
    assert verdict.warnings == ("T1.2: no test notices the old version of a.py, b.py",)


def test_a_test_that_failed_before_and_passes_now_is_not_early(scope, a_run):
    red = a_run(failed=["a"], passed=["old"])

    assert judge_teeth(scope, a_run(failed=["old"]), red, []).warnings == ()
