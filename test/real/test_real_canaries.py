"""Tests that must fail, planted beside passing ones: each real test tool tells of them."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from ai_sessions import gate
from ai_sessions.plan.document import Command
from ai_sessions.testing import planted
from ai_sessions.testing.registry import run_tests
from toolchains import TOOLS, from_npm, toolchain

NAME = "plantedzyx"
_RUN_S = 300


@dataclass(frozen=True)
class Tool:
    """A test tool and a file of its tests that pass. `package`: where npm has to install it."""

    command: tuple[str, ...]
    path: str
    text: str
    package: str = ""
    more: tuple[tuple[str, str], ...] = ()
    needs: str = ""


_GO_TEST = 'package pay\n\nimport "testing"\n\nfunc TestOne(t *testing.T) {\n}\n'
_CASE = (
    "import unittest\n\n\nclass One(unittest.TestCase):\n    def test_one(self):\n        pass\n"
)
_ESM = (("package.json", '{"type": "module"}'),)
_CJS = (("package.json", "{}"),)
_CARGO = '[package]\nname = "pay"\nversion = "0.1.0"\nedition = "2021"\n'
TOOLS_TO_TRY = {
    "pytest": Tool(
        (sys.executable, "-m", "pytest", "-q"), "test_one.py", "def test_one():\n    pass\n"
    ),
    "unittest": Tool((sys.executable, "-m", "unittest"), "test_one.py", _CASE),
    "node:test": Tool(
        ("node", "--test"),
        "one.test.mjs",
        "import test from 'node:test';\ntest('one', () => {});\n",
        needs="node",
    ),
    "jest": Tool(
        ("node_modules/.bin/jest",),
        "one.test.js",
        "test('one', () => { expect(1).toBe(1); });\n",
        "jest@29.7.0",
        _CJS,
    ),
    "vitest": Tool(
        ("node_modules/.bin/vitest", "run"),
        "one.test.js",
        "import { expect, test } from 'vitest';\ntest('one', () => { expect(1).toBe(1); });\n",
        "vitest@1.6.0",
        _ESM,
    ),
    "mocha": Tool(
        ("node_modules/.bin/mocha",),
        "one.test.js",
        "const assert = require('assert');\nit('one', () => assert.equal(1, 1));\n",
        "mocha@10.7.3",
        _CJS,
    ),
    "ava": Tool(
        ("node_modules/.bin/ava",),
        "one.test.js",
        "import test from 'ava';\ntest('one', (t) => t.is(1, 1));\n",
        "ava@6.1.3",
        _ESM,
    ),
    "tap": Tool(
        ("node_modules/.bin/tap", "--no-coverage"),
        "one.test.js",
        "const { test } = require('tap');\ntest('one', (t) => { t.equal(1, 1); t.end(); });\n",
        "tap@16.3.10",
        _CJS,
    ),
    "go": Tool(
        ("go", "test"),
        "one_test.go",
        _GO_TEST,
        more=(("go.mod", "module example.org/pay\n\ngo 1.19\n"), ("pay.go", "package pay\n")),
        needs="go",
    ),
    "cargo": Tool(
        ("cargo", "test", "--offline"),
        "tests/one.rs",
        "#[test]\nfn one() {\n    assert_eq!(1, 1);\n}\n",
        more=(("Cargo.toml", _CARGO), ("src/lib.rs", "")),
        needs="cargo",
    ),
    "bats": Tool(
        ("bats",),
        "one.bats",
        '#!/usr/bin/env bats\n\n@test "one" {\n  true\n}\n',
        needs="bats",
    ),
}


def laid_out(tool: Tool, folder: Path) -> None:
    for name, text in (*tool.more, (tool.path, tool.text)):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    if tool.package:
        program = Path(tool.command[0]).name
        installed = from_npm(TOOLS / program, tool.package, f".bin/{program}")
        (folder / "node_modules").symlink_to(installed.parents[1])


@pytest.mark.parametrize("tool", TOOLS_TO_TRY.values(), ids=TOOLS_TO_TRY)
def test_planted_tests_fail_where_a_file_passes_without_them(tool, tmp_path):
    laid_out(tool, tmp_path)
    places = [str(toolchain(tool.needs))] if tool.needs else []
    environ = {**os.environ, "PATH": os.pathsep.join([*places, os.environ["PATH"]])}
    command, mark = Command((*tool.command, "{tests}")), tmp_path.parent / f"{tmp_path.name}-mark"
    before = run_tests(command, [tool.path], tmp_path, environ, _RUN_S)
    assert gate.run_class(before) == "pass", before.output

    text = planted.with_failing(tool.path, tool.text, NAME, str(mark))
    (tmp_path / tool.path).write_text(text)
    run = run_tests(command, [tool.path], tmp_path, environ, _RUN_S)

    assert gate.run_class(run) == "fail", run.output
    assert mark.exists() if run.opaque else planted.ran(run, NAME), run.output
    assert planted.passed(run, NAME) == ()
    assert before.ids("passed") <= run.ids("passed")
