"""Green: the same tests, untouched, pass; nothing else got worse."""

import pytest

from ai_sessions.gate import judge_green

FROZEN = {"tests/test_charge.py": "sha256:1", "conftest.py": "sha256:2"}
RED = {"failed": ["a", "b"], "passed": ["old"]}
GREEN = {"passed": ["a", "b", "old"]}


@pytest.fixture
def judge(scope, a_run):
    def judge(green=GREEN, red=RED, baseline=None, suites=(None, None), **more):
        before, after = (a_run(**suite) if suite is not None else None for suite in suites)
        facts = {
            "frozen_before": FROZEN,
            "frozen_after": FROZEN,
            "changed": ["src/charge.py"],
            **more,
        }
        old = a_run(**(baseline or {"passed": ["old"]}))
        return judge_green(scope, old, a_run(**red), a_run(**green), before, after, **facts)

    return judge


def test_the_tests_that_were_red_pass(judge):
    verdict = judge()

    assert verdict.ok
    assert verdict.reason == "T1.2: green (3 passed; was 2 failed, 1 passed)"
    assert verdict.warnings == ()


@pytest.mark.parametrize(
    "after",
    [
        {**FROZEN, "tests/test_charge.py": "sha256:9"},
        {"conftest.py": "sha256:2"},
        {**FROZEN, "tests/conftest.py": "sha256:3"},
    ],
)
def test_a_frozen_file_edited_deleted_or_joined_by_another_is_refused(judge, after):
    verdict = judge(frozen_after=after)

    assert (verdict.ok, verdict.code) == (False, "frozen")
    assert "changed after red; frozen tests may not be edited" in verdict.reason
    assert len(verdict.paths) == 1


def test_no_change_is_no_work_whatever_the_agent_says(judge):
    verdict = judge(changed=[], said="All tests pass now!")

    assert verdict.reason == ('T1.2: no file changed after red. Agent said: "All tests pass now!".')


def test_other_files_are_told_and_with_strict_files_refused(judge):
    changed = ["src/charge.py", "src/other.py"]

    assert judge(changed=changed).warnings == (
        "T1.2: src/other.py changed outside files.src (src/charge.py)",
    )
    strict = judge(changed=changed, strict_files=True)
    assert (strict.ok, strict.code, strict.paths) == (False, "outside", ("src/other.py",))


@pytest.mark.parametrize(
    ("green", "code", "line"),
    [
        ({"failed": ["a"], "passed": ["b", "old"]}, "red", "::a still fails (1 failed, 2 passed)"),
        ({"passed": ["a", "old"], "skipped": ["b"]}, "skipped", "::b is skipped now"),
        ({"passed": ["a", "old"]}, "fewer", "::b was red and did not run again"),
        ({"passed": ["a", "b"]}, "fewer", "fewer tests ran than at red"),
        ({"passed": ["a", "b"], "skipped": ["old"]}, "fewer", "::old is gone or skipped"),
        ({"passed": ["a", "b"], "failed": ["old"]}, "broken", "::old fails now and passed before"),
        ({**GREEN, "failed": ["x"]}, "broken", "::x fails now"),
        ({**GREEN, "exit_code": 1}, "exit", "every test passes and the command exits 1"),
        ({"exit_code": 124}, "crash", "the tests timed out"),
        ({"counted": False, "exit_code": 2}, "crash", "no result could be read"),
        ({}, "fewer", "was red and did not run again"),
        ({"skipped": ["a", "b", "old"]}, "skipped", "is skipped now"),
    ],
)
def test_what_is_not_proved_is_refused(judge, green, code, line):
    verdict = judge(green)

    assert (verdict.ok, verdict.code) == (False, code)
    assert line in verdict.reason


def test_old_failures_of_the_tests_are_not_blamed_on_the_task(judge):
    red = {"failed": ["a", "old"]}
    verdict = judge({"passed": ["a"], "failed": ["old"]}, red, baseline={"failed": ["old"]})

    assert verdict.ok


COLLECTED = {"error": [("tests/test_charge.py", "ModuleNotFoundError: No module named 'charge'")]}


def test_a_file_that_could_not_start_is_green_when_its_tests_pass(judge):
    assert judge({"passed": ["a", "b"]}, COLLECTED).ok


@pytest.mark.parametrize(
    ("green", "code"),
    [
        ({"passed": ["a"], "failed": ["b"]}, "red"),
        (COLLECTED, "red"),
        ({"skipped": ["a"]}, "fewer"),
        ({"passed": ["tests/test_other.py::x"]}, "fewer"),
    ],
)
def test_a_file_that_could_not_start_needs_a_pass_and_no_failure(judge, green, code):
    assert judge(green, COLLECTED).code == code


def test_an_opaque_command_has_to_exit_0(judge):
    red = {"opaque": True, "exit_code": 2}

    assert judge({"opaque": True}, red).ok
    assert judge({"opaque": True, "exit_code": 1}, red).reason == (
        "T1.2: the command still fails (exit 1, opaque)"
    )


# -- the suite

OTHER = "tests/test_other.py::x"


def test_a_new_failure_of_the_suite_is_refused(judge):
    verdict = judge(suites=({"passed": [OTHER]}, {**GREEN, "failed": [OTHER]}))

    assert verdict.code == "suite"
    assert verdict.reason == f"T1.2: the suite has new failures: {OTHER}"


def test_an_old_failure_of_the_suite_is_only_told(judge):
    verdict = judge(suites=({"failed": [OTHER]}, {**GREEN, "failed": [OTHER]}))

    assert verdict.ok
    assert verdict.warnings == (f"T1.2: {OTHER} failed before too",)


@pytest.mark.parametrize("after", [GREEN, {**GREEN, "skipped": [OTHER]}])
def test_a_test_of_another_file_may_not_disappear(judge, after):
    verdict = judge(suites=({"passed": [OTHER]}, after))

    assert verdict.reason == (
        f"T1.2: the suite lost tests that passed before: {OTHER} is gone or skipped"
    )


def test_red_may_have_renamed_tests_of_its_own_file(judge):
    before = {"passed": ["tests/test_charge.py::renamed_at_red", OTHER]}

    assert judge(suites=(before, {**GREEN, "passed": [*GREEN["passed"], OTHER]})).ok


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        ({"passed": [OTHER]}, {"exit_code": 124}, "does not run any more: the tests timed out"),
        ({"passed": [OTHER]}, {}, "does not run any more: no test ran"),
        ({"passed": [OTHER]}, {"passed": [OTHER], "exit_code": 2}, "its command exits 2"),
        ({"opaque": True}, {"opaque": True, "exit_code": 2}, "fails and passed before (exit 2)"),
        (None, {"failed": [OTHER]}, "has new failures"),
    ],
)
def test_a_suite_that_became_worse_is_refused(judge, before, after, line):
    verdict = judge(suites=(before, after))

    assert verdict.code == "suite"
    assert line in verdict.reason


def test_an_opaque_suite_that_failed_before_is_said_to_be_not_verified(judge):
    failing = {"opaque": True, "exit_code": 2}
    verdict = judge(suites=(failing, failing))

    assert verdict.ok
    assert verdict.warnings[0].endswith("cannot be counted: not verified")
