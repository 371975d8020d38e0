"""What may not change after red: the tests, and whatever chooses which tests run and how."""

import hashlib
import json
import re
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache

from ai_sessions.gate import named, reached
from ai_sessions.gate.verdict import Scope
from ai_sessions.plan import paths

#: Files that choose which tests run or how; wherever they lie, however they are written.
_SELECTING = frozenset(
    (
        *("conftest.py", "pytest.ini", ".pytest.ini", "pytest.toml", ".pytest.toml", "noxfile.py"),
        *("tox.ini", "setup.cfg", "pyproject.toml", "sitecustomize.py", "usercustomize.py"),
        *("entry_points.txt", ".coveragerc", "package.json", ".npmrc", "setup_suite.bash"),
        *("cargo.toml", "nextest.toml", "go.mod", "go.work", "makefile", "gnumakefile"),
        *("justfile", "rakefile", ".rspec", "build.rs", "rust-toolchain", "rust-toolchain.toml"),
        *(".python-version", ".node-version", ".nvmrc", ".tool-versions", "mise.toml", ".swcrc"),
        *("bunfig.toml", ".taprc", "phpunit.xml", "phpunit.xml.dist"),
    )
)
_SELECTING_GLOBS = re.compile(
    r"(?:jest|vitest|vite|ava|playwright|cypress|babel|wtr|web-test-runner)\.config\..*"
    r"|vitest\.workspace\..*|karma\.conf\..*|taskfile\.ya?ml|.*\.(?:pth|mk)"
    r"|\.(?:mocharc|yarnrc|pnpmfile|c8rc|nycrc|babelrc).*"
)
_IN_CARGO = re.compile(r"(?:^|/)\.cargo/config(?:\.toml)?$")
#: Files of which only the part about tests is frozen: a task may add a dependency.
_PACKAGE = "package.json"
_PARTLY = ("pyproject.toml", _PACKAGE, "setup.cfg", "tox.ini", "cargo.toml", "go.mod")
#: Folders that hold nothing but tests and what they need.
_TEST_FOLDERS = frozenset(("test", "tests", "spec", "__tests__", "testdata", "test_helper"))
#: What is a test of its own, which the suite answers for.
_A_TEST = (
    *("test_*", "*_test.*", "*_tests.*", "*.test.*", "*.spec.*", "*_spec.*", "*.bats"),
    *("*test.java", "*tests.java", "*test.kt", "*.snap"),
)
#: Modules of the test tools; one with such a name in the repository would be taken instead.
_TOOLS = frozenset(
    (
        *("pytest", "_pytest", "py", "pluggy", "iniconfig", "packaging", "pygments", "tomli"),
        *("exceptiongroup", "xdist", "execnet", "pytest_cov", "pytest_asyncio", "coverage"),
        *("hypothesis", "nose", "nose2", "mock", "attr", "attrs"),
        *("sitecustomize", "usercustomize"),
    )
)
#: What tools leave behind when they run; no one's work.
_LEAVINGS = (
    *("**/__pycache__/**", "**/*.pyc", "**/.pytest_cache/**", "**/.mypy_cache/**"),
    *("**/.ruff_cache/**", "**/.hypothesis/**", "**/.coverage", "**/.DS_Store"),
)


def work_of(changed: Iterable[str]) -> list[str]:
    """The changed paths, sorted, without what tools leave behind when they run."""
    return sorted(path for path in set(changed) if not paths.matches(path, _LEAVINGS))


def frozen_set(existing: Iterable[str], scope: Scope) -> tuple[str, ...]:
    """The paths that may not change after red: the task's tests and what chooses the tests.

    A whole file that the plan lets the task write is left out: where it is named, or where a
    pattern means it in a folder that the task's tests are not in.
    """
    known, tests = _known(scope), (*scope.tests, *scope.snapshots)
    found: list[str] = []
    for path in existing:
        is_frozen = known.get(path)
        if is_frozen is None:
            is_frozen = _decides(path, scope) or paths.matches(path, tests)
            known[path] = is_frozen
        if is_frozen:
            found.append(path)
    return tuple(work_of(found))


@lru_cache(maxsize=2)
def _known(_scope: Scope) -> dict[str, bool]:
    """What was said of each path: a task's files are gone through at every step, all of them."""
    return {}


def frozen(contents: Mapping[str, bytes], runs: Sequence[str] = ()) -> dict[str, str]:
    """sha256 by path; of a file that says more than how tests run, of that part only.

    `runs`: the words of the commands that run tests, which may name scripts of a manifest.
    """
    return {path: _digest(path, content, runs) for path, content in contents.items()}


def configuration(existing: Iterable[str]) -> tuple[str, ...]:
    """The paths of files that choose tests and may name other files that do."""
    return tuple(path for path in existing if _selects(path))


