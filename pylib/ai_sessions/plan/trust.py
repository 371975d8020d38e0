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
_WORDY = ("-k", "-m", "-n", "--test-name-pattern", "-run", "--filter", "-f", "-j", "--jobs")
#: Flags that choose, count and report; none of them loads code or writes elsewhere.
_PLAIN_FLAG = re.compile(
    r"-[qvxsclfbri]{1,4}|-r[a-zA-Z]{1,6}|--(?:quiet|verbose|failfast|exitfirst|locked|offline"
    r"|workspace|all|release|lib|tests|recursive|tap|silent|no-cov|strict-markers|buffer|test)"
    r"|--(?:tb|maxfail|durations|color|test-reporter|test-concurrency|formatter|jobs|timeout)"
    r"=[\w-]+|-(?:count|timeout|run|short|race)(?:=[\w./^$|-]+)?|-n\d+|-j\d+|-\d"
)
_WORD = re.compile(r"[\w.\[\]^$| -]+")


def unapproved(commands: Iterable[Command]) -> tuple[Command, ...]:
    """The commands that need approval."""
    return tuple(one for one in commands if not is_known(one.cmd))


def is_known(cmd: Sequence[str]) -> bool:
    """True for the plain ways to start a test tool, and for looking at a file."""
    return any(shape(list(cmd)) for shape in _SHAPES)


def fingerprint(commands: Iterable[Command]) -> str:
    """What an approval is tied to: changes with any argument, and with the order."""
    listed = [[list(one.cmd), one.runner] for one in commands]
    return hashlib.sha256(json.dumps(listed, separators=(",", ":")).encode()).hexdigest()


def _pytest(cmd: list[str]) -> bool:
    return _started(cmd, "pytest") and _harmless(_rest(cmd, "pytest"))


def _unittest(cmd: list[str]) -> bool:
    rest = _rest(cmd, "unittest") if _started(cmd, "unittest") and len(cmd) > 2 else None
    if rest is None or cmd[0] == "unittest":
        return False
    return _harmless([word for word in rest if word not in ("discover", "-t", "-p", "-s")])


def _django(cmd: list[str]) -> bool:
    is_test = len(cmd) > 2 and _PYTHON.fullmatch(cmd[0]) and cmd[1:3] == ["manage.py", "test"]
    return bool(is_test) and _harmless([word for word in cmd[3:] if word != "--noinput"])


def _bats(cmd: list[str]) -> bool:
    return cmd[0] in ("bats", "node_modules/.bin/bats") and _harmless(cmd[1:])


def _node(cmd: list[str]) -> bool:
    return cmd[:2] == ["node", "--test"] and _harmless(cmd[2:])


def _go(cmd: list[str]) -> bool:
    return cmd[:2] == ["go", "test"] and _harmless(cmd[2:])


def _cargo(cmd: list[str]) -> bool:
    return cmd[:2] == ["cargo", "test"] and _harmless([word for word in cmd[2:] if word != "--"])


def _npm(cmd: list[str]) -> bool:
    if cmd[0] not in ("npm", "pnpm", "yarn"):
        return False
    words = [word for word in cmd[1:] if word not in ("--silent", "-s")]
    if words[:1] == ["run"]:
        words = words[1:]
    return len(words) == 1 and re.fullmatch(r"test[\w:-]*", words[0]) is not None


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
