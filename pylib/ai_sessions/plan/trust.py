"""Which commands of a plan may run without a person's approval, and what an approval is tied to.

The names of test tools are given; their arguments must be flags known to be harmless, or paths
inside the repository. Everything else waits until a person has approved the exact list.
"""

import hashlib
import itertools
import json
import re
from collections.abc import Callable, Iterable, Sequence

from ai_sessions.plan import paths
from ai_sessions.plan.document import TESTS, Command

_PYTHON = re.compile(r"python(?:3(?:\.\d+)?)?|\.?venv/bin/python3?")
_WORDY = (
    "-k",
    "-m",
    "-n",
    "--test-name-pattern",
    "-run",
    "--filter",
    "-f",
    "-j",
    "--jobs",
    "--env",
)
#: Flags that choose, count and report; none of them loads code or writes elsewhere.
_PLAIN_FLAG = re.compile(
    r"-[qvxsclfbri]{1,4}|-r[a-zA-Z]{1,6}|--(?:quiet|verbose|failfast|exitfirst|locked|offline"
    r"|workspace|all|release|lib|tests|recursive|tap|silent|no-cov|strict-markers|buffer|test)"
    r"|--(?:tb|maxfail|durations|color|test-reporter|test-concurrency|formatter|jobs|timeout)"
    r"=[\w-]+|-(?:count|timeout|run|short|race)(?:=[\w./^$|-]+)?|-n\d+|-j\d+|-\d"
    r"|--(?:coverage|coverage\.enabled|watch|watchAll)=false|--reporter=line|--runTestsByPath"
    r"|--(?:runInBand|check-leaks|exit|single-run|disable-coverage|no-check-coverage|serial)"
)
#: Test tools of Node that are among a project's packages, and what starts them from there.
_NODE_TOOLS = frozenset(
    (
        *("jest", "vitest", "mocha", "ava", "tap", "tape", "jasmine", "qunit", "lab", "borp"),
        *("playwright", "karma", "ng", "react-scripts", "bats"),
    )
)
_NODE_STARTS = (("npx", "--no-install"), ("pnpm", "exec"), ("yarn",), ("bun", "run"))
#: What a test tool may be given of the environment: nothing that names code to load.
_GIVEN = re.compile(
    r"(?:NODE_ENV|CI|TZ|FORCE_COLOR|NO_COLOR)=[\w/+-]*|NODE_OPTIONS=--experimental-vm-modules"
)
#: Other commands that run the tests of a project, as `make test` does.
_STARTS = (
    *(("rspec",), ("bundle", "exec", "rspec"), ("bundle", "exec", "rake", "test")),
    *(("rake", "test"), ("bin/rails", "test"), ("mix", "test"), ("bun", "test")),
    *(("vendor/bin/phpunit",), ("vendor/bin/pest",), ("composer", "test"), ("dotnet", "test")),
    *(("mvn", "-q", "test"), ("./mvnw", "-q", "test"), ("gradle", "test"), ("./gradlew", "test")),
    *(("deno", "test"), ("deno", "task", "test"), ("bin/bats",)),
    *(("just", "test"), ("just", "check"), ("task", "test"), ("task", "check")),
)
#: Where projects keep a bats of their own, as a submodule or a copy.
BATS_PLACES = tuple(
    f"{place}/bin/bats"
    for place in (
        *("test/bats", "tests/bats", "test/libs/bats", "test/libs/bats-core", "test/bats-core"),
        *("test/test_helper/bats", "test/test_helper/bats-core", "vendor/bats", "tests/bats-core"),
    )
)
#: Commands that install what the lock files of a project say, or make what its tests read.
_INSTALLERS = [
    line.split()
    for line in (
        *("npm ci", "npm install --no-package-lock", "pnpm install", "yarn install", "bun install"),
        *("uv sync", "poetry install", "pdm install", "pdm sync", "pipenv sync", "bundle install"),
        *("composer install", "mix deps.get", "go mod download", "cargo fetch", "dotnet restore"),
        *("npm run build", "pnpm run build", "yarn run build", "bun run build"),
    )
]
_INSTALLED = re.compile(
    r"--(?:frozen-lockfile|immutable|frozen|dev|no-interaction|no-progress|locked|all-packages)"
    r"|--(?:extra|extras|group)"
)
_NAMING, _NAMED = ("--extra", "--extras", "--group"), re.compile(r"[a-z][a-z\d_-]*")
_IN_PROJECT = re.compile(
    r"(?:POETRY_VIRTUALENVS_IN_PROJECT|PDM_VENV_IN_PROJECT|PIPENV_VENV_IN_PROJECT)=(?:true|1)"
)
#: Commands one after the other, some of them in a folder; nothing else of a shell.
_CHAIN = re.compile(r"[\w ./=()&-]*")
#: What runs a program in the environment of a Python project.
_MANAGERS = ("poetry", "pipenv", "pdm", "uv", "hatch")
_WORD = re.compile(r"[\w.\[\]^$| -]+")


