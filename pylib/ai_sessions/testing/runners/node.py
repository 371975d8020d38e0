"""node:test, through a reporter of ours: TAP does not say which file a test is in."""

import json
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.testing.contract import Case, Run
from ai_sessions.testing.execute import environment_for_tests, execute
from ai_sessions.testing.failures import could_not_start, shortened
from ai_sessions.testing.selectors import exactly, is_file, split

_REPORTER = Path(__file__).parent.parent / "reporters" / "node_report.mjs"
_ENDINGS = (".js", ".mjs", ".cjs", ".ts", ".mts", ".cts")
_NO_FILE = re.compile(r"^Could not find '", re.MULTILINE)
_ERROR_LINE = re.compile(r"^\w*Error\b.*: .*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Node:
    """Adds the reporter on the command line, or through NODE_OPTIONS behind `npm test`."""

    environ: Mapping[str, str]
    name = "node"

    @staticmethod
    def recognises(command: Sequence[str]) -> bool:
        return _index(command) is not None

    def run(self, command: Sequence[str], cwd: Path, timeout_s: float) -> Run:
        environ = environment_for_tests(self.environ)
        at = _index(command)
        with tempfile.TemporaryDirectory(prefix="ai-sessions-") as folder:
            report = Path(folder, "report.jsonl")
            options = _options(report)
            if at is None:
                quoted = [json.dumps(option, ensure_ascii=False) for option in options]
                environ["NODE_OPTIONS"] = " ".join([environ.get("NODE_OPTIONS", ""), *quoted])
                words = list(command)
            else:
                words = [*command[: at + 1], *options, *_selected(command[at + 1 :])]
            done = execute(words, cwd, timeout_s, environ)
            facts = list(_facts(report))
        cases = tuple(_told_apart(_cases(facts, cwd)))
        counted = bool(facts) or bool(_NO_FILE.search(done.output))
        return done.run(command, cases, counted=counted)


def _index(command: Sequence[str]) -> int | None:
    """Where `--test` stands in a command that starts node, by itself or by yarn."""
    words = list(command)
    at = 1 if words[:2] == ["yarn", "node"] else 0
    if words[at:] and words[at].rsplit("/", 1)[-1] == "node" and "--test" in words:
        return words.index("--test")
    return None


def _options(report: Path) -> list[str]:
    return [
        f"--test-reporter={_REPORTER}",
        f"--test-reporter-destination={report}",
        "--test-reporter=spec",
        "--test-reporter-destination=stdout",
    ]


def _selected(arguments: Sequence[str]) -> list[str]:
    """`file::suite::test` as a name pattern (it is for all files) and the file, once."""
    names, words = [], []
    for word in arguments:
        file, inside = split(word)
        if inside and is_file(word, *_ENDINGS):
            names.append(inside[-1])
        words.append(file if is_file(word, *_ENDINGS) else word)
    pattern = [f"--test-name-pattern={exactly(names)}"] if names else []
    return [*pattern, *dict.fromkeys(words)]


def _facts(report: Path) -> Iterator[dict[str, Any]]:
    """The events of the report; a line cut off by a kill is left out."""
    try:
        lines = report.read_text("utf-8", "replace").splitlines()
    except OSError:
        return
    for line in lines:
        try:
            fact = json.loads(line)
        except ValueError:
            continue
        if isinstance(fact, dict):
            yield fact


def _cases(facts: Sequence[Mapping[str, Any]], cwd: Path) -> Iterator[Case]:
    """Each test; of suites only those that are skipped, whose tests are not told. A file that ran
    no test passes in node's eyes: left out.
    """
    said: dict[str, str] = {}
    path: list[str] = []
    for fact in facts:
        file, name = _relative(fact.get("file"), cwd), str(fact.get("name"))
        if fact["type"] == "test:stderr":
            said[file] = said.get(file, "") + str(fact.get("message"))
        elif fact["type"] == "test:start":
            path[int(fact["nesting"]) :] = [name]
        elif fact["type"] in ("test:pass", "test:fail"):
            id_ = "::".join([file, *path[: int(fact["nesting"])], name])
            if fact.get("kind") == "suite":
                if fact.get("skip") not in (None, False):
                    yield Case(id_, "skipped")
            elif _relative(name, cwd) != file:
                yield _case(fact, id_)
            elif fact["type"] == "test:fail":
                yield Case(file, "error", shortened(_error_in(said.get(file, ""))))


def _told_apart(cases: Iterable[Case]) -> Iterator[Case]:
    """The same with a number behind an id that was there before: node lets two tests have one name,
    and takes tests that two files get from a third one for tests of that.
    """
    seen: dict[str, int] = {}
    for case in cases:
        number = seen[case.id] = seen.get(case.id, 0) + 1
        yield replace(case, id=f"{case.id} ({number})") if number > 1 else case


def _case(fact: Mapping[str, Any], id_: str) -> Case:
    if any(fact.get(word) not in (None, False) for word in ("skip", "todo")):
        return Case(id_, "skipped")
    if fact["type"] == "test:pass":
        return Case(id_, "passed")
    message = str(fact.get("error") or "")
    return Case(id_, "error" if could_not_start(message) else "failed", shortened(message))


def _error_in(text: str) -> str:
    """From the error's own line on: node shows the code that raised it first."""
    found = _ERROR_LINE.search(text)
    return text[found.start() :] if found else text


def _relative(file: object, cwd: Path) -> str:
    path = Path(str(file or ""))
    here = cwd.resolve()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
