"""What every test runner reports."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Protocol

from ai_sessions.lazy_dataclasses import dataclass

Outcome = Literal["passed", "failed", "error", "skipped"]
#: The class of a run, from counted tests, never from the exit code alone.
#: `none`: no test ran (zero found, all skipped); `crash`: no result could be read.
RunClass = Literal["pass", "fail", "error", "none", "crash"]


@dataclass(frozen=True, slots=True)
class Case:
    """One test: its stable id and what became of it."""

    id: str
    """`file::name`, whatever the order of the run; a file alone when the file did not start."""
    outcome: Outcome
    """`error`: it could not start (an import, a syntax error), so nothing was tested."""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of a test command."""

    command: tuple[str, ...]
    exit_code: int
    """As the shell would say it: 124 timed out, 127 not found, 128+n signal."""
    cases: tuple[Case, ...]
    duration_ms: int
    output: str
    """stdout and stderr as they came, control characters stripped."""
    opaque: bool = False
    """No case can be read from this command; only the exit code speaks."""
    counted: bool = True
    """A report was read. Without one, no cases means that nothing is known, not that none ran."""
    coverage: str = ""
    """Which threshold of coverage was missed, in the words of the tool, where every test passed."""

    def ids(self, *outcomes: Outcome) -> frozenset[str]:
        """Ids of the cases with one of these outcomes."""
        return frozenset(case.id for case in self.cases if case.outcome in outcomes)


class Runner(Protocol):
    """Knows one test tool: how to make it report, how to read the report."""

    @property
    def name(self) -> str: ...

    def run(self, command: Sequence[str], cwd: Path, timeout_s: float) -> Run: ...
