"""Snapshots: what may become of them, and how the lack of them is told."""

import pytest

from ai_sessions.gate.recorded import lacks_snapshots, only_grew, told
from ai_sessions.testing.contract import Run

ONE = b"// Jest Snapshot v1\n\nexports[`a 1`] = `\n{\n  1,\n}\n`;\n"
TWO = b"\nexports[`b 1`] = `2`;\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, ONE),
        (ONE, ONE),
        (ONE, ONE + TWO),
        (ONE, ONE.replace(b"// Jest Snapshot v1\n", b"// Jest Snapshot v1\n" + TWO)),
        (ONE, (ONE + TWO).replace(b"\n", b"\r\n")),
        (b"# name: a\n  1\n# ---\n", b"# name: a\n  1\n# ---\n# name: b\n  2\n# ---\n"),
        (b"# Report\n\n## a\n\n    1\n", b"# Report\n\n## a\n\n    1\n\n## b\n\n    2\n"),
    ],
)
def test_a_file_of_snapshots_may_get_more_entries(before, after):
    assert only_grew(before, after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (ONE, None),
        (None, None),
        (ONE, TWO),
        (ONE + TWO, ONE),
        (ONE, ONE.replace(b"1,", b"3,")),
        (ONE, ONE.replace(b"  1,\n", b"  1,\n  2,\n")),
        (ONE, b""),
        (b"\x00binary", b"\x00binary and more"),
        (b"", ONE + b"x"),
    ],
)
def test_entries_that_were_there_stay_as_they_are(before, after):
    assert not only_grew(before, after)


@pytest.mark.parametrize(
    "output",
    [
        "    New snapshot was not written. The update flag must be explicitly passed to write",
        "Error: Snapshot `charges > 1` mismatched",
        "  ✘ [fail]: a No snapshot available — new snapshots are not created in CI environments",
    ],
    ids=["jest", "vitest", "ava"],
)
def test_missing_snapshots_are_told_from_other_failures(output):
    assert lacks_snapshots(Run(("x",), 1, (), 1, output, opaque=True))
    assert not lacks_snapshots(Run(("x",), 0, (), 1, output, opaque=True))
    assert not lacks_snapshots(Run(("x",), 1, (), 1, "expected 1, got 2", opaque=True))


def test_recorded_snapshots_are_told_by_name():
    assert told(["b.snap", "a.snap"]).startswith("a.snap, b.snap holds what the work returned")
