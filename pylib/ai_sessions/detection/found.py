"""What detection finds out about the tests of a folder."""

from typing import Protocol

from ai_sessions.detection.folder import Folder
from ai_sessions.lazy_dataclasses import dataclass

Words = tuple[str, ...]
#: Stands in a command for the task's tests, as separate arguments.
TESTS = "{tests}"


@dataclass(frozen=True, slots=True)
class Found:
    """The tests of one language in a folder, as its files tell.

    `tool`: the test tool, empty where none could be told. `test` runs the tests of one task,
    `suite` all of them; empty: not known. `runner`: who counts their results; empty: only the exit
    code speaks.
    """

    tool: str
    sign: str
    """Where it is said, such as `scripts.test of package.json`; what is missing without a tool."""
    test: Words = ()
    suite: Words = ()
    runner: str = ""
    suite_runner: str | None = None
    """Where it is not `runner`."""
    advice: Words = ()
    """Without `test`: a command that may do, for a person to write down."""
    files: int = 0
    """How many test files there are."""
    is_assumed: bool = False
    """True where no file says anything about the language either."""

    @property
    def counts_suite(self) -> str:
        return self.runner if self.suite_runner is None else self.suite_runner

    @property
    def is_opaque(self) -> bool:
        """True where only the exit code of `test` speaks."""
        return bool(self.test) and not self.runner

    @property
    def runs_all(self) -> bool:
        """True where `test` has no place for the tests of one task."""
        return bool(self.test) and TESTS not in self.test


class Language(Protocol):
    """Looks for the tests of one language in a folder; None: the folder is not of that language."""

    def __call__(self, folder: Folder) -> Found | None: ...
