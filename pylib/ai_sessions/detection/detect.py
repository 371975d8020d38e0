"""How the tests of a repository run: of its languages the one that has most of the tests."""

from collections.abc import Iterator, Sequence
from dataclasses import field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from ai_sessions.detection.bats import bats
from ai_sessions.detection.cargo import cargo, is_member
from ai_sessions.detection.deno import deno
from ai_sessions.detection.dotnet import dotnet
from ai_sessions.detection.elixir import elixir
from ai_sessions.detection.folder import Folder, folder_of
from ai_sessions.detection.found import TESTS, Found, Language, Words
from ai_sessions.detection.go import go
from ai_sessions.detection.jvm import gradle, maven
from ai_sessions.detection.make import make
from ai_sessions.detection.node import node
from ai_sessions.detection.parts import parts_of
from ai_sessions.detection.php import php
from ai_sessions.detection.python import assumed, python
from ai_sessions.detection.python_packages import has_environment
from ai_sessions.detection.ruby import ruby
from ai_sessions.lazy_dataclasses import dataclass

#: Command by name (`test`, `suite`), each in the form of a plan.
Commands = dict[str, dict[str, Any]]

#: Of two with equally many tests the earlier one counts.
LANGUAGES: tuple[Language, ...] = (
    *(python, bats, node, deno, go, cargo, ruby, php, elixir, maven, gradle, dotnet),
)
#: Endings of files that are in a repository before its first source.
_PROSE = frozenset((".md", ".txt", ".rst", ".adoc", ".png", ".svg", ".jpg", ".pdf"))
#: What makes a part independent of the top: packages of its own.
_LOCKS = (
    *("package-lock.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock", "bun.lockb"),
    *("uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "Cargo.lock"),
)


@dataclass(frozen=True, slots=True)
class FolderTests:
    """How the tests of a folder run. `place`: the folder; empty: the repository itself."""

    place: str
    found: Found | None
    """None where no language is known."""
    others: tuple[Found, ...] = ()
    """Other languages that have tests here."""
    commands: Commands = field(default_factory=dict)
    is_ready: bool = True
    """False where the environment that the commands name has to be made first."""


def detect(repo: Path) -> tuple[FolderTests, ...]:
    """The repository itself, then its parts that have test tools of their own."""
    whole = folder_of(repo)
    parts = parts_of(whole)
    inside = tuple(f"{part.place}/" for part in parts)
    own = replace(whole, names=tuple(name for name in whole.names if not name.startswith(inside)))
    top = _tests(own, make(own), is_new=not parts)
    below = tuple(_independent(top, parts))
    return _from_the_top(top, below) or (top, *below)


def _from_the_top(top: FolderTests, below: Sequence[FolderTests]) -> tuple[FolderTests, ...]:
    """All parts tested from the repository itself, where one command does for all of their tests.

    Empty where they differ, or where a tool has to be started in the part: Python finds the
    sources of a part there, and cannot tell two `tests/test_app.py` apart.
    """
    tests = [one.commands.get("test", {}) for one in below]
    if "test" in top.commands or not tests or any(one != tests[0] for one in tests):
        return ()
    words = tests[0].get("cmd", [])
    if words[:1] != ["node"]:
        return ()
    suite = {**tests[0], "cmd": [word for word in words if word != TESTS]}
    return (
        replace(below[0], place="", commands={"test": tests[0], "suite": suite, **top.commands}),
    )


def _independent(top: FolderTests, parts: Sequence[Folder]) -> Iterator[FolderTests]:
    """The parts that the commands of the top do not reach."""
    for part in parts:
        tests = _tests(part, ())
        if tests.found and tests.commands and not _is_reached(top, part, tests.found):
            yield tests


def _is_reached(top: FolderTests, part: Folder, found: Found) -> bool:
    if "test" not in top.commands or not top.found or top.found.tool != found.tool:
        return False
    if found.tool == "cargo" and part.above:
        return is_member(part.above, part.place)
    return found.tool != "go" and not part.has(*_LOCKS)


def _tests(folder: Folder, suite: Words, *, is_new: bool = False) -> FolderTests:
    """`suite`: a command of the whole project that runs all tests. `is_new`: nothing but this
    folder may say what language the project is going to have.
    """
    found = [one for one in (language(folder) for language in LANGUAGES) if one]
    if not found and is_new and not suite and all(map(_is_no_source, folder.names)):
        found = [assumed(folder)]
    if len(found) > 1:
        found = [one for one in found if one.files or one.tool not in _WITHOUT_TESTS]
    if not found:
        return FolderTests(
            folder.place, None, commands={"suite": _command(suite, "")} if suite else {}
        )
    best = max(found, key=lambda one: (bool(one.test), one.files))
    others = tuple(one for one in found if one is not best and one.test and one.files)
    is_ready = best.tool not in ("pytest", "unittest", "django") or has_environment(folder)
    return FolderTests(folder.place, best, others, _commands(best, suite), is_ready)


def _is_no_source(name: str) -> bool:
    last = PurePosixPath(name)
    is_note = last.name.isupper() or last.name.startswith(".")  # LICENSE, .gitignore
    return is_note or name.startswith(".github/") or last.suffix.lower() in _PROSE


#: A tool that needs no test to be there, in a folder of one language.
_WITHOUT_TESTS = ("unittest",)


def _commands(found: Found, suite: Words) -> Commands:
    made = {}
    if found.test:
        made["test"] = _command(found.test, found.runner)
    if suite and not _is_script(found.suite):
        made["suite"] = _command(suite, "")
    elif found.suite:
        made["suite"] = _command(found.suite, found.counts_suite)
    return made


def _is_script(suite: Words) -> bool:
    """True for `npm test` and its like: what the project itself calls its tests."""
    return suite[:1] in (("npm",), ("pnpm",), ("yarn",), ("bun",), ("composer",))


def _command(words: Words, runner: str) -> dict[str, Any]:
    return {**({"runner": runner} if runner else {}), "cmd": list(words)}