def unapproved(commands: Iterable[Command]) -> tuple[Command, ...]:
    """The commands that need approval."""
    return tuple(one for one in commands if not is_known(one.cmd))


def is_known(cmd: Sequence[str]) -> bool:
    """True for the plain ways to start a test tool, and for looking at a file."""
    words = list(cmd)
    if words[:1] == ["env"]:
        words = list(itertools.dropwhile(_GIVEN.fullmatch, words[1:]))
    return bool(words) and any(shape(words) for shape in _SHAPES)


def installs(cmd: Sequence[str]) -> bool:
    """True for the plain ways to install what lock files say, and to run the script `build`."""
    words = list(cmd)
    if words[:2] == ["sh", "-c"] and len(words) == 3 and _CHAIN.fullmatch(words[2]):
        steps = words[2].replace("(", " ").replace(")", " ").split("&&")
        return all(_installs(step.split()) for step in steps)
    return _installs(words)


def _installs(words: list[str]) -> bool:
    if words[:1] == ["cd"]:
        return len(words) == 2 and _inside(words[1])
    if words[:1] == ["env"]:
        words = list(itertools.dropwhile(_IN_PROJECT.fullmatch, words[1:]))
    starts = (start for start in _INSTALLERS if words[: len(start)] == start)
    return any(_is_plain(words[len(start) :]) for start in starts)


def _is_plain(options: list[str]) -> bool:
    """Options that choose among what lock files name; a name without one adds a package."""
    pairs = zip(["", *options], options, strict=False)
    return all(
        _NAMED.fullmatch(word) if option in _NAMING else _INSTALLED.fullmatch(word)
        for option, word in pairs
    )


def fingerprint(commands: Iterable[Command]) -> str:
    """What an approval is tied to: changes with any argument, and with the order."""
    listed = [[list(one.cmd), one.runner, *filter(None, [one.cwd])] for one in commands]
    return hashlib.sha256(json.dumps(listed, separators=(",", ":")).encode()).hexdigest()


def _pytest(cmd: list[str]) -> bool:
    cmd = _without_manager(cmd)
    return _started(cmd, "pytest") and _harmless(_rest(cmd, "pytest"))


def _without_manager(cmd: list[str]) -> list[str]:
    return cmd[2:] if cmd[0] in _MANAGERS and cmd[1:2] == ["run"] and len(cmd) > 2 else cmd


def _unittest(cmd: list[str]) -> bool:
    cmd = _without_manager(cmd)
    rest = _rest(cmd, "unittest") if _started(cmd, "unittest") and len(cmd) > 2 else None
    if rest is None or cmd[0] == "unittest":
        return False
    return _harmless([word for word in rest if word not in ("discover", "-t", "-p", "-s")])


def _django(cmd: list[str]) -> bool:
    cmd = _without_manager(cmd)
    is_test = len(cmd) > 2 and _PYTHON.fullmatch(cmd[0]) and cmd[1:3] == ["manage.py", "test"]
    return bool(is_test) and _harmless([word for word in cmd[3:] if word != "--noinput"])


