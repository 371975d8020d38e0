"""What a test command runs by name: scripts of `package.json`, and the rules of a Makefile."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

_WORD = re.compile(r"[\w@:./*?-]+")
#: `name: what it needs`; no assignment, and no rule of make's own such as `.PHONY`.
_RULE = re.compile(r"^(?![\t#.])([^:=#\n]+?)\s*::?(?!=)\s*([^\n]*)")
_TESTS = "test"
_NEXT_COMMAND = re.compile(r"&&|\|\||[;|\n()`]")
_ASSIGNED = re.compile(r"^[\w-]+=")
#: Programs that start what is named next.
_STARTERS = re.compile(
    r"(?:ba|da|z)?sh|node|bun|deno|python[\d.]*|ruby|perl|tsx|ts-node|source|\.|env|exec|time|nice"
    r"|npx|cross-env|uv|poetry|run"
)


def words(text: str) -> list[str]:
    """The words of a command of a shell."""
    return _WORD.findall(text)


def started(text: str) -> Iterator[str]:
    """The words of shell commands that may name a program or a value of an option: no arguments."""
    for command in _NEXT_COMMAND.split(text):
        before = ""
        for whole in command.split():
            word = whole.strip("'\"@-") if not before else whole.strip("'\"")
            if not before or before.startswith("-") or _STARTERS.fullmatch(before):
                yield word
            if _ASSIGNED.match(word):
                yield word.partition("=")[2]
            else:
                before = word.rpartition("/")[2] if not word.startswith("-") else word


def scripts(known: Mapping[str, str], runs: Sequence[str]) -> dict[str, str]:
    """The scripts that run tests, by name: those with "test" in their name or named by a word of
    the commands (`runs`), what these start, and what npm runs before and after them.
    """
    begun = {name for name in known if _TESTS in name or name in runs}
    reached = _all_from(begun, lambda name: _started(known, name))
    return {name: known[name] for name in sorted(reached)}


def _started(known: Mapping[str, str], name: str) -> set[str]:
    named = words(known[name])
    others = {one for one in known if any(fnmatchcase(one, word) for word in named)}
    return others | ({f"pre{name}", f"post{name}"} & known.keys())


def recipes(text: str, runs: Sequence[str]) -> str:
    """The lines of a Makefile that its rules for tests run. `runs`: the words of the commands."""
    needs, lines = _rules(text)
    first = next(iter(needs), "")
    begun = {name for name in needs if _TESTS in name or name in runs} or {first}
    reached = _all_from(begun, lambda name: _needed(needs, lines, name))
    return "\n".join(line for name in needs if name in reached for line in lines[name])


def _needed(
    needs: Mapping[str, Sequence[str]], lines: Mapping[str, Sequence[str]], name: str
) -> set[str]:
    """The rules that one needs, or starts with `$(MAKE)`."""
    made = [word for line in lines[name] if "MAKE" in line for word in words(line)]
    return {*needs[name], *made} & needs.keys()


def _rules(text: str) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """What each rule needs, and the lines that it runs."""
    needs: dict[str, list[str]] = {}
    lines: dict[str, list[str]] = {}
    current: list[str] = []
    for line in text.splitlines():
        if line.startswith("\t"):
            for name in current:
                lines[name].append(line)
        elif found := _RULE.match(line):
            current = found[1].split()
            for name in current:
                needs.setdefault(name, []).extend(words(found[2]))
                lines.setdefault(name, [])
    return needs, lines


def _all_from(begun: Iterable[str], following: Callable[[str], Iterable[str]]) -> set[str]:
    reached: set[str] = set()
    waiting = list(begun)
    while waiting:
        name = waiting.pop()
        if name and name not in reached:
            reached.add(name)
            waiting += following(name)
    return reached
