"""go test, read from `-json` (the format of `go doc test2json`).

Before Go 1.24 no event says why a package cannot be built: plain lines between them do.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.testing.contract import Case, Outcome, Run
from ai_sessions.testing.execute import environment_for_tests, execute
from ai_sessions.testing.failures import shortened
from ai_sessions.testing.selectors import exactly, is_file, split

_REPORT_BYTES = 32 << 20
_NOT_BUILT = re.compile(r"FAIL\t(\S+) \[(?:build|setup) failed\]")
#: There is nothing to test yet where the command looks.
_NOTHING_YET = re.compile(r"matched no packages|no packages to test|: directory not found$", re.M)
_OF_BUILD = re.compile(r"^# (\S+)")
_OUTCOMES: Mapping[str, Outcome] = {"pass": "passed", "fail": "failed", "skip": "skipped"}


@dataclass(frozen=True, slots=True)
class Go:
    """Adds `-json` and puts what the tests said together again for people."""

    environ: Mapping[str, str]
    name = "go"

    @staticmethod
    def recognises(command: Sequence[str]) -> bool:
        return _index(command) is not None

    def run(self, command: Sequence[str], cwd: Path, timeout_s: float) -> Run:
        at = _index(command) or 0
        words = [*command[: at + 1], "-json", *_selected(command[at + 1 :])]
        environ = environment_for_tests(self.environ)
        done = execute(words, cwd, timeout_s, environ, _REPORT_BYTES)
        facts, said, of_packages = _split(done.output)
        cases = {case.id: case for case in (*_not_built(of_packages), *_cases(facts))}
        is_read = any(fact.get("Action") == "start" or "Package" in fact for fact in facts)
        return Run(
            tuple(command),
            done.exit_code,
            tuple(cases.values()),
            done.duration_ms,
            said,
            counted=bool(cases) or is_read or bool(_NOTHING_YET.search(done.output)),
        )


def _index(command: Sequence[str]) -> int | None:
    is_go = len(command) > 1 and command[0].rsplit("/", 1)[-1] == "go"
    return 1 if is_go and command[1] == "test" else None


def _selected(arguments: Sequence[str]) -> list[str]:
    """go takes packages: `pay/a_test.go::TestB` is `-run '^(TestB)$' ./pay`."""
    names: list[str] = []
    words: list[str] = []
    for word in arguments:
        file, inside = split(word)
        is_test = is_file(word, "_test.go")
        names += inside[:1] if is_test else ()
        words.append(f"./{PurePosixPath(file).parent}" if is_test else word)
    return [*(["-run", exactly(names)] if names else []), *dict.fromkeys(words)]


def _split(output: str) -> tuple[list[dict[str, Any]], str, str]:
    """The events, the text that they and the lines between them carry, and what of it is about no
    test.
    """
    facts, said, of_packages = [], [], []
    for line in output.splitlines():
        try:
            fact = json.loads(line) if line.startswith("{") else None
        except ValueError:
            fact = None
        event: dict[str, Any] = fact if isinstance(fact, dict) else {"Output": f"{line}\n"}
        if event is fact:
            facts.append(event)
        said.append(str(event.get("Output", "")))
        if not event.get("Test"):
            of_packages.append(said[-1])
    return facts, "".join(said), "".join(of_packages)


def _cases(facts: Sequence[Mapping[str, Any]]) -> Iterator[Case]:
    said: dict[str, str] = {}
    for fact in facts:
        package = str(fact.get("Package") or fact.get("ImportPath") or "")
        id_ = f"{package}::{fact['Test']}" if fact.get("Test") else package
        action = str(fact.get("Action"))
        if action in ("output", "build-output"):
            said[id_] = said.get(id_, "") + str(fact.get("Output", ""))
        elif action in _OUTCOMES and fact.get("Test"):
            passed = action == "pass"
            yield Case(id_, _OUTCOMES[action], "" if passed else shortened(said.get(id_, "")))
        elif action == "fail" and fact.get("FailedBuild"):
            yield Case(package, "error", shortened(said.get(str(fact["FailedBuild"]), "")))


def _not_built(said: str) -> Iterator[Case]:
    """Packages that cannot be built: `# shop/pay [shop/pay.test]`, what the compiler has to say,
    and anywhere behind that `FAIL shop/pay [build failed]`.
    """
    told: dict[str, list[str]] = {}
    failed: list[str] = []
    package = ""
    for line in said.splitlines():
        if begun := _OF_BUILD.match(line):
            package = begun[1]
        elif line.startswith(("FAIL", "ok ", "?")):
            package = ""
        elif package:
            told.setdefault(package, []).append(line)
        if found := _NOT_BUILT.match(line):
            failed.append(found[1])
    for one in failed:
        yield Case(one, "error", shortened("\n".join(told.get(one, ()))))
