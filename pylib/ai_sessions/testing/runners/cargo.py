"""cargo test, read from the lines that its test harness prints.

In a workspace the lines name files from the folder of their crate, so several have one name there:
`cargo metadata` tells whose they are.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.testing.contract import Case, Outcome, Run
from ai_sessions.testing.execute import environment_for_tests, execute
from ai_sessions.testing.failures import shortened
from ai_sessions.testing.selectors import is_file, split

_TARGET = re.compile(
    r"^\s+(?:Running (?:unittests )?(\S+) \(\S*?([^/\s]+)-[0-9a-f]+(?:\.exe)?\)|(Doc-tests \S+))"
)
_TEST = re.compile(r"^test (.+?)(?: - should panic)? \.\.\. (ok|FAILED|ignored)")
_DETAILS = re.compile(r"^---- (.+?) stdout ----$")
_CLOSING = re.compile(r"^test result: ", re.MULTILINE)
#: There is nothing to test yet where the command looks.
_NOTHING_YET = re.compile(r"no test target named |no targets specified in the manifest")
_BROKEN = re.compile(r"^error: could not compile `([^`]+)` \((\w+)(?: \"([^\"]+)\")?", re.MULTILINE)
_ERROR = re.compile(r"^error(?:\[E\d+\])?: (?!could not compile)", re.MULTILINE)
_OUTPUT_BYTES = 8 << 20
_METADATA = ("metadata", "--no-deps", "--format-version", "1", "--offline")
_OUTCOMES: Mapping[str, Outcome] = {"ok": "passed", "FAILED": "failed", "ignored": "skipped"}


@dataclass(frozen=True, slots=True)
class Target:
    """What cargo builds tests of. `kind`: `test`, `lib` or `bin`; `file`: from where it runs."""

    crate: str
    kind: str
    name: str
    file: str

    def is_named(self, name: str, file: str) -> bool:
        """True when a line about this target may have this name and file in it."""
        return self.name.replace("-", "_") == name and f"/{self.file}".endswith(f"/{file}")


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
        environ = environment_for_tests(self.environ)
        targets = _targets(command[0], cwd, timeout_s, environ)
        words = [*command[: at + 1], "--no-fail-fast", *_selected(command[at + 1 :], targets)]
        done = execute(words, cwd, timeout_s, environ, _OUTPUT_BYTES)
        cases = tuple(_cases(done.output, _of_named(command, targets)))
        counted = bool(cases or _CLOSING.search(done.output) or _NOTHING_YET.search(done.output))
        return done.run(command, cases, counted=counted)


def _index(command: Sequence[str]) -> int | None:
    if command and command[0].rsplit("/", 1)[-1] == "cargo" and "test" in command[1:3]:
        return list(command).index("test")
    return None


def _targets(
    cargo: str, cwd: Path, timeout_s: float, environ: Mapping[str, str]
) -> tuple[Target, ...]:
    """The targets of a workspace; of a single crate none, as its lines say all."""
    try:
        if not re.search(r"^\s*\[workspace", (cwd / "Cargo.toml").read_text("utf-8"), re.MULTILINE):
            return ()
        done = execute([cargo, *_METADATA], cwd, timeout_s, environ, _OUTPUT_BYTES)
        lines = [line for line in done.output.splitlines() if line.startswith("{")]
        return tuple(
            Target(package["name"], kind, one["name"], _relative(one["src_path"], cwd))
            for package in json.loads(lines[0])["packages"]
            for one in package["targets"]
            for kind in one["kind"]
        )
    except (OSError, ValueError, LookupError, TypeError):
        return ()


def _relative(file: str, cwd: Path) -> str:
    path, here = Path(file), cwd.resolve()
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else file


def _of_named(command: Sequence[str], targets: Sequence[Target]) -> tuple[Target, ...]:
    """The targets of the crates whose files a command names; all where it names none."""
    files = {split(word)[0] for word in command}
    crates = {one.crate for one in targets if one.file in files}
    return tuple(one for one in targets if not crates or one.crate in crates)


def _selected(arguments: Sequence[str], targets: Sequence[Target]) -> list[str]:
    """cargo takes targets: `tests/api.rs::name` is `--test api name`, in a workspace of a crate."""
    words: list[str] = []
    names: list[str] = []
    for word in arguments:
        file, inside = split(word)
        if not is_file(word, ".rs"):
            words.append(word)
            continue
        target = next((one for one in targets if one.file == file), None)
        words += ["-p", target.crate] if target else []
        is_test = target.kind == "test" if target else file.startswith("tests/")
        words += ["--test", target.name if target else Path(file).stem] if is_test else ["--lib"]
        names += inside[-1:]
    at = words.index("--") if "--" in words else len(words)
    filters = [*(["--"] if names and at == len(words) else words[at : at + 1]), *names]
    return [*words[:at], *filters, *words[at + 1 :]]


def _cases(output: str, targets: Sequence[Target]) -> Iterator[Case]:
    details = _details(output)
    target = ""
    met: list[Target] = []
    for line in output.splitlines():
        if found := _TARGET.match(line):
            target = found[3] or found[1]
            if of := _of(found[2] or "", found[1] or "", met, targets):
                target = of.file
                met.append(of)
        elif found := _TEST.match(line):
            outcome = _OUTCOMES[found[2]]
            message = details.get(found[1], "") if outcome == "failed" else ""
            yield Case(f"{target}::{found[1]}" if target else found[1], outcome, message)
    yield from _not_compiled(output, targets)


def _of(name: str, file: str, met: Sequence[Target], targets: Sequence[Target]) -> Target | None:
    """The target that a line is about. `met`: those of the lines before, as cargo runs each once,
    and all of a crate one after the other.
    """
    found = [one for one in targets if one.is_named(name, file) and one not in met]
    crate = met[-1].crate if met else ""
    return next((one for one in found if one.crate == crate), next(iter(found), None))


def _not_compiled(output: str, targets: Sequence[Target]) -> Iterator[Case]:
    """The targets that could not be built, by the file that their tests have for an id."""
    start = _ERROR.search(output)
    message = shortened(output[start.start() :]) if start else ""
    homes = {"lib": "src/lib.rs", "bin": "src/main.rs"}
    known = {(one.crate, one.kind, one.name): one.file for one in targets}
    known |= {(one.crate, "lib", ""): one.file for one in targets if one.kind == "lib"}
    for crate, kind, name in dict.fromkeys(_BROKEN.findall(output)):
        home = homes.get(kind, f"tests/{name}.rs")
        yield Case(known.get((crate, kind, name), home), "error", message)


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
