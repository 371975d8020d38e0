"""The tests of shell scripts: folders of `*.bats`."""

from ai_sessions.detection.folder import Folder, table
from ai_sessions.detection.found import TESTS, Found, Words
from ai_sessions.detection.node_packages import manager_of
from ai_sessions.plan.trust import BATS_PLACES

#: Folders of files that the tests read, not run.
_DATA = frozenset(
    ("fixtures", "fixture", "examples", "libs", "test_helper", "bats-core", "bats-assert")
)


def bats(folder: Folder) -> Found | None:
    """None without a test file."""
    own = _own_program(folder)
    copy = f"{own.removesuffix('/bin/bats')}/" if own in BATS_PLACES else "\0"
    all_ = (name for name in folder.ending(".bats") if not name.startswith(copy))
    files = [name for name in all_ if not _DATA & set(name.split("/")[:-1])]
    if not files:
        return None
    places = sorted({name.rpartition("/")[0] or name for name in files})
    start = (own,) if own else _program(folder)
    sign = f"{len(files)} *.bats file{'s' * (len(files) != 1)}"
    return Found("bats", sign, (*start, TESTS), (*start, *places), "bats", files=len(files))


def _own_program(folder: Folder) -> str:
    """The one that the project has itself; git lists no file of a submodule."""
    if folder.has("bin/bats"):
        return "bin/bats"
    return next((place for place in BATS_PLACES if folder.has_program(place)), "")


def _program(folder: Folder) -> Words:
    """The one among the project's packages, else the one of the machine."""
    package = folder.json("package.json")
    needed = {**table(package, "dependencies"), **table(package, "devDependencies")}
    return manager_of(folder).tool("bats") if "bats" in needed else ("bats",)
