"""Where test tools keep the snapshots of a test file."""

import pytest

from ai_sessions.plan import paths
from ai_sessions.plan.snapshots import beside, is_snapshot


@pytest.mark.parametrize(
    ("test", "snapshot"),
    [
        ("a.test.js", "__snapshots__/a.test.js.snap"),
        ("src/pay/a.test.ts", "src/pay/__snapshots__/a.test.ts.snap"),
        ("src/**/*.test.ts", "src/pay/__snapshots__/a.test.ts.snap"),
        ("tests/test_a.py", "tests/__snapshots__/test_a.ambr"),
        ("tests/test_a.py", "tests/__snapshots__/test_a/one.json"),
        ("test/a.js", "test/snapshots/a.js.md"),
        ("a.js", "a.js.snap"),
        ("tests/pay.rs", "tests/snapshots/pay__charges.snap"),
        ("a.test.mjs", "a.test.mjs.snapshot"),
    ],
)
def test_a_test_file_has_its_snapshots_beside_it(test, snapshot):
    assert paths.matches(snapshot, beside([test]))


@pytest.mark.parametrize(
    "other",
    ["__snapshots__/b.test.js.snap", "src/__snapshots__/a.test.js.snap", "a.js", "a.test.js"],
)
def test_other_files_are_none_of_them(other):
    assert not paths.matches(other, beside(["a.test.js"]))


@pytest.mark.parametrize("folder", ["tests", "tests/", "tests/**", ".hidden"])
def test_a_folder_holds_its_own(folder):
    assert beside([folder]) == ()


@pytest.mark.parametrize(
    ("path", "is_one"),
    [
        ("a/__snapshots__/b.test.js.snap", True),
        ("__snapshots__/x/y.json", True),
        ("test.js.snap", True),
        ("a/b.ambr", True),
        ("a/b.test.mjs.snapshot", True),
        ("src/snapshots/store.js", False),
        ("snapshot.py", False),
    ],
)
def test_snapshots_are_known_by_their_names(path, is_one):
    assert is_snapshot(path) is is_one
