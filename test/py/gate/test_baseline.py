"""The baseline: where no test can run, nobody is asked for work."""

from dataclasses import replace

import pytest

from ai_sessions.gate import Planned, judge_baseline
from ai_sessions.testing.contract import Run

FILE, OTHER = "tests/test_charge.py", "tests/test_other.py"
PLAN = Planned(("src/charge.py", FILE, "run-tests.sh"), ("README.md",))
DJANGO = "ModuleNotFoundError: No module named 'django'"
OURS = "ModuleNotFoundError: No module named 'src.charge'"
NONE = {"exit_code": 4}


def crashed(output, code=1, *command):
    return Run(command or ("python3", "-m", "pytest"), code, (), 9, output, counted=False)


def opaque(code, output=""):
    return Run(("make", "test"), code, (), 9, output, opaque=True)


NO_PYTEST = crashed("/usr/bin/python3: No module named pytest\n")
CONFTEST = crashed(
    f"ImportError while loading conftest '/r/conftest.py'.\nconftest.py:1: in <m>\nE   {DJANGO}",
    4,
)
ABSENT = crashed("bats: command not found\n", 127, "bats", "tests/a.bats")


@pytest.mark.parametrize(
    "tests",
    [
        NO_PYTEST,
        CONFTEST,
        ABSENT,
        crashed("ERROR: usage: pytest\npytest: error: unrecognized arguments: --cov=lib", 4),
        crashed("sh: 1: jest: not found\n", 127, "npx", "jest", FILE),
        crashed("tests.sh: Permission denied\n", 126, "./tests.sh"),
        crashed("error: failed to get `semver` as a dependency of package `shop`", 101),
        crashed("error: no matching package named `semver` found", 101),
        crashed('go: github.com/x/y@v1.2.3: Get "https://p": dial tcp: lookup p', 1),
        crashed("a_test.go:4:2: missing go.sum entry for module providing package x", 1),
        crashed('npm error Missing script: "unit"', 1),
        crashed("Error: Cannot find module '/r/node_modules/vitest/vitest.mjs'", 1),
        crashed("error: rustup could not choose a version of cargo to run", 1),
        crashed("error: toolchain '1.80-x86_64-unknown-linux-gnu' is not installed", 1),
        crashed("pyenv: version `3.13' is not installed (set by /r/.python-version)", 1),
    ],
)
@pytest.mark.parametrize("suite", ["none", "same", "opaque", "runs"])
def test_a_tool_or_package_that_is_not_here_is_told(scope, a_run, tests, suite):
    suites = {"none": None, "same": tests, "opaque": opaque(2), "runs": a_run(passed=["old"])}
    verdict = judge_baseline(scope, tests, suites[suite], PLAN)

    last = tests.output.strip().splitlines()[-1]
    assert (verdict.ok, verdict.code) == (False, "unable")
    assert verdict.reason.startswith("T1.2: no test can run here: ")
    assert " ".join(last.split()) in verdict.reason


def test_a_suite_whose_tool_is_missing_is_told(scope, a_run):
    verdict = judge_baseline(
        scope, a_run(passed=["a"]), crashed("make: command not found", 127), PLAN
    )

    assert verdict.reason.startswith("T1.2: the suite cannot run here: the test command was not")


def test_tests_that_are_there_and_crash_without_a_word_cannot_run_either(scope, a_run):
    silent, there = crashed("Segfault"), replace(PLAN, existing=(FILE,))

    assert not judge_baseline(scope, silent, None, there).ok
    assert not judge_baseline(scope, silent, silent, PLAN).ok
    assert not judge_baseline(scope, a_run(**NONE), silent, PLAN).ok
    assert judge_baseline(scope, silent, None, PLAN).ok
    assert judge_baseline(scope, silent, a_run(passed=["old"]), there).ok
    assert judge_baseline(scope, a_run(passed=["old"]), silent, there).ok


@pytest.mark.parametrize("code", [124, 137])
def test_what_was_ended_might_have_run(scope, code):
    ended = crashed("No module named pytest", code)

    assert judge_baseline(scope, ended, ended, PLAN).ok


@pytest.mark.parametrize(
    ("tests", "suite"),
    [
        (NONE, None),
        (NONE, {"passed": ["old"]}),
        (NONE, {"failed": ["old"]}),
        (NONE, NONE),
        ({"failed": ["old"]}, {"failed": ["old"]}),
        ({"error": [(FILE, OURS)]}, {"error": [(FILE, OURS)]}),
        ({"error": [(FILE, "SyntaxError: invalid syntax")]}, None),
        (NONE, {"error": [(FILE, DJANGO)], "passed": ["old"]}),
        ({"error": [("test_charge", "ModuleNotFoundError: No module named 'test_charge'")]}, None),
    ],
)
def test_where_something_runs_or_is_to_come_the_work_may_begin(scope, a_run, tests, suite):
    before = a_run(**suite) if suite is not None else None

    assert judge_baseline(scope, a_run(**tests), before, PLAN).ok


def test_a_suite_in_which_no_file_finds_a_package_cannot_run(scope, a_run):
    suite = a_run(error=[(OTHER, DJANGO), ("tests/test_more.py", DJANGO)])
    there = replace(PLAN, existing=(OTHER, "tests/test_more.py", "src/charge.py"))

    verdict = judge_baseline(scope, a_run(**NONE), suite, there)

    assert verdict.reason == f"T1.2: the suite cannot run here: {OTHER}: {DJANGO}"


def test_tests_that_are_not_there_yet_are_no_run(scope, a_run):
    suite = a_run(error=[(OTHER, DJANGO)])
    there = replace(PLAN, existing=(OTHER, "src/charge.py"))

    verdict = judge_baseline(scope, a_run(error=[(FILE, "no such file")]), suite, there)

    assert verdict.reason == f"T1.2: the suite cannot run here: {OTHER}: {DJANGO}"


def test_one_broken_file_among_others_is_an_old_failure(scope, a_run):
    suite = a_run(error=[(OTHER, DJANGO)])
    there = replace(PLAN, existing=(OTHER, "tests/test_more.py"))

    assert judge_baseline(scope, a_run(**NONE), suite, there).ok


def test_a_command_that_the_plan_is_going_to_write_is_to_come(scope):
    suite = crashed("run-tests.sh: command not found", 127, "./run-tests.sh")
    tests = crashed(f"bash: {FILE}: No such file or directory", 127, "bash", FILE)

    assert judge_baseline(scope, tests, suite, PLAN).ok
    there = replace(PLAN, existing=("run-tests.sh", FILE))
    assert not judge_baseline(scope, tests, suite, there).ok


def test_a_conftest_that_needs_the_tasks_module_is_no_missing_package(scope, a_run):
    ours = crashed(f"ImportError while loading conftest '/r/conftest.py'.\nE   {OURS}", 4)

    assert judge_baseline(scope, ours, a_run(passed=["old"]), PLAN).ok
