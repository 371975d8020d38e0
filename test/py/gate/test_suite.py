"""The suite beside the task's tests: a new failure is refused, an old one only told."""

import pytest

from ai_sessions.gate import is_worth_another, judge_suite, run_class, steadied, with_red

OTHER, THIRD = "tests/test_other.py::x", "tests/test_other.py::y"
OPAQUE = {"opaque": True, "exit_code": 2}


@pytest.fixture
def judge(scope, a_run):
    def judge(before, after, baseline=None):
        runs = (a_run(**run) if run is not None else None for run in (baseline, before, after))
        return judge_suite(scope, *runs)

    return judge


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, None),
        ({"passed": [OTHER]}, None),
        ({"passed": [OTHER]}, {"passed": [OTHER, "new"]}),
        ({"failed": [OTHER]}, {"passed": [OTHER]}),
        (None, {"passed": [OTHER]}),
        ({"opaque": True}, {"opaque": True}),
        (OPAQUE, {"opaque": True}),
        ({"passed": [OTHER], "exit_code": 2}, {"passed": [OTHER], "exit_code": 2}),
        ({"exit_code": 124}, {"passed": [OTHER]}),
    ],
)
def test_a_suite_that_is_no_worse_is_in_order(judge, before, after):
    verdict = judge(before, after)

    assert (verdict.ok, verdict.reason, verdict.warnings) == (True, "", ())


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        ({"passed": [OTHER]}, {"failed": [OTHER]}, f"has new failures: {OTHER}"),
        ({"passed": [OTHER]}, {"error": [OTHER]}, f"has new failures: {OTHER}"),
        ({"failed": [OTHER]}, {"failed": [OTHER, THIRD]}, f"has new failures: {THIRD}"),
        ({"failed": [OTHER]}, {"failed": [OTHER], "error": ["z"]}, "::z"),
        (None, {"failed": [OTHER]}, f"has new failures: {OTHER}"),
        ({"passed": [OTHER]}, {"passed": ["a"]}, f"lost tests that passed before: {OTHER} is gone"),
        ({"passed": [OTHER]}, {"passed": ["a"], "skipped": [OTHER]}, "is gone or skipped"),
        ({"passed": [OTHER]}, {"exit_code": 124}, "does not run any more: the tests timed out"),
        ({"passed": [OTHER]}, {}, "does not run any more: no test ran"),
        (None, {}, "does not run any more: no test ran"),
        ({"failed": [OTHER]}, {"exit_code": 124}, "does not run any more: the tests timed out"),
        (
            {"passed": [OTHER]},
            {"passed": [OTHER], "exit_code": 2},
            "passes and its command exits 2",
        ),
        ({"opaque": True}, OPAQUE, "the suite fails and passed before (exit 2)"),
        (None, OPAQUE, "the suite fails and passed before (exit 2)"),
    ],
)
def test_a_suite_that_became_worse_is_refused(judge, before, after, line):
    verdict = judge(before, {**after, "output": "last words"} if after else after)

    assert (verdict.ok, verdict.code) == (False, "suite")
    assert line in verdict.reason
    assert verdict.feedback == ("last words" if after else "")


@pytest.mark.parametrize("outcome", ["failed", "error"])
def test_an_old_failure_is_only_told(judge, outcome):
    verdict = judge({outcome: [OTHER]}, {outcome: [OTHER], "passed": ["a"]})

    assert (verdict.ok, verdict.code) == (True, "")
    assert verdict.warnings == (f"T1.2: {OTHER} failed before too",)


@pytest.mark.parametrize(
    ("suite", "how"),
    [
        (OPAQUE, "failed before too and cannot be counted"),
        ({"exit_code": 124}, "failed before too and cannot be counted"),
        ({"skipped": [OTHER]}, "runs no test"),
        ({}, "runs no test"),
    ],
)
def test_what_cannot_be_counted_before_and_after_is_said_to_be_not_verified(judge, suite, how):
    verdict = judge(suite, suite)

    assert verdict.ok
    assert verdict.warnings == (f"T1.2: the suite {how}: not verified",)


def test_red_may_have_renamed_tests_of_its_own_files(judge):
    own, mine = "tests/test_charge.py::renamed", "tests/test_moved.py::mine"

    assert judge({"passed": [own, OTHER]}, {"passed": [OTHER]}).ok
    assert judge({"passed": [mine]}, {"passed": [OTHER]}, baseline={"passed": [mine]}).ok
    assert not judge({"passed": [mine]}, {"passed": [OTHER]}).ok


@pytest.mark.parametrize("outcome", ["failed", "error"])
def test_an_old_failure_hides_neither_a_new_one_nor_a_lost_test(judge, outcome):
    other = {"failed": "error", "error": "failed"}[outcome]

    assert judge({outcome: [OTHER]}, {other: [OTHER]}).ok
    assert "new failures" in judge({outcome: [OTHER]}, {outcome: [OTHER, THIRD]}).reason
    lost = judge({outcome: [OTHER], "passed": [THIRD]}, {outcome: [OTHER]})
    assert lost.reason.endswith(f"{THIRD} is gone or skipped")


