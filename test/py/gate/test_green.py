"""Green: the same tests, untouched, pass; nothing else got worse."""

import pytest

from ai_sessions.gate import judge_green, judge_green_changes

FROZEN = {"tests/test_charge.py": "sha256:1", "conftest.py": "sha256:2"}
RED = {"failed": ["a", "b"], "passed": ["old"]}
GREEN = {"passed": ["a", "b", "old"]}
OTHER = "tests/test_other.py::x"


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
    assert verdict.code == "nothing_changed"
    assert verdict.feedback == "No file changed. Do the work in: src/charge.py"


def test_before_the_tests_run_changes_are_judged_by_themselves(scope):
    asked = ("src/charge.py", "src/other.py"), FROZEN, FROZEN

    assert judge_green_changes(scope, asked[0][:1], FROZEN, FROZEN).paths == ("src/charge.py",)
    assert judge_green_changes(scope, *asked).ok
    assert judge_green_changes(scope, (), FROZEN, FROZEN).reason == (
        "T1.2: no file changed after red"
    )


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
        ({"passed": ["a", "b"], "error": ["old"]}, "broken", "::old fails now and passed before"),
        ({"error": ["a"], "passed": ["b", "old"]}, "red", "::a still fails (1 could not start"),
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
    assert judge({"passed": ["a"], "error": ["old"]}, red, baseline={"error": ["old"]}).ok
    assert judge({"passed": ["a"], "failed": ["old"]}, red, baseline={"error": ["old"]}).ok


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
    refused = judge({"opaque": True, "exit_code": 1, "output": "no"}, red)
    assert (refused.code, refused.feedback) == ("red", "no")
    assert refused.reason == "T1.2: the command still fails (exit 1, opaque)"


def test_an_opaque_command_has_to_run_a_test(judge):
    refused = judge(
        {"opaque": True, "output": "  0 passing (1ms)"}, {"opaque": True, "exit_code": 2}
    )

    assert (refused.ok, refused.code) == (False, "none")
    assert refused.reason == "T1.2: no test ran (exit 0, opaque)"


@pytest.mark.parametrize("after", [{"failed": [OTHER]}, {"passed": ["a"]}])
def test_a_suite_that_became_worse_is_refused(judge, after):
    assert judge(suites=({"passed": [OTHER]}, after)).code == "suite"


def test_what_is_told_of_changes_and_of_the_suite_is_kept(judge):
    changed = ["src/charge.py", "src/other.py"]
    old = {"failed": [OTHER], "passed": GREEN["passed"]}

    told = judge(changed=changed, suites=(old, old)).warnings
    assert [line.partition(" ")[2].partition(" ")[0] for line in told] == ["src/other.py", OTHER]
    refused = judge(changed=changed, suites=(old, {**old, "exit_code": 124}))
    assert refused.warnings == told[:1]


def test_a_skipped_test_that_no_run_told_of_before_proves_nothing(judge):
    red, green = {"error": ["tests/test_charge.py"]}, {"passed": ["a", "old"], "skipped": ["b"]}

    verdict = judge(green, red)

    assert (verdict.ok, verdict.code) == (False, "unseen_skip")
    assert "tests/test_charge.py::b is skipped and was never seen to fail" in verdict.reason
    known = {"passed": ["old"], "skipped": ["b"]}
    assert judge(green, red, known).ok
    assert judge({**GREEN, "skipped": ["b2"]}, {**RED, "skipped": ["b2"]}).ok
