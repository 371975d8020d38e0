"""Django's `manage.py test`, through a test runner of its own that reports."""

import itertools
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.testing.contract import Run
from ai_sessions.testing.execute import environment_for_tests, execute
from ai_sessions.testing.runners.unittest import read_cases
from ai_sessions.testing.selectors import is_file, split

#: The class that reports, and what it needs; alone in a folder, so that no other module is found.
_FILES = ("django_report.py", "unittest_report.py")
_REPORTERS = Path(__file__).parent.parent / "reporters"


@dataclass(frozen=True, slots=True)
class Django:
    """Names tests by module, as Django wants them, and never waits for an answer."""

    environ: Mapping[str, str]
    name = "django"

    @staticmethod
    def recognises(command: Sequence[str]) -> bool:
        return _index(command) is not None

    def run(self, command: Sequence[str], cwd: Path, timeout_s: float) -> Run:
        after = (_index(command) or 0) + 2
        rest = [_label(word) for word in command[after:]]
        words = [*command[:after], "--noinput", "--testrunner=django_report.Reporting", *rest]
        with tempfile.TemporaryDirectory(prefix="ai-sessions-") as folder:
            for name in _FILES:
                shutil.copy(_REPORTERS / name, folder)
            done = execute(words, cwd, timeout_s, self._environment(folder))
            cases = read_cases(Path(folder, "report.json"))
        return done.run(command, cases)

    def _environment(self, folder: str) -> dict[str, str]:
        start = environment_for_tests(self.environ)
        path = os.pathsep.join(filter(None, [start.get("PYTHONPATH", ""), folder]))
        return {**start, "PYTHONPATH": path}


def _index(command: Sequence[str]) -> int | None:
    """Where `manage.py test` stands."""
    pairs = enumerate(itertools.pairwise(command))
    return next((at for at, (one, two) in pairs if _is_manage(one) and two == "test"), None)


def _is_manage(word: str) -> bool:
    return word.rsplit("/", 1)[-1] == "manage.py"


def _label(word: str) -> str:
    """`cart/tests/test_a.py::B::test_c` as a dotted name."""
    if not is_file(word, ".py"):
        return word
    file, names = split(word)
    module = file.removeprefix("./").removesuffix(".py").replace("/", ".")
    return ".".join((module, *names))
