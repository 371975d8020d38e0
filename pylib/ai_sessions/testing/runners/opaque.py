"""A command whose tests cannot be counted: only its exit code speaks."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.testing.contract import Run
from ai_sessions.testing.execute import environment_for_tests, execute


@dataclass(frozen=True, slots=True)
class Opaque:
    """Runs the command as it stands."""

    environ: Mapping[str, str]
    name = "opaque"

    @staticmethod
    def recognises(command: Sequence[str]) -> bool:  # noqa: ARG004
        return False

    def run(self, command: Sequence[str], cwd: Path, timeout_s: float) -> Run:
        done = execute(command, cwd, timeout_s, environment_for_tests(self.environ))
        return Run(tuple(command), done.exit_code, (), done.duration_ms, done.output, opaque=True)
