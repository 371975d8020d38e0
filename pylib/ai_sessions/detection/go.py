"""The tests of a Go module."""

from ai_sessions.detection.folder import Folder
from ai_sessions.detection.found import TESTS, Found


def go(folder: Folder) -> Found | None:
    """None without a go.mod: the modules of a go.work are parts of their own."""
    if not folder.has("go.mod"):
        return None
    files = sum(1 for _ in folder.ending("_test.go"))
    test, suite = ("go", "test", TESTS), ("go", "test", "./...")
    return Found("go", "go.mod", test, suite, "go", files=files)
