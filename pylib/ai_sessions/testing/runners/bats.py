"""bats, read through its JUnit report; its exit code is 0 for no test at all."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.testing import junit
from ai_sessions.testing.contract import Case, Run
from ai_sessions.testing.execute import Finished, environment_for_tests, execute
from ai_sessions.testing.failures import shortened
from ai_sessions.testing.selectors import exactly, is_file, split

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

#: What bats calls the "test" that fails when a file cannot be read; up to 1.8, one without a name.
_GATHERING = "bats-gather-tests"
_DUPLICATE = "Duplicate test name(s) in file"
#: bats 1.8 puts this before every name that follows a file it could not read.
_PREFIX = re.compile(r"begin \d+ ")
_IN_FILE = re.compile(r"in (?:test )?file ([^,]+), line")
_HOOKS = ("setup_file failed", "teardown_file failed", "setup_suite", "teardown_suite")
#: A function, command or file that the test itself needs is not there.
_NOT_THERE = re.compile(
    r"failed with status 127|bats_load_safe: Could not find|: No such file or directory$",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Bats:
    """Runs bats once for whole files, and once more for each file of which tests are named."""

    environ: Mapping[str, str]
    name = "bats"

    @staticmethod
    def recognises(command: Sequence[str]) -> bool:
        return _index(command) is not None

    def run(self, command: Sequence[str], cwd: Path, timeout_s: float) -> Run:
        results, left = [], timeout_s
        for words in _commands(command):
            done, cases = self._once(words, cwd, left)
            results.append((done, cases))
            left -= done.duration_ms / 1000
            if left <= 0:
                break
        return _joined(command, results)

    def _once(
        self, command: Sequence[str], cwd: Path, timeout_s: float
    ) -> tuple[Finished, tuple[Case, ...] | None]:
        at = (_index(command) or 0) + 1
        with tempfile.TemporaryDirectory(prefix="ai-sessions-") as folder:
            report = ["--report-formatter", "junit", "--output", folder]
            words = [*command[:at], *report, *command[at:]]
            path = Path(folder, "report.xml")
            done = execute(
                words,
                cwd,
                timeout_s,
                environment_for_tests(self.environ),
                is_reported=lambda: junit.is_whole(path),  # bats 1.8 ends before its report does
            )
            elements = junit.testcases(path)
        if not elements and _absent(command, cwd):
            return done, ()
        if not elements and (_GATHERING in done.output or _DUPLICATE in done.output):
            return done, _not_gathered(command, done.output)
        return done, None if elements is None else _cases(elements, cwd)


def _joined(
    command: Sequence[str], results: Sequence[tuple[Finished, tuple[Case, ...] | None]]
) -> Run:
    codes = [done.exit_code for done, _ in results]
    return Run(
        tuple(command),
        next((code for code in codes if code), 0),
        tuple(case for _, cases in results for case in cases or ()),
        sum(done.duration_ms for done, _ in results),
        "".join(done.output for done, _ in results),
        counted=all(cases is not None for _, cases in results),
    )


def _index(command: Sequence[str]) -> int | None:
    for at, word in enumerate(command[:3]):
        if word.rsplit("/", 1)[-1] == "bats" and not word.startswith("-"):
            return at
    return None


def _commands(command: Sequence[str]) -> list[list[str]]:
    """`a.bats::one b.bats` becomes `b.bats` and `-f '^(one)$' a.bats`: one filter is for all."""
    chosen: dict[str, list[str]] = {}
    plain: list[str] = []
    for word in command:
        file, names = split(word)
        if is_file(word, ".bats") and names:
            chosen.setdefault(file, []).append("::".join(names))
        else:
            plain.append(word)
    flags = [word for word in plain if not is_file(word, ".bats")]
    whole = [plain] if len(flags) < len(plain) or not chosen else []
    return whole + [[*flags, "-f", exactly(names), file] for file, names in chosen.items()]


def _cases(elements: Sequence[Element], cwd: Path) -> tuple[Case, ...]:
    cases: dict[str, Case] = {}
    for file, name, element in _named(elements):
        case = _case(_relative(file, cwd), name, element, cwd)
        if case.id not in cases or case.outcome != "passed":
            cases[case.id] = case
    return tuple(cases.values())


def _named(elements: Sequence[Element]) -> Iterator[tuple[str, str, Element]]:
    """File and name of each test; no name for a file that could not be read."""
    unread = False
    for element in elements:
        name = element.get("name") or ""
        unread = unread or not name
        yield (
            element.get("classname") or "",
            _PREFIX.sub("", name, count=1) if unread else name,
            element,
        )


def _case(file: str, name: str, element: Element, cwd: Path) -> Case:
    failure = element.find("failure")
    if failure is not None:
        message = failure.text or ""
        if not name or name.startswith(_HOOKS):
            told = _IN_FILE.search(message)
            return Case(_relative(told[1], cwd) if told else file, "error", shortened(message))
        broken = _NOT_THERE.search(message)
        return Case(f"{file}::{name}", "error" if broken else "failed", shortened(message))
    skipped = element.find("skipped")
    if skipped is not None:
        return Case(f"{file}::{name}", "skipped", shortened(skipped.text or ""))
    return Case(f"{file}::{name}", "passed")


def _not_gathered(command: Sequence[str], output: str) -> tuple[Case, ...]:
    """bats tells what it could not read, not in which file, so every named file is an error."""
    before, _, told = output.partition(f"{_GATHERING}\n")
    message = shortened("\n".join(line.lstrip("# ") for line in (told or before).splitlines()))
    return tuple(Case(file, "error", message) for file in _files(command) or [_GATHERING])


def _files(command: Sequence[str]) -> list[str]:
    return [split(word)[0] for word in command if is_file(word, ".bats")]


def _absent(command: Sequence[str], cwd: Path) -> bool:
    """True when a named file is not there; bats runs nothing at all then."""
    return any(not (cwd / file).exists() for file in _files(command))


def _relative(file: str, cwd: Path) -> str:
    path = Path(file)
    return str(path.relative_to(cwd) if path.is_absolute() and path.is_relative_to(cwd) else path)
