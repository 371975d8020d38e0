"""pytest, read through the JUnit report that it writes itself."""

from __future__ import annotations

import shlex
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.testing import junit
from ai_sessions.testing.contract import Case, Outcome, Run
from ai_sessions.testing.execute import environment_for_tests, execute
from ai_sessions.testing.failures import could_not_start, shortened

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_NAMES = ("pytest", "py.test")
#: Exit codes of pytest after which an empty report is no news: interrupted, internal error.
_BROKEN_OFF = (2, 3)
_WORST_FIRST: tuple[Outcome, ...] = ("error", "failed", "skipped", "passed")


@dataclass(frozen=True, slots=True)
class Pytest:
    """Asks for a report on the command line, or through PYTEST_ADDOPTS behind a wrapper."""

    environ: Mapping[str, str]
    name = "pytest"

    @staticmethod
    def recognises(command: Sequence[str]) -> bool:
        return _index(command) is not None

    def run(self, command: Sequence[str], cwd: Path, timeout_s: float) -> Run:
        environ = environment_for_tests(self.environ)
        with tempfile.TemporaryDirectory(prefix="ai-sessions-") as folder:
            report = Path(folder, "report.xml")
            options = _options(command, report, cwd)
            at = _index(command)
            if at is None:
                before = environ.get("PYTEST_ADDOPTS", "")
                environ["PYTEST_ADDOPTS"] = f"{before} {shlex.join(options)}".strip()
                words = list(command)
            else:
                words = [*command[: at + 1], *options, *command[at + 1 :]]
            done = execute(words, cwd, timeout_s, environ)
            cases = cases_in(report, cwd)
        counted = bool(cases) or done.exit_code not in _BROKEN_OFF
        return done.run(command, cases, counted=counted)


def cases_in(report: Path, cwd: Path) -> tuple[Case, ...] | None:
    """The cases of a report; None when there is none. A test told of twice counts as its worst.

    `cwd`: where the tests ran, which their ids start from.
    """
    elements = junit.testcases(report)
    if elements is None:
        return None
    cases: dict[str, Case] = {}
    for case in (_case(element, cwd) for element in elements):
        known = cases.get(case.id)
        if known is None or _rank(case) < _rank(known):
            cases[case.id] = case
    return tuple(cases.values())


def _rank(case: Case) -> int:
    return _WORST_FIRST.index(case.outcome)


def _index(command: Sequence[str]) -> int | None:
    """Where pytest is named: as the program, after a wrapper's `run`, or after `-m`."""
    for at, word in enumerate(command):
        before = command[at - 1] if at else ""
        if word.rsplit("/", 1)[-1] in _NAMES and (at == 0 or before in ("-m", "run", "exec")):
            return at
    return None


def _options(command: Sequence[str], report: Path, cwd: Path) -> list[str]:
    """xunit1 is the family that names files; ids are relative to the folder we run in."""
    options = [f"--junitxml={report}", "-o", "junit_family=xunit1", "-o", "junit_logging=no"]
    if not any(word.startswith("--rootdir") for word in command):
        options.append(f"--rootdir={cwd}")
    return options


def _case(element: Element, cwd: Path) -> Case:
    id_ = _id(element, cwd)
    for child in element:
        if child.tag in ("failure", "error"):
            message = _message(child)
            collecting = child.get("message") == "collection failure"
            broken = collecting or could_not_start(message)
            return Case(id_, "error" if broken else "failed", shortened(message))
    skipped = element.find("skipped")
    if skipped is not None:
        return Case(id_, "skipped", shortened(skipped.get("message") or ""))
    return Case(id_, "passed")


def _id(element: Element, cwd: Path) -> str:
    """`tests/test_a.py::TestB::test_c[1]`; a file that could not be collected is its own id."""
    file, name = element.get("file") or "", element.get("name") or ""
    owner = element.get("classname") or ""
    if not owner:
        return file or _file_of(name, cwd)
    if not file:
        return f"{owner}::{name}"
    return "::".join([*_owner(file, owner, cwd), name])


def _owner(file: str, owner: str, cwd: Path) -> list[str]:
    """The file of a test and its classes. `file` is where its function is written: of a test that
    a class inherits, the file of another class, which other tests have in common with it.
    """
    module = file.removesuffix(".py").replace("/", ".")
    if owner == module or owner.startswith(f"{module}."):
        return [file, *filter(None, owner[len(module) + 1 :].split("."))]
    parts = owner.split(".")
    for cut in range(len(parts), 0, -1):
        own = "/".join(parts[:cut]) + ".py"
        if (cwd / own).is_file():
            return [own, *parts[cut:]]
    return [file, owner]  # a folder with a dot in its name


def _file_of(module: str, cwd: Path) -> str:
    """The file of a module that was skipped as a whole, which is told by its dotted name."""
    file = f"{module.replace('.', '/')}.py"
    return file if (cwd / file).is_file() else module


def _message(element: Element) -> str:
    """What was raised: the line of the report for a failure, the `E` lines for anything else."""
    told = element.get("message") or ""
    raised = [
        line[1:].strip() for line in (element.text or "").splitlines() if line.startswith("E ")
    ]
    if told == "collection failure":
        return _from_error(raised) or (element.text or told)
    if told.startswith("failed on "):
        return "\n".join(raised) or told.partition('"')[2].rstrip('"')
    return told


def _from_error(raised: Sequence[str]) -> str:
    """The lines of `raised` with the error's own line first (a syntax error shows code before)."""
    named = [line for line in raised if could_not_start(line)]
    return "\n".join([*named, *(line for line in raised if line not in named)])
