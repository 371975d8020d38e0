"""The test tools of Node: how each is called for one task's tests and for all, once and to the end.

Coverage is off for one task: a threshold that all tests reach together is not reached by a few.
"""

from collections.abc import Sequence
from itertools import takewhile

from ai_sessions.detection.found import TESTS, Words
from ai_sessions.lazy_dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tool:
    """`words`: how it runs once; `alone`: flags for the tests of one task, with a place for them.

    `valued`, `plain`: options of a project's script that belong to every run, with and without a
    value. `watch`: words that make a script run for ever; `once`: words without which it does.
    """

    name: str
    package: str
    words: Words
    alone: Words = (TESTS,)
    valued: str = ""
    plain: str = ""
    many: str = ""
    """Options like `valued` that take all words up to the next option."""
    watch: str = "--watch --watchAll -w"
    once: str = ""
    configs: Words = ()
    """How its settings files begin."""

    def options(self, words: Sequence[str]) -> Words:
        """Of a script's words those that this tool needs every time."""
        return options_in(words, self.valued.split(), self.plain.split(), self.many.split())

    def is_endless(self, words: Sequence[str]) -> bool:
        """True where these words of a script would wait for changes."""
        given = set(words)
        return bool(
            given & {*self.watch.split()} or (self.once and not given & {*self.once.split()})
        )


def options_in(
    words: Sequence[str], valued: Sequence[str], plain: Sequence[str], many: Sequence[str] = ()
) -> Words:
    """The options of a command that are among these, with their values: `many` with all of them."""
    found: list[str] = []
    at = 0
    while at < len(words):
        option, is_joined, _ = words[at].partition("=")
        size = 2 if option in valued and not is_joined else 1
        if option in many:
            size += sum(1 for _ in takewhile(_is_value, words[at + 1 :]))
        if option in valued or option in plain or option in many:
            found += words[at : at + size]
        at += size
    return tuple(found)


def _is_value(word: str) -> bool:
    return not word.startswith("-")


_JEST = ("--coverage=false", "--runTestsByPath", TESTS)
_TABLE = (
    Tool(
        "vitest",
        "vitest",
        ("vitest", "run"),
        ("--coverage.enabled=false", TESTS),
        valued="-c --config -r --root --dir --project --environment",
        plain="--globals --no-file-parallelism",
        watch="--watch -w watch dev",
        once="run --run --watch=false --no-watch related bench",
        configs=("vitest.config.", "vitest.workspace."),
    ),
    Tool(
        "jest",
        "jest",
        ("jest",),
        _JEST,
        valued="-c --config --rootDir --env --preset --testEnvironment",
        plain="-i --runInBand",
        many="--projects --selectProjects --setupFilesAfterEnv",
        configs=("jest.config.",),
    ),
    Tool(
        "react-scripts",
        "react-scripts",
        ("react-scripts", "test", "--watchAll=false"),
        _JEST,
        valued="--env",
        once="--watchAll=false --watch=false --ci",
    ),
    Tool(
        "mocha",
        "mocha",
        ("mocha",),
        valued="-c --config -r --require --import --loader --extension -u --ui --file -t --timeout"
        " -n --node-option",
        plain="--exit --check-leaks --no-timeout",
        configs=(".mocharc.",),
    ),
    Tool(
        "ava",
        "ava",
        ("ava",),
        valued="--config --node-arguments",
        plain="-s --serial",
        configs=("ava.config.",),
    ),
    Tool("tap", "tap", ("tap",), configs=(".taprc",)),
    Tool("tape", "tape", ("tape",), valued="-r --require"),
    Tool(
        "jasmine",
        "jasmine",
        ("jasmine",),
        valued="--config --require --helper",
        configs=("jasmine.json",),
    ),
    Tool("qunit", "qunit", ("qunit",), valued="--require"),
    Tool("lab", "@hapi/lab", ("lab",)),
    Tool("borp", "borp", ("borp",)),
    Tool(
        "playwright",
        "@playwright/test",
        ("playwright", "test", "--reporter=line"),
        valued="-c --config --project",
        watch="--ui --debug",
        configs=("playwright.config.",),
    ),
    Tool(
        "karma",
        "karma",
        ("karma", "start", "--single-run"),
        (),
        valued="--browsers",
        watch="--no-single-run --auto-watch",
        once="--single-run",
        configs=("karma.conf.",),
    ),
    Tool(
        "ng",
        "@angular/cli",
        ("ng", "test", "--watch=false"),
        (),
        valued="--browsers --configuration",
        once="--watch=false --no-watch",
    ),
)
TOOLS = {tool.name: tool for tool in _TABLE}
#: Programs with other names that are the same tool.
_ALIASES = {"_mocha": "mocha", "jest.js": "jest", "mocha.js": "mocha", "vitest.mjs": "vitest"}


def tool_in(words: Sequence[str], at: int) -> Tool | None:
    """The tool that a word of a command starts, by its name or its path below node_modules."""
    word = words[at]
    if "/" in word and "node_modules/" not in word:
        return None
    name = word.rsplit("/", 1)[-1]
    tool = TOOLS.get(_ALIASES.get(name, name))
    if tool and tool.words[1:2] in (("test",), ("start",)):  # `ng build` tests nothing
        return tool if tuple(words[at + 1 : at + 2]) == tool.words[1:2] else None
    return tool
