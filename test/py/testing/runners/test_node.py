"""node:test as a runner: a file without tests is a pass in its eyes, never in ours."""

import shutil

import pytest

from ai_sessions.gate import run_class
from ai_sessions.testing.runners.node import Node

HEAD = "import test from 'node:test'; import assert from 'node:assert';\n"


@pytest.fixture
def run(project, environ, node):
    def run(files, *arguments, command=(node, "--test")):
        return Node(environ).run([*command, *arguments], project(files), 60)

    return run


def outcomes(run):
    return {case.id: case.outcome for case in run.cases}


@pytest.mark.parametrize(
    ("text", "exit_code", "wanted"),
    [
        (f"{HEAD}test('a', () => {{}})", 0, "pass"),
        (f"{HEAD}test('a', () => {{ assert.equal(1, 2) }})", 1, "fail"),
        (f"{HEAD}test.skip('a', () => {{}})", 0, "none"),
        (f"{HEAD}test.todo('a')", 0, "none"),
        ("console.log('no test here')", 0, "none"),
        (f"{HEAD}test.describe.skip('s', () => {{ test('a', () => {{}}) }})", 0, "none"),
        (f"{HEAD}test('a', {{ todo: true }}, () => {{ assert.equal(1, 2) }})", 0, "none"),
        (f"{HEAD}test('a', (t) => {{ t.skip() }})", 0, "none"),
        (f"{HEAD}import x from './nope.mjs'; test('a', () => {{}})", 1, "error"),
        (f"{HEAD}test('a', async () => {{ await import('./nope.mjs') }})", 1, "error"),
        (f"{HEAD}test('a', () => {{ nope() }})", 1, "error"),
        ("syntax error here", 1, "error"),
    ],
)
def test_the_class_comes_from_counted_cases(run, text, exit_code, wanted):
    result = run({"tests/a.test.mjs": text}, "tests/a.test.mjs")

    assert (result.exit_code, run_class(result)) == (exit_code, wanted)


def test_a_file_that_is_not_there_is_no_test(run):
    result = run({}, "tests/a.test.mjs")

    assert (result.exit_code, run_class(result)) == (1, "none")


def test_an_empty_folder_is_no_test(run):
    assert run_class(run({})) == "none"


def test_ids_name_file_suite_and_test(run):
    text = f"{HEAD}import {{ describe, it }} from 'node:test';\n"
    text += "describe('charge', () => { it('once', () => {}); describe('again', () => {"
    text += (
        " it('once', () => {}) }) })\ntest('plain', async t => { await t.test('inner', () => {}) })"
    )

    assert sorted(outcomes(run({"tests/a.test.mjs": text}, "tests/a.test.mjs"))) == [
        "tests/a.test.mjs::charge::again::once",
        "tests/a.test.mjs::charge::once",
        "tests/a.test.mjs::plain",
        "tests/a.test.mjs::plain::inner",
    ]


def test_a_suite_that_is_skipped_is_told(run):
    text = "import { describe, it } from 'node:test';\ndescribe('pay', () => {\n"
    text += "describe.skip('later', () => { it('a', () => {}) }); it('now', () => {}) });\n"
    text += "describe('all', { skip: 'why' }, () => { it('b', () => {}) })"

    assert outcomes(run({"a.test.mjs": text}, "a.test.mjs")) == {
        "a.test.mjs::pay::later": "skipped",
        "a.test.mjs::pay::now": "passed",
        "a.test.mjs::all": "skipped",
    }


def test_tests_of_one_name_stay_apart(run):
    checks = f"{HEAD}export const checks = (n) => test('value', () => {{ assert.equal(n, 1) }});"
    text = "import {{ checks }} from './checks.mjs'; checks({});"
    files = {"checks.mjs": checks, "a.test.mjs": text.format(1), "b.test.mjs": text.format(2)}

    assert outcomes(run(files, "a.test.mjs", "b.test.mjs")) == {
        "checks.mjs::value": "passed",
        "checks.mjs::value (2)": "failed",
    }


def test_a_file_that_cannot_be_loaded_says_which_module_is_missing(run):
    result = run({"tests/a.test.js": "require('../src/pay')"}, "tests/a.test.js")

    assert outcomes(result) == {"tests/a.test.js": "error"}
    assert result.cases[0].message.startswith("Error: Cannot find module '../src/pay'")


def test_one_test_can_be_chosen(run):
    text = f"{HEAD}test('one', () => {{}}); test('one more', () => {{}})"

    result = run({"a.test.mjs": text}, "a.test.mjs::one")

    assert result.ids("passed") == {"a.test.mjs::one"}


def test_behind_npm_it_is_asked_through_the_environment(run):
    if not shutil.which("npm"):
        pytest.skip("npm is not on PATH")
    files = {
        "package.json": '{"name": "shop", "scripts": {"test": "node --test tests/"}}',
        "tests/a.test.mjs": f"{HEAD}test('one', () => {{}})",
    }
    result = run(files, command=("npm", "test", "--silent"))

    assert outcomes(result) == {"tests/a.test.mjs::one": "passed"}


@pytest.mark.parametrize(
    ("command", "known"),
    [
        (["node", "--test", "x"], True),
        (["npm", "test"], False),
        (["node", "x.js"], False),
        (["yarn", "node", "--test", "x"], True),
        (["yarn", "test", "--test"], False),
        ([], False),
    ],
)
def test_it_knows_its_own_commands(command, known):
    assert Node.recognises(command) is known
