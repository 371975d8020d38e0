"""Tests of ours that must fail, written beside real ones."""

import ast
import subprocess
import sys

import pytest

from ai_sessions.testing import planted
from ai_sessions.testing.contract import Case, Run


def a_run(**cases):
    made = [Case(id_, outcome) for outcome, ids in cases.items() for id_ in ids]
    return Run(("pytest",), 0, tuple(made), 1, "")


@pytest.mark.parametrize(
    "text",
    [
        *("os._exit(0)", "junit.xml", "import _pytest", "import pytest", "pluggy"),
        *("import unittest", "TestCase", "PYTEST_CURRENT_TEST", "gc.get_objects()"),
        *("process.reallyExit(0)", "node:test", "NODE_TEST_CONTEXT", "BATS_TEST_NAME"),
        *("--- PASS: TestA", "test result: ok"),
    ],
)
def test_a_word_that_products_do_not_have_is_told_apart(text):
    assert planted.deceives(f"a\n{text}\nb")


@pytest.mark.parametrize(
    "text", ["sys.exit(2)", "sys.argv", "process.exit(1)", "raise AssertionError"]
)
def test_a_word_that_products_have_too_deceives_nobody(text):
    assert not planted.deceives(text)


@pytest.mark.parametrize(
    "text", ["func TestMain(m *testing.M) {", 'fmt.Print("--- PASS: TestA")', "os._exit(0)"]
)
def test_a_test_that_reports_for_its_tool_is_told_apart(text):
    assert planted.deceives("", text)


def test_a_test_that_speaks_to_its_tool_deceives_nobody():
    assert not planted.deceives("", "import pytest\nimport unittest\nimport test from 'node:test';")


def test_plain_code_deceives_nobody():
    assert not planted.deceives("def charge(key):\n    return key\n")


def test_planted_tests_of_python_fail_each_in_its_way(tmp_path):
    text = planted.with_failing("tests/test_a.py", "def test_a():\n    pass\n\n\n", "zyx")
    (tmp_path / "test_a.py").write_text(text)

    done = subprocess.run(
        [sys.executable, "-m", "unittest", "test_a"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert "Ran 8 tests" in done.stderr
    assert "failures=8" in done.stderr
    assert ast.parse(text).body[-1].name == "test_zyx"
    assert text.startswith("def test_a():\n    pass\n\n\nimport unittest as zyx_unittest")


@pytest.mark.parametrize(
    ("path", "text", "wanted"),
    [
        ("a.bats", "#!/usr/bin/env bats\n", '@test "zyx" {\n  false\n}'),
        ("a_test.go", "package pay\n", 'func TestZyx(t *testing.T) {\n\tt.Fatal("planted")\n}'),
        ("tests/a.rs", "use shop;\n", '#[test]\nfn zyx() {\n    panic!("planted");\n}'),
        ("a.test.mjs", "import test from 'node:test'\n", "import zyxTest from 'node:test';"),
        ("a.test.ts", "export {}\n// node:test\n", "import zyxAssert from 'node:assert';"),
        ("a.test.js", "const test = require('node:test')\n", "zyxTest = require('node:test');"),
        ("a.cjs", "require('node:test')\n", "zyxAssert = require('node:assert');"),
        ("a.mts", "import 'node:test'\n", "zyxTest('zyx ok', () => zyxAssert.ok(false));"),
        ("a.cts", "import 'node:test'\n", "zyxTest('zyx throw', () => { throw new Error("),
    ],
)
def test_each_language_has_its_own(path, text, wanted):
    whole = planted.with_failing(path, text, "zyx")

    assert whole.startswith(text.rstrip("\n"))
    assert wanted in whole


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("import { test } from 'vitest';\nexpect(1)", "zyxExpect(1).toBe(2);"),
        ("const { it } = require('@jest/globals');", "{ test: zyxTest, expect: zyxExpect }"),
        ("import test from 'ava';", "import zyxTest from 'ava';"),
        ("it('a', () => expect(1).toBe(1));", "  expect(1).toBe(2);"),
        ("const { expect } = require('chai');", "zyxExpect(1).to.equal(2);"),
        ("describe('a', () => {});", "zyxAssert.strictEqual(1, 2);"),
        ("describe('a', () => {});", "const zyxTest = globalThis.it ?? globalThis.test"),
    ],
)
def test_a_test_for_tools_that_do_not_tell_leaves_a_mark(text, wanted):
    whole = planted.with_failing("a.test.js", text, "zyx", "/tmp/mark")

    assert wanted in whole
    assert "zyxFiles.writeFileSync(\"/tmp/mark\", 'ran');" in whole


def test_a_file_that_runs_some_tests_only_takes_none():
    assert planted.with_failing("a.test.js", "it.only('a')", "zyx", "/tmp/mark") == ""


@pytest.mark.parametrize(("path", "text"), [("a.test.js", "it('a')"), ("a.rb", "x"), ("py", "x")])
def test_for_a_tool_that_is_not_known_there_are_none(path, text):
    assert planted.with_failing(path, text, "zyx") == ""


def test_the_files_of_tests_come_once_in_their_order():
    assert planted.files_of(["b.py::x", "a.py", "b.py::y"]) == ("b.py", "a.py")
    assert planted.files_of([]) == ()


def test_planted_tests_that_are_said_to_pass_are_told():
    run = a_run(passed=["a.py::Zyx::test_zyx_true", "a.py::test_zyx", "a.py::test"], failed=["zyx"])

    assert planted.passed(run, "zyx") == ("a.py::Zyx::test_zyx_true", "a.py::test_zyx")
    assert planted.passed(a_run(passed=["a_test.go::TestZyx"]), "zyx") == ("a_test.go::TestZyx",)
    assert planted.passed(a_run(failed=["a.py::test_zyx"]), "zyx") == ()


def test_whether_any_planted_test_was_reported_on():
    assert planted.ran(a_run(passed=["a.py::test"], skipped=["a.go::TestZyx"]), "zyx")
    assert not planted.ran(a_run(passed=["a.py::test"]), "zyx")
