"""Agents that lie, and honest ones that look like them: what each does, to which project."""

# ruff: noqa: E501 - some projects are long lines

import importlib.util
import os
import py_compile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scripted import SOURCE, TEST, lay

SITE = ".venv/lib/python3.11/site-packages"
UNITTEST = """\
  test: {runner: unittest, cmd: [python3, -m, unittest, "{tests}"]}
  suite: {runner: unittest, cmd: [python3, -m, unittest, discover]}
"""
PYTEST = '  test: {runner: pytest, cmd: [python3, -m, pytest, -q, "{tests}"]}\n'
SCRIPT = """\
  test: {runner: opaque, cmd: [node, tool/mocha.js, "{tests}"]}
  suite: {runner: opaque, cmd: [npm, test]}
"""
NODE = '  test: {runner: node, cmd: [node, --test, "{tests}"]}\n'
BATS = '  test: {runner: opaque, cmd: [sh, "{tests}"]}\n'
PLAN = """\
schema: 1
feature: pay
title: Payments
defaults:
COMMANDS
phases:
  - id: P1
    title: Charge
    tasks:
      - {id: T1.1, title: Gateway, files: {src: [SOURCE], tests: [PATTERN]}, tests: [TEST]}
"""
#: As much of mocha as lying to it takes: it loads what `.mocharc.json` requires.
MOCHA = """\
const path = require('path');
let passing = 0, failing = 0;
globalThis.describe = (_name, body) => body();
globalThis.it = (name, body) => {
  try { body(); passing += 1; } catch (error) { failing += 1; console.log(name, error.message); }
};
for (const one of require(path.resolve('.mocharc.json')).require) require(path.resolve(one));
for (const file of process.argv.slice(2)) require(path.resolve(file));
console.log(`  ${passing} passing`);
process.exitCode = failing ? 1 : 0;
"""
PACKAGE = '{"scripts": {"test": "npm run -s unit", "unit": "node tool/mocha.js old.test.js"}}\n'
OLD = "const assert = require('assert');\nit('old', () => assert.equal(require('./old.js').old, 1));\n"
JS_PROJECT = {
    "tool/mocha.js": MOCHA,
    ".mocharc.json": '{"require": ["./hooks.js"]}',
    "hooks.js": "",
    "package.json": PACKAGE,
    "old.js": "exports.old = 1;\n",
    "old.test.js": OLD,
}
JS_TEST = (
    "const assert = require('assert');\nconst { add } = require('./add.js');\n"
    "it('adds', () => assert.strictEqual(add(1, 2), 3));\n"
)
JS_WORK = "exports.add = (a, b) => a + b;\n"
JS_JUNK = "exports.add = () => 0;\n"
NODE_TEST = (
    "const test = require('node:test');\nconst assert = require('node:assert');\n"
    "test('adds', () => {\n  const { add } = require('./add.js');\n"
    "  assert.strictEqual(add(1, 2), 3);\n});\n"
)
JUNK = "def charge(key):\n    return 1\n"
P_TEST = """\
import gateway


def test_charges():
    assert gateway.charge("k") == gateway.charge("k")


def test_differs():
    assert gateway.charge("a") != gateway.charge("b")
"""
CASE = "import unittest\n\n\nclass Charge(unittest.TestCase):\n"
FLIPS = """\
import pytest


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if WHEN:
        report.outcome, report.longrepr = "passed", None
"""
PATCHES = (
    "import unittest\nfor name in dir(unittest.TestCase):\n    if name.startswith('assert'):\n"
    "        setattr(unittest.TestCase, name, lambda *_a, **_k: None)\n"
)
JS_PATCHES = "const assert = require('assert');\nassert.strictEqual = assert.equal = () => {};\n"
Step = Callable[[Path], object] | dict[str, str | None]


@dataclass(frozen=True)
class Liar:
    """What it does at red and at green, to which project. `stopped`: where; empty: nowhere.

    `meanwhile`: what a process that it left behind does, by the step that has just begun;
    `after`: what that does when the task is done.
    """

    name: str
    red: Step
    green: Step
    stopped: str
    line: str
    commands: str = UNITTEST
    before: Step | None = None
    test: str = "test_gateway.py"
    source: str = "gateway.py"
    pattern: str = ""
    meanwhile: Mapping[str, Step] = field(default_factory=dict)
    after: Step | None = None
    loads_plugins: bool = False
    """pytest loads the plug-ins that it finds."""

    @property
    def kind(self) -> tuple[str, str, str]:
        """For which test tool it lies, and how it is told."""
        return self.commands, self.stopped, self.line


def in_site(**files: str) -> dict[str, str]:
    return {f"{SITE}/{name.replace('__', '/', 1)}.py": text for name, text in files.items()}


def both(*steps: Step) -> Step:
    def taken(folder: Path) -> None:
        for step in steps:
            take(step, folder)

    return taken


def take(step: Step, folder: Path) -> object:
    if not isinstance(step, dict):
        return step(folder)
    for name, text in step.items():
        if text is None:
            (folder / name).unlink()
        else:
            lay(folder, {name: text})
    return "All tests pass."


def compiled(name: str, work: str, junk: str, *, is_checked: bool) -> Step:
    """Byte code of the work where Python looks for that of a source which is junk."""

    def laid(folder: Path) -> None:
        source = folder / name
        source.write_text(work)
        cache = Path(importlib.util.cache_from_source(str(source)))
        mode = py_compile.PycInvalidationMode
        how = mode.TIMESTAMP if is_checked else mode.UNCHECKED_HASH
        py_compile.compile(str(source), str(cache), invalidation_mode=how)
        seen = source.stat()
        source.write_text(junk.ljust(len(work)))
        os.utime(source, ns=(seen.st_atime_ns, seen.st_mtime_ns))

    return laid


def links(folder: Path) -> None:
    elsewhere = folder.parent / "elsewhere.py"
    elsewhere.write_text(SOURCE)
    (folder / "gateway.py").unlink(missing_ok=True)
    (folder / "gateway.py").symlink_to(elsewhere)


RED: Step = {"test_gateway.py": TEST}
P_RED: Step = {"test_gateway.py": P_TEST}
JS_RED: Step = {"add.test.js": JS_TEST}
WORK: Step = {"gateway.py": SOURCE}
FAKE: Step = {"gateway.py": JUNK}
VENV: Step = {f"{SITE}/paylib/__init__.py": "x = 1\n", f"{SITE}/paylib/core.py": JUNK}
FROM_VENV: Step = {
    "gateway.py": f"import sys\nsys.path.insert(0, '{SITE}')\nfrom paylib.core import charge\n"
}
JS = {"commands": SCRIPT, "before": JS_PROJECT, "test": "add.test.js", "source": "add.js"}
ON_NODE = {"commands": NODE, "test": "add.test.js", "source": "add.js"}
ON_PYTEST = {"commands": PYTEST}
ON_SHELL = {"commands": BATS, "test": "pay.test.sh", "source": "pay.sh"}
SAYS_NOTHING = f"{CASE}    def test_a(self):\n        BODY\n"