@pytest.mark.parametrize("outcome", ["failed", "error"])
def test_a_test_that_fails_now_is_a_failure_and_not_lost(judge, outcome):
    assert judge({"passed": [OTHER]}, {outcome: [OTHER]}).reason.startswith(
        "T1.2: the suite has new failures"
    )


def test_a_failing_command_that_counted_failures_before_may_fail_with_none(judge):
    verdict = judge({"failed": [OTHER]}, {"passed": [OTHER], "exit_code": 1})

    assert verdict.ok


# -- a suite that ran twice


def test_a_test_fails_that_failed_twice(a_run):
    first = a_run(failed=["a", "b"], passed=["c", "d"], exit_code=1)
    again = a_run(failed=["a", "c"], passed=["b", "d"], exit_code=1)

    run, once = steadied(first, again)

    assert run.ids("failed") == {"tests/test_charge.py::a"}
    assert once == ("tests/test_charge.py::b", "tests/test_charge.py::c")
    assert run.exit_code == 1


@pytest.mark.parametrize(
    "again",
    [
        {"passed": ["a", "b"], "exit_code": 0},
        {"passed": ["a"], "failed": ["b"], "exit_code": 1},
        {"passed": ["a"], "error": ["b"], "exit_code": 1},
    ],
)
def test_where_no_test_failed_twice_all_pass(scope, a_run, again):
    run, once = steadied(a_run(failed=["a"], passed=["b"]), a_run(**again))

    assert judge_suite(scope, None, a_run(passed=["a", "b"]), run).ok
    assert "tests/test_charge.py::a" in once


def test_a_test_that_is_gone_the_second_time_did_not_pass(scope, a_run):
    run, once = steadied(a_run(failed=[OTHER], passed=["b"]), a_run(passed=["b"]))

    assert once == ()
    assert not judge_suite(scope, None, a_run(passed=[OTHER, "b"]), run).ok


def test_an_exit_code_for_something_else_than_tests_stays(a_run):
    run, _ = steadied(a_run(failed=["a"]), a_run(passed=["a"], exit_code=3))

    assert run.exit_code == 3


def test_what_took_all_its_time_is_not_run_again(a_run):
    assert not is_worth_another(a_run(exit_code=124))
    assert is_worth_another(a_run(failed=["a"]))


@pytest.mark.parametrize(
    ("before", "after", "ok"),
    [
        ({"passed": [OTHER]}, {"passed": [OTHER], "failed": [THIRD]}, True),
        ({"passed": [OTHER, THIRD]}, {"passed": [OTHER], "failed": [THIRD]}, True),
        ({"passed": [OTHER]}, {"failed": [OTHER, THIRD]}, False),
        ({"opaque": True}, OPAQUE, True),
    ],
)
def test_red_tests_of_another_task_are_no_failure_of_this_one(scope, a_run, before, after, ok):
    known = with_red(a_run(**before), {THIRD})

    assert judge_suite(scope, None, known, a_run(**after)).ok is ok


LITTLE = {"exit_code": 1, "coverage": "total of 50 is less than 90"}


@pytest.mark.parametrize("before", [{"passed": [OTHER]}, {"opaque": True}])
def test_a_suite_with_the_red_tests_of_others_failed_and_did_not_cover_too_little(a_run, before):
    run = with_red(a_run(**before, **LITTLE), {THIRD})

    assert (run_class(run), run.coverage) == ("fail", "")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"passed": [OTHER]}, {"passed": [OTHER], **LITTLE}),
        ({"opaque": True}, {"opaque": True, **LITTLE}),
        (None, {"passed": [OTHER], **LITTLE}),
    ],
)
def test_a_suite_that_covers_less_than_it_has_to_is_told_from_failing_tests(judge, before, after):
    verdict = judge(before, after)

    assert (verdict.ok, verdict.code) == (False, "suite")
    assert "every test of the suite passes, and it covers too little: total of 50" in verdict.reason


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"passed": [OTHER], **LITTLE}, {"passed": [OTHER], **LITTLE}),
        ({"opaque": True, **LITTLE}, {"opaque": True, **LITTLE}),
        ({"failed": [OTHER]}, {"passed": [OTHER], **LITTLE}),
        ({"opaque": True, "exit_code": 1}, {"opaque": True, **LITTLE}),
    ],
)
def test_coverage_that_was_missed_before_is_only_told(judge, before, after):
    verdict = judge(before, after)

    assert verdict.ok
    assert "covers too little, and failed before too: total of 50" in verdict.warnings[0]


def test_a_suite_that_lost_tests_is_told_of_those_first(judge):
    verdict = judge({"passed": [OTHER, THIRD], **LITTLE}, {"passed": [THIRD], **LITTLE})

    assert f"lost tests that passed before: {OTHER} is gone" in verdict.reason


def test_missed_coverage_is_no_chance(a_run):
    assert not is_worth_another(a_run(passed=["a"], **LITTLE))


def test_tests_that_failed_before_are_failures_whatever_was_covered(judge):
    assert "new failures" in judge({"passed": [OTHER], **LITTLE}, {"failed": [OTHER]}).reason
