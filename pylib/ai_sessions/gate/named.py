"""Files that the configuration of a test tool names: set-up files, plug-ins, scripts it starts."""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from ai_sessions.gate import reached
from ai_sessions.gate.verdict import Scope
from ai_sessions.plan import paths

#: Sections of package.json that say how tests run.
PACKAGE_SECTIONS = ("jest", "mocha", "ava", "vitest", "tap", "nyc", "c8", "babel")
_MAKEFILES = ("makefile", "gnumakefile")
#: Plug-ins of pytest that are modules: `-p my.plugin`, and the list in a conftest.
_OPTION_P = re.compile(r"(?:^|\s|['\"=])-p[\s'\",=]*([\w.]+)")
_PLUGINS = re.compile(r"pytest_plugins\b[^=\n]*=\s*([\[(][^\])]*[\])]|[^\n]*)")
_ENTRY_POINT = re.compile(r"=\s*['\"]?([\w.]+)")
_QUOTED = re.compile(r"""['"]([^'"\n]+)['"]""")
#: Configuration in JavaScript or JSON: values of the settings that name code, and what it imports.
_CODE = (".js", ".cjs", ".mjs", ".ts", ".cts", ".mts", ".json")
_SETTINGS = re.compile(
    r"(?:setup\w*|global(?:Setup|Teardown)|environment|testEnvironment|runner|reporters?|transform"
    r"|resolver|preset|plugins|require|import|loader|file|spec|sequencer|snapshotSerializers)"
    r"['\"]?\s*:\s*(\[[^\]]*\]|\{[^}]*\}|[^,\n}]*)"
)
_IMPORTED = re.compile(r"""(?:from|import|require\()\s*['"](\.{1,2}/[^'"\n]+)['"]""")
_ENDINGS = (
    *("", ".js", ".cjs", ".mjs", ".ts", ".cts", ".mts", ".tsx", ".json"),
    *("/index.js", "/index.ts", "/index.mjs", "/index.cjs", ".py", "/__init__.py"),
)
_MOST_WORDS = 5_000


def named_files(
    contents: Mapping[str, bytes], existing: Collection[str], scope: Scope
) -> tuple[str, ...]:
    """The files of the repository that these files of configuration name, and that are not the
    task's to write. `existing`: all paths of the repository.
    """
    there = existing if isinstance(existing, (set, frozenset, dict)) else frozenset(existing)
    found: set[str] = set()
    for path, content in contents.items():
        text = content.decode("utf-8", "replace")
        folder = path.rpartition("/")[0]
        for word in list(_words(path, text, scope.runs))[:_MOST_WORDS]:
            found.update(_resolved(word, folder, there))
    return tuple(sorted(one for one in found if not paths.matches(one, scope.sources)))


def _words(path: str, text: str, runs: Sequence[str]) -> Iterator[str]:
    """What could be a path or a module in a file of configuration."""
    name = path.rpartition("/")[2].lower()
    if name == "package.json":
        yield from _of_package(text, runs)
    elif name in _MAKEFILES:
        yield from reached.started(reached.recipes(text, runs))
    elif name == "conftest.py":
        for listed in _PLUGINS.findall(text):
            yield from _modules(_QUOTED.findall(listed))
    elif name == "entry_points.txt":
        yield from _modules(_ENTRY_POINT.findall(text))
    elif name.startswith(".") or ".cargo/" in path:
        yield from reached.words(text)
    elif name.endswith((".toml", ".ini", ".cfg")):
        yield from _modules(_OPTION_P.findall(text))
        yield from _modules(_ENTRY_POINT.findall(text.partition("pytest11")[2][:2000]))
    elif name.endswith(_CODE):
        for value in _SETTINGS.findall(text):
            yield from _QUOTED.findall(value)
        yield from _IMPORTED.findall(text)
    else:
        yield from reached.started(text)


def _of_package(text: str, runs: Sequence[str]) -> Iterator[str]:
    try:
        data = json.loads(text)
        scripts = {key: one for key, one in data.get("scripts", {}).items() if isinstance(one, str)}
    except (ValueError, AttributeError):
        return
    for command in reached.scripts(scripts, runs).values():
        yield from reached.started(command)
    for section in PACKAGE_SECTIONS:
        yield from _strings(data.get(section))


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from _strings(one)


def _modules(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        yield name.replace(".", "/")
        yield f"src/{name.replace('.', '/')}"


def _resolved(word: str, folder: str, there: Collection[str]) -> Iterator[str]:
    """The files that a word means, from the folder of the configuration or from the top."""
    plain = re.sub(r"^(?:<rootDir>/|\$\{?\w+\}?/|(?:\./)+)", "", word).strip("/")
    if not plain or plain.startswith("../"):
        return
    for begin in {f"{folder}/" if folder else "", ""}:
        for ending in _ENDINGS:
            if (path := f"{begin}{plain}{ending}") in there:
                yield path
                break
