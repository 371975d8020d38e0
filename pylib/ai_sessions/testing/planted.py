"""Tests that must fail, planted beside real ones: where they pass, the results are not to be had.

Work that is tested runs in the process that reports on it, so it can make any test pass there, or
write the report itself; so can what a test tool loads beside it. None of it can know our tests,
whose names are new each time.
"""

import json
import re
from collections.abc import Collection, Sequence
from pathlib import PurePosixPath

from ai_sessions.testing.contract import Run
from ai_sessions.testing.selectors import split

#: Words that nothing but a test tool, or somebody who deceives it, has a use for.
_DECEIVES = re.compile(
    r"os\._exit|junit|_pytest|import pytest|pluggy|import unittest|TestCase|PYTEST_|gc\.get_"
    r"|process\.reallyExit|node:test|NODE_TEST|BATS_|--- PASS|test result:"
)
#: What a test writes in place of its tool, or does before that can report.
_FORGES = re.compile(r"--- PASS|\bTestMain\(|test result:|<testcase|os\._exit")
_PYTHON = """


import unittest as {name}_unittest


class {Name}({name}_unittest.TestCase):
    def test_{name}_equal(self):
        self.assertEqual(1, 2)

    def test_{name}_not_equal(self):
        self.assertNotEqual(1, 1)

    def test_{name}_true(self):
        self.assertTrue(0)

    def test_{name}_false(self):
        self.assertFalse(1)

    def test_{name}_in(self):
        self.assertIn(1, ())

    def test_{name}_raises(self):
        with self.assertRaises(ValueError):
            pass

    def test_{name}_fail(self):
        self.fail("planted")

    def test_{name}_raise(self):
        raise AssertionError("planted")


def test_{name}_assert():
    assert 1 == 2


def test_{name}():
    raise AssertionError("planted")
"""
_NODE = """
{imports}
{name}Test('{name} equal', () => {name}Assert.equal(1, 2));
{name}Test('{name} strictEqual', () => {name}Assert.strictEqual(1, 2));
{name}Test('{name} deepEqual', () => {name}Assert.deepEqual([1], [2]));
{name}Test('{name} deepStrictEqual', () => {name}Assert.deepStrictEqual([1], [2]));
{name}Test('{name} ok', () => {name}Assert.ok(false));
{name}Test('{name} throws', () => {name}Assert.throws(() => {{}}));
{name}Test('{name} throw', () => {{ throw new Error('planted'); }});
"""
_SCRIPTS = (".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".jsx", ".tsx")
_ESM = "import {name}Test from 'node:test';\nimport {name}Assert from 'node:assert';"
_CJS = "const {name}Test = require('node:test');\nconst {name}Assert = require('node:assert');"
#: For tools whose tests are not counted: one test, which leaves a mark that it ran.
_SCRIPT = """
{imports}
{name}Test('{name}', () => {{
  {name}Files.writeFileSync({mark}, 'ran');
  {check}
}});
"""
#: How such tests are made: by a module of the tool, or by what the tool gives to each file.
_MODULES = {
    "vitest": "{{ test{as_}{name}Test, expect{as_}{name}Expect }}",
    "@jest/globals": "{{ test{as_}{name}Test, expect{as_}{name}Expect }}",
    "bun:test": "{{ test{as_}{name}Test, expect{as_}{name}Expect }}",
    "tap": "{{ test{as_}{name}Test }}",
    "ava": "{name}Test",
    "tape": "{name}Test",
}
_IMPORTED = re.compile(r"""(?:from|require\(|import)\s*['"]([\w@:/-]+)['"]""")
_GLOBAL = "const {name}Test = globalThis.it ?? globalThis.test ?? (() => undefined);"
_CHAI = "{{ expect{as_}{name}Expect }}"
_BATS = '\n\n@test "{name}" {{\n  false\n}}\n\n@test "{name} equal" {{\n  [ 1 = 2 ]\n}}\n'
_GO = '\n\nfunc Test{Name}(t *testing.T) {{\n\tt.Fatal("planted")\n}}\n'
_RUST = '\n\n#[test]\nfn {name}() {{\n    panic!("planted");\n}}\n'


def deceives(text: str, tests: str = "") -> bool:
    """True for code with a word that the code of a product hardly ever has. `tests`: the text of
    tests, which speak to their tool, but do not report for it.
    """
    return bool(_DECEIVES.search(text) or _FORGES.search(tests))


def with_failing(path: str, text: str, name: str, mark: str = "") -> str:
    """A test file with tests in it that must fail; empty when we know none for such files.

    `name`: lower-case letters, a part of the id of each of them. `mark`: a file that those write
    when they run whose tool does not tell.
    """
    ending = PurePosixPath(path).suffix
    more = ""
    if template := {".py": _PYTHON, ".bats": _BATS, ".go": _GO, ".rs": _RUST}.get(ending, ""):
        more = template.format(name=name, Name=name.title())
    elif ending in _SCRIPTS:
        more = _of_script(text, name, mark)
    return text.rstrip("\n") + more if more else ""


def _of_script(text: str, name: str, mark: str) -> str:
    is_module = bool(re.search(r"^\s*(?:import|export)\b", text, re.MULTILINE))
    if "node:test" in text:
        return _NODE.format(name=name, imports=(_ESM if is_module else _CJS).format(name=name))
    if ".only(" in text or not mark:
        return ""  # ours would be left out
    modules = set(_IMPORTED.findall(text))
    wanted = {"node:fs": "{name}Files", "node:assert": "{name}Assert"}
    tool = next((one for one in _MODULES if one in modules), "")
    wanted |= {tool: _MODULES[tool]} if tool else {}
    wanted |= {"chai": _CHAI} if "chai" in modules else {}
    imports = [_import(one, names, name, is_module=is_module) for one, names in wanted.items()]
    if not tool:
        imports.append(_GLOBAL.format(name=name))
    check = _check(text, modules, tool).format(name=name)
    return _SCRIPT.format(name=name, imports="\n".join(imports), mark=json.dumps(mark), check=check)


def _import(module: str, names: str, name: str, *, is_module: bool) -> str:
    bound = names.format(name=name, as_=" as " if is_module else ": ")
    if is_module:
        return f"import {bound} from '{module}';"
    return f"const {bound} = require('{module}');"


def _check(text: str, modules: Collection[str], tool: str) -> str:
    """What must fail, in the words that the file's own tests use."""
    if "chai" in modules:
        return "{name}Expect(1).to.equal(2);"
    if "expect(" not in text:
        return "{name}Assert.strictEqual(1, 2);"
    return (
        "{name}Expect(1).toBe(2);" if "expect" in _MODULES.get(tool, "") else "expect(1).toBe(2);"
    )


def files_of(tests: Sequence[str]) -> tuple[str, ...]:
    """The files that a plan's tests are in, each once."""
    return tuple(dict.fromkeys(split(test)[0] for test in tests))


def passed(run: Run, name: str) -> tuple[str, ...]:
    """The planted tests that are said to pass."""
    return tuple(sorted(id_ for id_ in run.ids("passed") if name in id_.lower()))


def ran(run: Run, name: str) -> bool:
    """True when any planted test was reported on."""
    return any(name in case.id.lower() for case in run.cases)
