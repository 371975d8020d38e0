"""Imports go down: doors, assembly, verbs, edges, rules, givens, nouns, errors. No circles."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "pylib" / "ai_sessions"

#: First part of a module's name below the package -> its floor. A module that is not here fails.
FLOORS = {
    **dict.fromkeys(["__main__", "api", "bots", "cli", "library", "sync"], 7.0),
    "assemble": 6.0,
    **dict.fromkeys(
        [
            "run",
            "jobs",
            "workflow",
            "sessions",
            "conversations",
            "diagnosis",
            "rotating",
            "assistant",
        ],
        5.0,
    ),
    **dict.fromkeys(
        (
            *("store", "providers", "testing", "index", "imports", "embeddings"),
            *("workspace", "git", "git_files", "ledger", "detection", "telemetry"),
        ),
        4.0,
    ),
    **dict.fromkeys(["disk", "signals", "processes", "threads", "workers", "compiled"], 3.5),
    **dict.fromkeys(
        [
            "plan",
            "gate",
            "accounting",
            "dialogue",
            "display",
            "memory",
            "rotation",
            "todo",
            "diffs",
        ],
        3.0,
    ),
    **dict.fromkeys(["config", "catalog", "tokens", "tokenizer", "times", "typed_times"], 2.0),
    **dict.fromkeys(
        (
            *(
                "records",
                "names",
                "money",
                "ids",
                "labels",
                "environment",
                "lazy_dataclasses",
                "site_packages",
            ),
            *(
                "plurals",
                "token_kinds",
                "controls",
                "yaml_text",
                "json_stream",
                "rates",
                "stopping",
            ),
            "site_packages",
        ),
        1.0,
    ),
    "errors": 0.0,
}
CONTRACTS = 1.5
#: Rooms whose package itself is a door, for Python programs; what is in them is lower.
DOORS = {"assistant", "conversations"}
#: The package itself holds its version alone.
FREE = {""}


def modules() -> dict[str, Path]:
    """Name below the package (`store.files`) -> file."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        found[".".join(part for part in parts if part != "__init__")] = path
    return found


@dataclass
class Source:
    """What the rules look at in a file, which is parsed once."""

    imports: list[ast.Import | ast.ImportFrom]
    environment: list[int]
    """Lines that read the environment."""


def source(path: Path) -> Source:
    nodes = list(ast.walk(ast.parse(path.read_text())))
    return Source(
        [node for node in nodes if isinstance(node, (ast.Import, ast.ImportFrom))],
        [
            node.lineno
            for node in nodes
            if isinstance(node, ast.Attribute)
            and node.attr in ("environ", "getenv")
            and isinstance(node.value, ast.Name)
            and node.value.id == "os"
        ],
    )


def imports(found: Source, known: dict[str, Path]) -> Iterator[str]:
    """Our own modules that a file imports, anywhere in it, for types alone included."""
    for node in found.imports:
        if isinstance(node, ast.Import):
            yield from (_below(name.name) for name in node.names if _is_ours(name.name))
        elif node.module and _is_ours(node.module):
            base = _below(node.module)
            for name in node.names:
                inner = f"{base}.{name.name}".strip(".")
                yield inner if inner in known else base


def _is_ours(name: str) -> bool:
    return name == "ai_sessions" or name.startswith("ai_sessions.")


def _below(name: str) -> str:
    return name.removeprefix("ai_sessions").strip(".")


MODULES = modules()
SOURCES = {name: source(path) for name, path in MODULES.items()}
IMPORTS = {name: set(imports(found, MODULES)) - FREE for name, found in SOURCES.items()}


def top(module: str) -> str:
    return module.partition(".")[0]


def floor(module: str) -> float:
    """A rule until it is entered in `FLOORS`. Contracts are nouns: promises, no code."""
    if module in DOORS:
        return FLOORS["cli"]
    if module.endswith(".contract"):
        return CONTRACTS
    return FLOORS.get(top(module), 3.0)


def test_every_module_has_a_floor() -> None:
    without = [name for name in MODULES if name and top(name) not in FLOORS]

    assert without == []


def test_relative_imports_are_not_used() -> None:
    relative = [
        name
        for name, found in SOURCES.items()
        for node in found.imports
        if isinstance(node, ast.ImportFrom) and node.level
    ]

    assert relative == []


@pytest.mark.parametrize("module", [name for name in MODULES if name])
def test_imports_go_down(module: str) -> None:
    upward = [name for name in IMPORTS[module] if floor(name) > floor(module)]

    assert upward == []


def test_no_imports_go_in_circles() -> None:
    assert circle(IMPORTS) == []


def circle(graph: dict[str, set[str]]) -> list[str]:
    """A path that comes back to where it began; empty when there is none."""
    done: set[str] = set()

    def visit(name: str, path: list[str]) -> list[str]:
        if name in path:
            return [*path[path.index(name) :], name]
        if name in done:
            return []
        for below in sorted(graph.get(name, ())):
            if found := visit(below, [*path, name]):
                return found
        done.add(name)
        return []

    return next((found for name in graph if (found := visit(name, []))), [])


@pytest.mark.parametrize(
    ("graph", "found"),
    [
        ({"a": {"b"}, "b": {"c"}, "c": set()}, []),
        ({"a": {"b"}, "b": {"c"}, "c": {"b"}}, ["b", "c", "b"]),
        ({"a": {"a"}}, ["a", "a"]),
    ],
)
def test_the_search_for_circles_finds_them(graph: dict[str, set[str]], found: list[str]) -> None:
    assert circle(graph) == found


@pytest.mark.parametrize("module", [name for name in MODULES if name and floor(name) in (1.0, 3.0)])
def test_rules_and_nouns_touch_no_environment(module: str) -> None:
    source = MODULES[module].read_text()

    assert "os.environ" not in source
    assert "getenv" not in source


@pytest.mark.parametrize("module", [name for name in MODULES if name])
def test_only_config_and_doors_read_the_environment(module: str) -> None:
    if top(module) in ("config", "cli", "library") or module in DOORS:
        return
    # git is a child process of ours: it gets what we got, less what an outer git set
    assert SOURCES[module].environment == [] or top(module) == "git"
