"""The tests of a Node project: what its scripts, its dependencies and its tests say."""

import re
from collections.abc import Iterator

from ai_sessions.detection import scripts
from ai_sessions.detection.folder import Folder, table
from ai_sessions.detection.found import TESTS, Found, Words
from ai_sessions.detection.node_packages import Manager, manager_of
from ai_sessions.detection.node_tools import TOOLS, Tool, options_in, tool_in
from ai_sessions.detection.scripts import Simple
from ai_sessions.plurals import listed

_PACKAGE = "package.json"
_ENDINGS = (".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".jsx", ".tsx")
_FOLDERS = frozenset(("test", "tests", "__tests__"))
_MOST_READ = 50
_MOST_CHARACTERS = 20_000
#: What a test file imports to define its tests -> the tool that runs it.
_IMPORTED = re.compile(
    r"""['"](node:test|bun:test|vitest|@jest/globals|ava|tape|tap|@playwright/test)['"]"""
)
_TOOLS_BY_IMPORT = {"@jest/globals": "jest", "@playwright/test": "playwright"}
#: Options of node that belong to every run of its tests, with and without a value.
_VALUED = (
    *("--import", "--loader", "--experimental-loader", "-r", "--require", "-C", "--conditions"),
    *("--env-file", "--env-file-if-exists", "--max-old-space-size", "--test-global-setup"),
    *("--test-concurrency", "--test-timeout", "--test-isolation"),
    "--experimental-test-isolation",
)
_PLAIN = (
    *("--experimental-strip-types", "--experimental-transform-types", "--enable-source-maps"),
    *("--experimental-vm-modules", "--experimental-test-module-mocks", "--no-warnings"),
    *("--experimental-sqlite", "--expose-gc", "--test-force-exit"),
)
#: Programs before a test tool that give it nothing, or only measure.
_TRANSPARENT = ("npx", "pnpm", "yarn", "bun", "bunx", "npm", "node", "c8", "nyc", "time", "tsx")
#: Those that run what follows, with an environment that they read from files or make.
_PASSING_ON = ("dotenv", "dotenvx", "env-cmd", "xvfb-run", "doppler", "infisical")
#: Words of scripts that run those of other packages.
_ORCHESTRATORS = frozenset(("turbo", "nx", "lerna", "wireit", "rush", "moon", "wsrun"))


def node(folder: Folder) -> Found | None:
    """None without a package.json."""
    if not folder.has(_PACKAGE):
        return None
    package = _Package(folder)
    for look in (_by_script, _by_dependency, _by_import):
        found = look(package)
        if found:
            return found
    return package.unknown()


class _Package:
    """A package.json and what belongs to it."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.manager: Manager = manager_of(folder)
        self.json = folder.json(_PACKAGE)
        self.scripts = table(self.json, "scripts")
        text = self.scripts.get("test")
        self.script = text if isinstance(text, str) and "no test specified" not in text else ""
        self.run = scripts.commands(self.scripts, "test") if self.script else ()
        self.tests = tuple(name for name in folder.names if is_test(name))
        self.needed = {**table(self.json, "dependencies"), **table(self.json, "devDependencies")}

    @property
    def is_for_parts(self) -> bool:
        """True where the script runs those of other packages."""
        return any(one.is_elsewhere or _ORCHESTRATORS & set(one.words) for one in self.run)

    def unknown(self) -> Found:
        """Without a tool: a script of its own runs all tests."""
        if self.is_for_parts:
            suite = self.manager.script("test")
            return Found("", "scripts.test runs those of the parts", suite=suite)
        if self.script:
            whole = self.manager.script("test")
            sign = f"scripts.test is {_shortened(self.script)!r}"
            return Found("", sign, suite=whole, advice=whole, files=len(self.tests))
        problem = self.folder.json_problem(_PACKAGE)
        if problem:
            return Found("", problem, files=len(self.tests))
        several = _tools_among(self)
        if several:
            sign = f"package.json has {listed([one.package for one in several])}, and no script"
            advice = _plain(self, several[0], sign).test
            return Found("", sign, advice=advice, files=len(self.tests))
        sign = "package.json names no test tool"
        start = ("bun", "test") if self.manager.name == "bun" else ("node", "--test")
        return Found("", sign, advice=(*start, TESTS), files=len(self.tests))


def _shortened(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= 40 else f"{plain[:37]}..."


def is_test(name: str) -> bool:
    """True for a file of tests, by its name or its folder."""
    if not name.endswith(_ENDINGS):
        return False
    *above, last = name.split("/")
    return bool({"test", "spec", "tests"} & set(last.split(".")[:-1]) or _FOLDERS & set(above))


# -- what scripts.test runs


def _by_script(package: _Package) -> Found | None:
    for number, one in enumerate(package.run):
        found = _of_command(package, number, one)
        if found:
            return found
    return None


def _of_command(package: _Package, number: int, one: Simple) -> Found | None:
    """The tests of one command of the script; None when it starts no test tool."""
    builds = any(before.builds for before in package.run[:number])
    if "--test" in one.words and {"node", "tsx"} & set(one.words[: one.words.index("--test")]):
        return _node_test(package, one, builds=builds)
    if ("bun", "test") in zip(one.words, one.words[1:], strict=False):
        return _bun(package)
    for at in range(len(one.words)):
        tool = tool_in(one.words, at)
        if tool:
            return _with_tool(package, tool, one, at, builds=builds)
    return None


def _with_tool(package: _Package, tool: Tool, one: Simple, at: int, *, builds: bool) -> Found:
    rest = one.words[at + 1 :]
    options = tool.options(rest)
    start = _start(package, tool, one, at)
    suite = package.manager.script("test")
    if tool.is_endless(rest):
        suite = (*start, *tool.words[1:], *options)
    if builds or _is_wrapped(one, at, options):
        test = _through_script(package, one, rest, at)
    else:
        test = (*start, *tool.words[1:], *options, *_alone(package, tool))
    return Found(tool.name, "scripts.test", test, suite, files=len(package.tests))


def _start(package: _Package, tool: Tool, one: Simple, at: int) -> Words:
    """The words up to the tool, with what it is given by the script."""
    given = ("env", *one.environment) if one.environment else ()
    words = one.words[: at + 1]
    if "/" in words[-1] and "node" in words:
        return (*given, *words[words.index("node") :])
    return (*given, *package.manager.tool(tool.words[0]))


def _is_wrapped(one: Simple, at: int, options: Words) -> bool:
    """True where the tool is given something by another program, or by the shell."""
    given = any("$" in word for word in (*one.environment, *options))
    return given or (at > 0 and one.words[0] not in _TRANSPARENT)


def _through_script(package: _Package, one: Simple, rest: Words, at: int = 0) -> Words:
    """The tests of one task where the script builds first: through the script itself.

    One that names its tests runs them all, whatever is added; and what another program starts from
    a word of its own (`firebase emulators:exec "jest"`) is not given what is added. `at`: where the
    tool stands.
    """
    is_last = one is package.run[-1]
    is_open = is_last and all(word.startswith("-") for word in rest)
    is_open = is_open and (not at or one.words[0] in (*_TRANSPARENT, *_PASSING_ON))
    return package.manager.script("test", *((TESTS,) if is_open else ()))


def _alone(package: _Package, tool: Tool) -> Words:
    if tool.name != "tap":
        return tool.alone
    version = re.search(r"\d{1,4}", str(package.needed.get("tap") or ""))
    is_old = version is not None and int(version[0]) < 18
    return ("--no-check-coverage" if is_old else "--disable-coverage", TESTS)


def _node_test(package: _Package, one: Simple, *, builds: bool) -> Found:
    at = one.words.index("--test")
    before, rest = one.words[:at], one.words[at + 1 :]
    # what else is on the command line may be names of tests, which node does not look for then
    is_plain = not (rest or builds or one.environment) and one.words[0] == "node"
    options = _node_options(before, rest)
    node = package.manager.node
    suite = (*node, *options, "--test") if is_plain else package.manager.script("test")
    if builds:
        test = _through_script(package, one, rest)
    else:
        given = ("env", *one.environment) if one.environment else ()
        test = (*given, *node, *options, "--test", TESTS)
    # compiled with their sources, tests of what is not there yet are an error of the compiler
    runner = "" if builds and not options and _are_typed(package) else "node"
    files = len(package.tests)
    return Found("node:test", "scripts.test", test, suite, runner, "node", files=files)


def _are_typed(package: _Package) -> bool:
    return any(name.endswith((".ts", ".mts", ".cts", ".tsx")) for name in package.tests)


def _node_options(before: Words, rest: Words) -> Words:
    """Options of node in a script; behind `--test` there may be some, too."""
    loads = ("--import", "tsx") if "tsx" in before and "node" not in before else ()
    return (*loads, *options_in((*before, *rest), _VALUED, _PLAIN))


def _bun(package: _Package) -> Found:
    suite = package.manager.script("test") if package.script else ("bun", "test")
    return Found("bun", "bun test", ("bun", "test", TESTS), suite, files=len(package.tests))


# -- what else says it


def _by_dependency(package: _Package) -> Found | None:
    """The one tool that is installed; of several the one that has settings here."""
    if package.is_for_parts:
        return None
    tools = _tools_among(package)
    if len(tools) > 1:
        tools = [one for one in tools if _has_settings(package, one)]
    if len(tools) != 1:
        return None
    (tool,) = tools
    sign = f"{tool.package} among the dependencies"
    return _plain(package, tool, sign)


def _tools_among(package: _Package) -> list[Tool]:
    """The test tools among its dependencies, but those which are whole tool chains."""
    tools = [tool for tool in TOOLS.values() if tool.package in package.needed]
    return [one for one in tools if one.name not in ("react-scripts", "ng")]


def _plain(package: _Package, tool: Tool, sign: str) -> Found:
    start = (*package.manager.tool(tool.words[0]), *tool.words[1:])
    suite = package.manager.script("test") if package.script else start
    test = (*start, *_alone(package, tool))
    return Found(tool.name, sign, test, suite, files=len(package.tests))


def _has_settings(package: _Package, tool: Tool) -> bool:
    files = (name for name in package.folder.names if "/" not in name)
    return tool.name in package.json or any(name.startswith(tool.configs) for name in files)


def _by_import(package: _Package) -> Found | None:
    """What the tests import, where all of them agree."""
    tools = set(_imported(package))
    if len(tools) != 1:
        return None
    (name,) = tools
    sign = f"the tests import {name}"
    if name == "node:test":
        is_typed = _are_typed(package)
        if is_typed and not package.needed.keys() & {"tsx"}:
            return None  # which node reads them, and how, nobody says
        options = ("--import", "tsx") if is_typed else ()
        start: Words = ("node", *options, "--test")
        suite = package.manager.script("test") if package.script else start
        runner = "" if package.script else "node"
        test = (*start, TESTS)
        return Found(name, sign, test, suite, "node", runner, files=len(package.tests))
    if name == "bun:test":
        return _bun(package)
    return _plain(package, TOOLS[_TOOLS_BY_IMPORT.get(name, name)], sign)


def _imported(package: _Package) -> Iterator[str]:
    for name in package.tests[:_MOST_READ]:
        found = _IMPORTED.search(package.folder.text(name)[:_MOST_CHARACTERS])
        if found:
            yield found[1]
