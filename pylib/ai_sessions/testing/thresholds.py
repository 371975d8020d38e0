"""Telling a run that only covered too little from one in which a test failed.

The lines are those of pytest-cov, coverage.py, jest, vitest, nyc, c8, node and SimpleCov.
"""

import re
from dataclasses import replace

from ai_sessions.testing.contract import Run

_MISSED = re.compile(
    r"Coverage failure: total of [\d.]+ is less than fail-under=[\d.]+"
    r"|Required test coverage of [\d.]+% not reached.*"
    r"|Coverage for \w+ \([\d.]+%\) does not meet .*threshold \([\d.]+%\)"
    r"|coverage threshold for \w+ \([-\d.]+%?\) not met.*"
    r"|Uncovered count for \w+ \(\d+\) exceeds .*threshold.*"
    r"|[\d.]+% \w+ coverage does not meet threshold of [\d.]+%"
    r"|\w+ coverage \([\d.]+%\) is below the expected minimum coverage \([\d.]+%\)",
    re.IGNORECASE,
)
#: Where no test is counted: that one failed, and that one passed.
_FAILED = re.compile(
    r"\b[1-9]\d* (?:\w+ )?(?:failed|failing|failures?|errors?)\b"
    r"|\bfail(?:ed|ures?)?:? [1-9]|^\s*(?:not ok|FAIL|FAILED)\b",
    re.MULTILINE,
)
_PASSED = re.compile(
    r"\b[1-9]\d* (?:\w+ )?(?:passed|passing)\b|\bpass(?:ed)?:? [1-9]|^ok [1-9]"
    r"|\b[1-9]\d* (?:examples?|runs|tests?)\b.*\b0 failures",
    re.MULTILINE,
)
#: A shell's word for what ended no test tool: timed out, not executable, not found, signals.
_NO_END = (124, 126, 127)


def with_coverage(run: Run) -> Run:
    """The run, with what its tool says of a missed threshold where nothing else was wrong."""
    found = _MISSED.search(run.output)
    if not found or not run.exit_code or run.exit_code in _NO_END or run.exit_code > 128:
        return run
    return replace(run, coverage=found.group().strip()) if _all_pass(run) else run


def _all_pass(run: Run) -> bool:
    if run.opaque:
        rest = "\n".join(line for line in run.output.splitlines() if not _MISSED.search(line))
        return bool(_PASSED.search(rest)) and not _FAILED.search(rest)
    return run.counted and bool(run.ids("passed")) and not run.ids("failed", "error")
