"""The tests of shell scripts: folders of `*.bats`."""

from ai_sessions.detection.folder import Folder, table
from ai_sessions.detection.found import TESTS, Found, Words
from ai_sessions.detection.node_packages import manager_of

#: Folders of files that the tests read, not run.
_DATA = frozenset(("fixtures", "fixture", "examples", "libs", "test_helper"))


def bats(folder: Folder) -> Found | None:
    """None without a test file."""
    files = [name for name in folder.ending(".bats") if not _DATA & set(name.split("/")[:-1])]
    if not files:
        return None
    places = sorted({name.rpartition("/")[0] or name for name in files})
    start = _program(folder)
    sign = f"{len(files)} *.bats file{'s' * (len(files) != 1)}"
    return Found("bats", sign, (*start, TESTS), (*start, *places), "bats", files=len(files))


def _program(folder: Folder) -> Words:
    """The one that the project has itself, or among its packages, else the one of the machine."""
    if folder.has("bin/bats"):
        return ("bin/bats",)
    package = folder.json("package.json")
    needed = {**table(package, "dependencies"), **table(package, "devDependencies")}
    return manager_of(folder).tool("bats") if "bats" in needed else ("bats",)
