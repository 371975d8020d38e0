"""Tests that do not count: skipped, expected to fail, ignored, still to be written."""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath

from ai_sessions.testing.contract import Run

_PYTHON = re.compile(
    r"\bmark\.(?:skip|xfail)\b|\bunittest\.(?:skip|expectedFailure)\b"
    r"|^\s*@(?:skip|xfail|expectedFailure)\b"
    r"|^(?:test\w*\.)?__test__ *= *False\b"
    r"|^(?:pytest\.(?:skip|xfail)\(|raise (?:unittest\.)?SkipTest\b)",
    re.MULTILINE,
)
_NODE = re.compile(
    r"\b(?:test|it|describe|suite|bench)\.(?:skip|todo|failing)\b|\b[xf](?:it|describe)\("
    r"|\b(?:skip|todo)\s*:\s*(?:true\b|['\"`])"
)
#: What skips a test or a file whatever the machine is, as the languages spell it.
_MARKS: Mapping[str, re.Pattern[str]] = {
    ".py": _PYTHON,
    **dict.fromkeys((".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx"), _NODE),
    ".go": re.compile(r"^\t\w+\.Skip(?:f|Now)?\(", re.MULTILINE),
    ".rs": re.compile(r"^\s*#\[ignore\b", re.MULTILINE),
    ".bats": re.compile(r"^@test [^\n]*\{\s*skip\b", re.MULTILINE),
}


def newly_skipped(baseline: Run | None, run: Run) -> frozenset[str]:
    """Ids of the tests that are skipped now and were not before."""
    return run.ids("skipped") - (baseline.ids("skipped") if baseline else frozenset())


def added_mark(path: str, before: str, after: str) -> str:
    """What skips a test in a file and was not in its text before; empty where there is nothing.

    For files that cannot start yet, whose tests no run tells of. What skips a test on some machines
    only (`skipif`, a condition in its body) is left for the run to tell.
    """
    marks = _MARKS.get(PurePosixPath(path).suffix)
    if marks is None:
        return ""
    known = [found.group().strip() for found in marks.finditer(before)]
    for found in marks.finditer(after):
        mark = found.group().strip()
        if mark not in known:
            return mark.splitlines()[-1].strip()
        known.remove(mark)
    return ""
