"""A missed threshold of coverage, in the words of each tool, and what is none."""

import pytest

from ai_sessions.testing.contract import Case, Run
from ai_sessions.testing.thresholds import with_coverage

PYTEST = """\
.
ERROR: Coverage failure: total of 50 is less than fail-under=90
                                                                         [100%]
TOTAL       6      3    50%
FAIL Required test coverage of 90% not reached. Total coverage: 50.00%
1 passed in 0.10s
"""
JEST = """\
PASS ./m.test.js
Jest: Coverage for lines (40%) does not meet "global" threshold (90%)
Test Suites: 1 passed, 1 total
Tests:       1 passed, 1 total
"""
OLD_JEST = (
    'Jest: "global" coverage threshold for lines (90%) not met: 40%\nTests: 1 passed, 1 total\n'
)
VITEST = """\
 Test Files  1 passed (1)
      Tests  1 passed (1)
ERROR: Coverage for lines (40%) does not meet global threshold (90%)
ERROR: Coverage for functions (50%) does not meet "m.js" threshold (99%)
"""
NYC = "  1 passing (7ms)\n\nERROR: Coverage for lines (40%) does not meet global threshold (90%)\n"
C8 = "ok 1 - a\n1..1\n# tests 1\n# pass 1\n# fail 0\n" + NYC.splitlines()[-1]
COVERAGE = "1 passed in 0.04s\nCoverage failure: total of 62 is less than fail-under=90\n"
NODE = "# pass 1\n# fail 0\nError: 40.00% line coverage does not meet threshold of 90%.\n"
RUBY = (
    "3 examples, 0 failures\n"
    "Line coverage (50.00%) is below the expected minimum coverage (90.00%).\n"
)
OUTPUTS = {
    "jest": JEST,
    "jest before 30": OLD_JEST,
    "vitest": VITEST,
    "nyc": NYC,
    "c8": C8,
    "coverage report": COVERAGE,
    "node": NODE,
    "simplecov": RUBY,
}


def opaque(output, exit_code=1):
    return Run(("make", "test"), exit_code, (), 1, output, opaque=True)


def counted(outcome, exit_code=1, output=PYTEST, **more):
    return Run(("pytest",), exit_code, (Case("t.py::a", outcome),), 1, output, **more)


@pytest.mark.parametrize("tool", OUTPUTS)
def test_a_run_that_only_covered_too_little_says_so(tool):
    assert with_coverage(opaque(OUTPUTS[tool])).coverage in OUTPUTS[tool]
    assert with_coverage(opaque(OUTPUTS[tool])).coverage


def test_pytest_is_judged_by_its_cases():
    told = "Coverage failure: total of 50 is less than fail-under=90"

    assert with_coverage(counted("passed")).coverage == told
    assert not with_coverage(counted("failed")).coverage
    assert not with_coverage(counted("error")).coverage
    assert not with_coverage(counted("skipped")).coverage
    assert not with_coverage(counted("passed", counted=False)).coverage


@pytest.mark.parametrize("exit_code", [0, 124, 126, 127, 137])
def test_only_a_failure_of_the_tool_itself_is_one(exit_code):
    assert not with_coverage(opaque(JEST, exit_code)).coverage
    assert not with_coverage(counted("passed", exit_code)).coverage


@pytest.mark.parametrize(
    "more",
    [
        "Tests:       1 failed, 1 passed, 2 total",
        "      Tests  1 failed | 1 passed (2)",
        "  1 failing",
        "# fail 1",
        "# fail 2",
        "not ok 2 - b",
        "FAIL ./n.test.js",
        "✖ 3 problems (3 errors, 0 warnings)",
        "FAILED tests/test_a.py::test_a",
        "2 tests failed",
    ],
)
def test_a_failing_test_beside_it_is_a_failing_test(more):
    assert not with_coverage(opaque(f"{JEST}{more}\n")).coverage
    assert not with_coverage(opaque(f"{more}\n{JEST}")).coverage


def test_without_a_test_that_passed_nothing_is_known():
    line = 'Jest: Coverage for lines (0%) does not meet "global" threshold (90%)\n'

    assert not with_coverage(opaque(line)).coverage
    assert not with_coverage(opaque("Tests: 1 passed, 1 total\nmake: *** Error 1\n")).coverage
