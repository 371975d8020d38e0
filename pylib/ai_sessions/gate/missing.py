"""Which name a test run says is missing, and whether a task is going to make it.

Reads what Python, node, bats, go and cargo print. A name counts as the task's own when one of its
source patterns is where the name would live, and it is not there yet.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Literal

from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.testing.contract import Run


@dataclass(frozen=True, slots=True)
class Missing:
    """A missing name. `place`: module or file it is missing from; empty: the tool does not say."""

    kind: Literal["module", "attribute", "symbol"]
    name: str
    place: str = ""
    language: str = ""
    """Ending of the files that the name could be written in; empty: any."""
    file: str = ""
    """The file that the tool looked for the name in, where it says so."""


_PYTHON_MODULE = re.compile(r"No module named '([\w.]+)'")
_PYTHON_IMPORT = re.compile(
    r"cannot import name '(\w+)' from (?:partially initialized module )?'([\w.]+)'"
    r"(?:[^(\n]*\(([^)\n]+)\))?"
)
_PYTHON_ATTRIBUTE = re.compile(r"module '([\w.]+)' has no attribute '(\w+)'")
_NODE_MODULE = re.compile(r"Cannot find (?:module|package) '([^']+)'")
#: What yarn's Plug'n'Play says of a file.
_PNP_FILE = re.compile(r"Qualified path resolution failed: [^\n]*\s+Source path: (\S[^\n]*)")
_NODE_EXPORT = re.compile(r"requested module '([^']+)' does not provide an export named '([\w$]+)'")
#: The same of a CommonJS module that an ES module imports from.
_NODE_NAMED = re.compile(r"Named export '([\w$]+)' not found\. The requested module '([^']+)'")
_BATS_LOAD = re.compile(r"bats_load_safe: Could not find '([^']+)'")
_SHELL_FILE = re.compile(r": ([^\s:]+): No such file or directory")
_SHELL_COMMAND = re.compile(r": ([^\s:]+): command not found")
_GO_PACKAGE = re.compile(r"(?:no required module provides package|package) ([\w./-]+)(?:;| is not)")
_GO_SYMBOL = re.compile(r"undefined: ([\w.]+)|(\w+) undefined \(type")
#: Where installed packages of Python are.
_INSTALLED = re.compile(r"/(?:site|dist)-packages/")
_RUST_SYMBOL = re.compile(
    r"(?:cannot find [\w ]+|unresolved (?:import|module)[\w ]*|no [\w ]+ named|could not find)"
    r" `([\w:]+)`"
)
#: Where sources are written, and where builds put what they make of them.
_SOURCES = frozenset(("src", "source", "sources", "lib"))
_BUILDS = frozenset(("dist", "build", "out", "lib", "esm", "cjs"))


#: Endings of modules that a compiler made.
_COMPILED = (".so", ".pyd", ".node")


def missing_names(text: str) -> tuple[Missing, ...]:
    """Every missing name that `text` tells of, once, in order of kind."""
    return tuple(dict.fromkeys(_found(text)))


def places(run: Run) -> frozenset[str]:
    """The places that the failing tests of a run miss something from."""
    failing = (case for case in run.cases if case.outcome in ("failed", "error"))
    return frozenset(
        name.place for case in failing for name in missing_names(case.message) if name.place
    )


def whose(
    missing: Missing, sources: Sequence[str], existing: Collection[str]
) -> Literal["ours", "there", "foreign", "installed"]:
    """`ours` when a task with these source patterns is going to make the name.

    `existing`: paths that are there already. A module that exists cannot be missing, so the import
    itself is wrong then (`there`); an attribute may be missing from a file that exists. It may be
    looked for in another copy of the task's module, which its work does not change (`installed`).
    """
    if not missing.place:
        wanted = (missing.language, "*", "/")
        return "ours" if any(source.endswith(wanted) for source in sources) else "foreign"
    place = _parts(missing.place)
    written = [_parts(source) for source in sources]
    homes = [home for source in written if (home := _home(source, place))]
    homes = homes or [source for source in written if _is_made_of(source, place)]
    if not homes:
        return "foreign"
    if _INSTALLED.search(missing.file):
        return "installed"
    there = [path for path in existing if any(_parts(path)[: len(home)] == home for home in homes)]
    return "there" if there and missing.kind == "module" else "ours"


def stands_at(missing: Missing, path: str) -> bool:
    """True when this file of the repository, if it were there, could be what is missing."""
    if missing.kind == "symbol" or not missing.place:
        return False
    place, file = _parts(missing.place), _parts(path)
    if path.endswith(_COMPILED):
        file[-1] = file[-1].partition(".")[0]  # _fast.cpython-311-x86_64-linux-gnu.so
    places = [place] if missing.kind == "module" else [[*place, missing.name]]
    return any(one and (file[-len(one) :] == one or one[-len(file) :] == file) for one in places)


def _found(text: str) -> Iterator[Missing]:
    yield from _found_in_python(text)
    for pattern in (_NODE_MODULE, _PNP_FILE, _BATS_LOAD, _SHELL_FILE):
        for found in pattern.findall(text):
            yield Missing("module", found, found)
    for module, name in _NODE_EXPORT.findall(text):
        yield Missing("attribute", name, module)
    for name, module in _NODE_NAMED.findall(text):
        yield Missing("attribute", name, module)
    for found in _SHELL_COMMAND.findall(text):
        yield (
            Missing("module", found, found) if "/" in found else Missing("symbol", found, "", "sh")
        )
    yield from _found_in_compiled(text)


def _found_in_python(text: str) -> Iterator[Missing]:
    for found in _PYTHON_MODULE.findall(text):
        yield Missing("module", found, found.replace(".", "/"))
    for name, module, file in _PYTHON_IMPORT.findall(text):
        yield Missing("attribute", name, module.replace(".", "/"), file=file)
    for module, name in _PYTHON_ATTRIBUTE.findall(text):
        yield Missing("attribute", name, module.replace(".", "/"))


def _found_in_compiled(text: str) -> Iterator[Missing]:
    for found in _GO_PACKAGE.findall(text):  # a folder below the name of the Go module
        yield Missing("module", found, found.rpartition("/")[2])
    for first, second in _GO_SYMBOL.findall(text):
        yield Missing("symbol", first or second, language=".go")
    for found in _RUST_SYMBOL.findall(text):
        yield Missing("symbol", found, language=".rs")


def _parts(place: str) -> list[str]:
    """The folders and the bare name: `./src/pay/__init__.py` is src, pay."""
    parts = [part for part in place.split("/") if part not in ("", ".", "..")]
    if parts and "." in parts[-1].strip("."):
        parts[-1] = parts[-1].rsplit(".", 1)[0]
    if len(parts) > 1 and parts[-1] in ("__init__", "index", "mod"):
        parts.pop()
    return parts


def _home(source: list[str], place: Sequence[str]) -> list[str]:
    """Where `place` stands in the path of a source pattern, from its top; empty: nowhere.

    Python names the first missing package only, so `pay` is at home in `src/pay/gateway.py`; other
    tools give whole paths from outside the repository, so only their end has to fit.
    """
    for start in range(len(source)):
        if place and _fits(source[start:], place):
            return [*source[:start], *place]
    return source if source and _fits(source, place[len(place) - len(source) :]) else []


def _is_made_of(source: Sequence[str], place: Sequence[str]) -> bool:
    """True when `place` is where a build puts a source: `dist/esm/pay` for `src/pay`."""
    made, written = _below(place, _BUILDS), _below(source, _SOURCES)
    if made is None or "node_modules" in place:
        return False
    written = source if written is None else written
    return made == written or _fits(written, made)


def _below(path: Sequence[str], folders: Collection[str]) -> Sequence[str] | None:
    """What follows the last of these folders; None when none is in the path."""
    found = [at for at, part in enumerate(path) if part in folders]
    return path[found[-1] + 1 :] if found else None


def _fits(source: Sequence[str], place: Sequence[str]) -> bool:
    """True when `place` is the beginning of a source pattern's path."""
    for at, part in enumerate(place):
        if at >= len(source) or source[at] == "**":
            return at < len(source)
        if part != source[at] and not fnmatchcase(part, source[at]):
            return False
    return bool(place)