def of_the_tests(changed: Iterable[str], there: Collection[str], scope: Scope) -> tuple[str, ...]:
    """What changed and is the tests' own, though frozen by no digest. `there`: was there at red.

    Helpers and data in a folder of tests, and new modules that hide those of Python and its tools.
    """
    return tuple(
        path
        for path in work_of(changed)
        if not _is_named(path, scope.sources)
        and not paths.matches(path, (*scope.tests, *scope.snapshots))
        and (_is_helper(path, scope) if path in there else _hides(path, scope))
    )


def _decides(path: str, scope: Scope) -> bool:
    """True for a file that says which tests run, or how, and is not the task's to write."""
    name = _name(path)
    if path in scope.runs:
        return not _is_named(path, scope.sources)
    if not _selects(path):
        return False
    if name in _PARTLY or not paths.matches(path, scope.sources):
        return True
    return not _is_named(path, scope.sources) and _folder(path) in _above_tests(scope)


def _selects(path: str) -> bool:
    name = _name(path)
    return bool(name in _SELECTING or _SELECTING_GLOBS.fullmatch(name) or _IN_CARGO.search(path))


def _is_helper(path: str, scope: Scope) -> bool:
    in_tests = not _TEST_FOLDERS.isdisjoint(path.split("/")[:-1])
    return (
        in_tests
        and not paths.matches(path, scope.sources)
        and not paths.matches(_name(path), _A_TEST)
    )


def _hides(path: str, scope: Scope) -> bool:
    """True for a module that stands where Python looks before it finds its own of that name."""
    folder, _, name = path.rpartition("/")
    stem, _, ending = name.partition(".")
    if ending not in ("py", "pyc") and not ending.endswith("so"):
        return False
    if stem == "__init__":
        folder, _, stem = folder.rpartition("/")
    is_known = stem in _TOOLS or (stem in sys.stdlib_module_names and stem != "test")
    return is_known and folder in {"", *_test_folders(scope)}


def _is_named(path: str, patterns: Iterable[str]) -> bool:
    """True when a pattern says the very name of this file, not only a folder or a glob."""
    return any(_name(one) == _name(path) and paths.matches(path, [one]) for one in patterns)


def _test_folders(scope: Scope) -> set[str]:
    """The folders that the task's tests are in, as far as their patterns say."""
    begins = [paths.fixed(pattern).removeprefix("./") for pattern in scope.tests]
    return {*map(_folder, begins), *(begin.rstrip("/") for begin in begins)}


def _above_tests(scope: Scope) -> set[str]:
    """The same with all folders above them: what lies there reaches the tests."""
    found = {""}
    for folder in _test_folders(scope):
        parts = folder.split("/")
        found |= {"/".join(parts[:end]) for end in range(1, len(parts) + 1)}
    return found


def _digest(path: str, content: bytes, runs: Sequence[str]) -> str:
    part = _test_part(_name(path), content, runs) if _name(path) in _PARTLY else content
    return f"sha256:{hashlib.sha256(part).hexdigest()}"


def _test_part(name: str, content: bytes, runs: Sequence[str]) -> bytes:
    """What a shared file says about tests, in a form of its own; unreadable: all of it."""
    text = content.decode("utf-8", "replace")
    try:
        part = _of_package(text, runs) if name == _PACKAGE else _PARTS[name](text)
    except (ValueError, KeyError, AttributeError, TypeError):
        return content
    return json.dumps(part, sort_keys=True, default=str).encode()


def _of_package(text: str, runs: Sequence[str]) -> object:
    data = json.loads(text)
    scripts = reached.scripts(data.get("scripts", {}), runs)
    return [scripts, {key: data.get(key) for key in (*named.PACKAGE_SECTIONS, "type")}]


def _of_project(text: str) -> object:
    import tomllib

    data = tomllib.loads(text)
    tools = data.get("tool", {})
    plugins = data.get("project", {}).get("entry-points", {}).get("pytest11")
    named = ("pytest", "tox", "nox", "coverage", "hatch", "poe", "pdm")
    return [plugins, {key: tools.get(key) for key in named}]


def _of_sections(text: str) -> object:
    import configparser

    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error as error:
        raise ValueError(str(error)) from error
    wanted = ("tool:pytest", "pytest", "tox", "testenv", "coverage")
    return {name: dict(parser[name]) for name in parser.sections() if name.startswith(wanted)}


def _of_crate(text: str) -> object:
    import tomllib

    data = tomllib.loads(text)
    lib = data.get("lib") or {}
    return [data.get("test"), data.get("bin"), [lib.get(key) for key in ("test", "harness")]]


def _of_module(text: str) -> object:
    """What stands in for other modules; `require` is a task's to change."""
    return sorted(line.strip() for line in text.splitlines() if "=>" in line or "toolchain" in line)


_PARTS = {
    "pyproject.toml": _of_project,
    "setup.cfg": _of_sections,
    "tox.ini": _of_sections,
    "cargo.toml": _of_crate,
    "go.mod": _of_module,
}


def _name(path: str) -> str:
    """Without its folder; as file systems see it that do not tell cases apart."""
    return path.rpartition("/")[2].lower()


def _folder(path: str) -> str:
    return path.rpartition("/")[0]