def _bats(cmd: list[str]) -> bool:
    is_known = cmd[0] in ("bats", "node_modules/.bin/bats", *BATS_PLACES)
    return is_known and _harmless(cmd[1:])


def _node(cmd: list[str]) -> bool:
    cmd = cmd[1:] if cmd[:2] == ["yarn", "node"] else cmd
    if cmd[:3] == ["node", "--import", "tsx"]:  # the one loader that is known by its name
        cmd = [cmd[0], *cmd[3:]]
    return cmd[:2] == ["node", "--test"] and _harmless(cmd[2:])


def _node_tool(cmd: list[str]) -> bool:
    """One of the project's packages, which is not fetched where it is missing."""
    starts = (start for start in _NODE_STARTS if tuple(cmd[: len(start)]) == start)
    rest = next((cmd[len(start) :] for start in starts), [])
    return bool(rest) and rest[0] in _NODE_TOOLS and _harmless(rest[1:])


def _started_plainly(cmd: list[str]) -> bool:
    starts = (start for start in _STARTS if tuple(cmd[: len(start)]) == start)
    return any(_harmless(cmd[len(start) :]) for start in starts)


def _go(cmd: list[str]) -> bool:
    return cmd[:2] == ["go", "test"] and _harmless(cmd[2:])


def _cargo(cmd: list[str]) -> bool:
    return cmd[:2] == ["cargo", "test"] and _harmless([word for word in cmd[2:] if word != "--"])


def _npm(cmd: list[str]) -> bool:
    """A script of the package that is called test, with tests for it."""
    if cmd[0] not in ("npm", "pnpm", "yarn", "bun"):
        return False
    words = [word for word in cmd[1:] if word not in ("--silent", "-s")]
    if words[:1] == ["run"]:
        words = words[1:]
    given = [word for word in words[1:] if word != "--"]
    return bool(words) and re.fullmatch(r"test[\w:-]*", words[0]) is not None and _harmless(given)


def _make(cmd: list[str]) -> bool:
    words = [word for word in cmd[1:] if word not in ("-s", "-k", "--silent")]
    if cmd[0] != "make" or len(words) != 1:
        return False
    return re.fullmatch(r"(?:test|check)[\w-]*", words[0]) is not None


def _look(cmd: list[str]) -> bool:
    """`grep -q word file` and `test -f file`."""
    if cmd[0] == "test":
        return len(cmd) == 3 and cmd[1] in ("-f", "-d", "-s", "-e") and _inside(cmd[2])
    flags = list(itertools.takewhile(re.compile(r"-[qEFiwxcn]{1,5}").fullmatch, cmd[1:]))
    words = cmd[1 + len(flags) :]
    plain = len(words) >= 2 and not words[0].startswith("-")
    return cmd[0] == "grep" and plain and all(map(_inside, words[1:]))


_SHAPES: tuple[Callable[[list[str]], bool], ...] = (
    _pytest,
    _unittest,
    _django,
    _bats,
    _node,
    _node_tool,
    _started_plainly,
    _go,
    _cargo,
    _npm,
    _make,
    _look,
)


def _started(cmd: list[str], tool: str) -> bool:
    if cmd[0] == tool:
        return True
    return _PYTHON.fullmatch(cmd[0]) is not None and cmd[1:3] == ["-m", tool]


def _rest(cmd: list[str], tool: str) -> list[str]:
    return cmd[cmd.index(tool) + 1 :]


def _harmless(words: list[str]) -> bool:
    """Flags from the list, each word after a wordy flag plain, all else paths inside."""
    previous = ""
    for word in words:
        after_flag = previous in _WORDY and _WORD.fullmatch(word)
        known = word == TESTS or word in _WORDY or _PLAIN_FLAG.fullmatch(word)
        if not (known or after_flag or _inside(word)):
            return False
        previous = word
    return True


def _inside(word: str) -> bool:
    """A relative path that stays inside, a `path::test` id, or a dotted name."""
    file = word.split("::", 1)[0].removeprefix("./").rstrip("/")
    if file in (".", "..."):
        return True
    return not word.startswith(("-", "/", "~", "@")) and paths.is_safe(file)
