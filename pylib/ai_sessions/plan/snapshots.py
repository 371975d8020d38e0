"""Recorded snapshots: files with what tests expect, which test tools write beside those tests."""

from collections.abc import Iterator, Sequence

from ai_sessions.plan import paths

#: Such files of any test, wherever it is.
_ANY = ("**/__snapshots__/**", "**/*.snap", "**/*.ambr", "**/*.snapshot")


def is_snapshot(path: str) -> bool:
    """True for a file that a test tool records what tests expect in."""
    return paths.matches(path, _ANY)


def beside(tests: Sequence[str]) -> tuple[str, ...]:
    """Patterns of the snapshots of test files, which are patterns too: `a.test.js` has
    `__snapshots__/a.test.js.snap`. A folder holds its own.
    """
    return tuple(dict.fromkeys(name for test in tests for name in _beside(test)))


def _beside(test: str) -> Iterator[str]:
    before, slash, name = test.rpartition("/")
    folder = before + slash
    stem, dot, _ending = name.rpartition(".")
    if not dot or not stem:
        return
    yield f"{folder}__snapshots__/{name}.snap"  # jest, vitest
    yield f"{folder}__snapshots__/{stem}.ambr"  # syrupy
    yield f"{folder}__snapshots__/{stem}/**"
    for place in (folder, f"{folder}snapshots/"):  # ava, which keeps one to read and one to compare
        yield f"{place}{name}.snap"
        yield f"{place}{name}.md"
    yield f"{folder}snapshots/{stem}__*.snap"  # insta
    yield f"{folder}{name}.snapshot"  # node:test
