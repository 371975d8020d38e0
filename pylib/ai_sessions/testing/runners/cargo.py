"""cargo test, read from the lines that its test harness prints."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.testing.contract import Case, Outcome, Run
from ai_sessions.testing.execute import environment_for_tests, execute
from ai_sessions.testing.failures import shortened
from ai_sessions.testing.selectors import is_file, split

_TARGET = re.compile(r"^\s+(?:Running (?:unittests )?(\S+) \(|(Doc-tests \S+))")
_TEST = re.compile(r"^test (.+?)(?: - should panic)? \.\.\. (ok|FAILED|ignored)")
_DETAILS = re.compile(r"^---- (.+?) stdout ----$")
_CLOSING = re.compile(r"^test result: ", re.MULTILINE)
_BROKEN = re.compile(r"^error: could not compile `[^`]+` \((\w+)(?: \"([^\"]+)\")?", re.MULTILINE)
_ERROR = re.compile(r"^error(?:\[E\d+\])?: (?!could not compile)", re.MULTILINE)
_OUTPUT_BYTES = 8 << 20
_OUTCOMES: Mapping[str, Outcome] = {"ok": "passed", "FAILED": "failed", "ignored": "skipped"}


@dataclass(frozen=True, slots=True)
class Cargo:
    """Runs all targets even when one fails, so that every case is told."""

    environ: Mapping[str, str]
    name = "cargo"

    @staticmethod
    def recognises(command: Sequence[str]) -> bool:
        return _index(command) is not None

    def run(self, command: Sequence[str], cwd: Path, timeout_s: float) -> Run:
        at = _index(command) or 0
        words = [*command[: at + 1], "--no-fail-fast", *_selected(command[at + 1 :])]
        environ = environment_for_tests(self.environ)
        done = execute(words, cwd, timeout_s, environ, _OUTPUT_BYTES)
        cases = tuple(_cases(done.output))
        counted = bool(cases) or bool(_CLOSING.search(done.output))
        return Run(
            tuple(command), done.exit_code, cases, done.duration_ms, done.output, counted=counted
        )


def _index(command: Sequence[str]) -> int | None:
    if command and command[0].rsplit("/", 1)[-1] == "cargo" and "test" in command[1:3]:
        return list(command).index("test")
    return None


def _selected(arguments: Sequence[str]) -> list[str]:
    """cargo takes targets: `tests/api.rs::name` is `--test api name`."""
    words: list[str] = []
    names: list[str] = []
    for word in arguments:
        file, inside = split(word)
        if not is_file(word, ".rs"):
            words.append(word)
            continue
        words += ["--test", Path(file).stem] if file.startswith("tests/") else ["--lib"]
        names += inside[-1:]
    at = words.index("--") if "--" in words else len(words)
    filters = [*(["--"] if names and at == len(words) else words[at : at + 1]), *names]
    return [*words[:at], *filters, *words[at + 1 :]]


def _cases(output: str) -> Iterator[Case]:
    details = _details(output)
    target = ""
    for line in output.splitlines():
        if found := _TARGET.match(line):
            target = found[1] or found[2]
        elif found := _TEST.match(line):
            outcome = _OUTCOMES[found[2]]
            message = details.get(found[1], "") if outcome == "failed" else ""
            yield Case(f"{target}::{found[1]}" if target else found[1], outcome, message)
    yield from _not_compiled(output)


def _not_compiled(output: str) -> Iterator[Case]:
    """The targets that could not be built, by the file that their tests have for an id."""
    start = _ERROR.search(output)
    message = shortened(output[start.start() :]) if start else ""
    homes = {"lib": "src/lib.rs", "bin": "src/main.rs"}
    for kind, name in dict.fromkeys(_BROKEN.findall(output)):
        yield Case(homes.get(kind, f"tests/{name}.rs"), "error", message)


def _details(output: str) -> dict[str, str]:
    """What each failed test said, by its name."""
    details: dict[str, str] = {}
    name = ""
    for line in output.splitlines():
        if found := _DETAILS.match(line):
            name = found[1]
        elif line == "failures:":
            name = ""
        elif name:
            details[name] = shortened(f"{details.get(name, '')}\n{line}")
    return details
