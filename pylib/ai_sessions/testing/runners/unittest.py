"""Python's unittest, through a reporter that runs inside the project's own Python."""

import itertools
import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import get_args

from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.testing.contract import Case, Outcome, Run
from ai_sessions.testing.execute import environment_for_tests, execute
from ai_sessions.testing.failures import shortened
from ai_sessions.testing.selectors import is_file, split

_REPORTER = Path(__file__).parent.parent / "reporters" / "unittest_report.py"


@dataclass(frozen=True, slots=True)
class Unittest:
    """Replaces `-m unittest` by the reporter, which takes the same arguments."""

    environ: Mapping[str, str]
    name = "unittest"

    @staticmethod
    def recognises(command: Sequence[str]) -> bool:
        return _index(command) is not None

    def run(self, command: Sequence[str], cwd: Path, timeout_s: float) -> Run:
        at = _index(command)
        with tempfile.TemporaryDirectory(prefix="ai-sessions-") as folder:
            report = Path(folder, "report.json")
            words = list(command)
            if at is not None:
                rest = [_dotted(word) for word in command[at + 2 :]]
                words = [*command[:at], str(_REPORTER), str(report), *rest]
            done = execute(words, cwd, timeout_s, environment_for_tests(self.environ))
            cases = read_cases(report)
        return done.run(command, cases)


def _index(command: Sequence[str]) -> int | None:
    """Where `-m unittest` stands."""
    pairs = list(itertools.pairwise(command))
    return pairs.index(("-m", "unittest")) if ("-m", "unittest") in pairs else None


def _dotted(word: str) -> str:
    """`tests/test_a.py::B::test_c` as unittest says it; a whole file stays a path."""
    file, names = split(word)
    if not names or not is_file(word, ".py"):
        return word
    module = file.removeprefix("./").removesuffix(".py").replace("/", ".")
    return ".".join((module, *names))


def read_cases(report: Path) -> tuple[Case, ...] | None:
    """What the reporter wrote; None when it is not there or not what we asked for."""
    try:
        return tuple(
            Case(str(item["id"]), _outcome(item["outcome"]), shortened(str(item["message"])))
            for item in json.loads(report.read_text("utf-8"))
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _outcome(word: object) -> Outcome:
    for outcome in get_args(Outcome):
        if word == outcome:
            return outcome  # type: ignore[no-any-return]
    raise ValueError(f"unknown outcome {word!r}")
