"""go test, read from `-json` (the format of `go doc test2json`)."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.testing.contract import Case, Outcome, Run
from ai_sessions.testing.execute import environment_for_tests, execute
from ai_sessions.testing.failures import shortened
from ai_sessions.testing.selectors import exactly, is_file, split

_REPORT_BYTES = 32 << 20
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
        facts, said = _split(done.output)
        return Run(
            tuple(command),
            done.exit_code,
            tuple(_cases(facts)),
            done.duration_ms,
            said,
            counted=any(fact.get("Action") == "start" or "Package" in fact for fact in facts),
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


def _split(output: str) -> tuple[list[dict[str, Any]], str]:
    """The events, and the text that they and the lines between them carry."""
    facts, said = [], []
    for line in output.splitlines():
        try:
            fact = json.loads(line) if line.startswith("{") else None
        except ValueError:
            fact = None
        if isinstance(fact, dict):
            facts.append(fact)
            said.append(str(fact.get("Output", "")))
        else:
            said.append(f"{line}\n")
    return facts, "".join(said)


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
