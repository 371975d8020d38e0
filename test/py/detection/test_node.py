"""A Node project: the script first, then its dependencies, then what its tests import."""

import json

import pytest

from ai_sessions.detection.node import node
from ai_sessions.plan import trust

JEST = "npx --no-install jest --coverage=false --runTestsByPath {tests}"


@pytest.mark.parametrize(
    ("script", "test", "suite"),
    [
        (
            "jest --config jest.unit.js --coverage",
            JEST.replace("jest ", "jest --config jest.unit.js ", 1),
            "npm test",
        ),
        ("jest --watch", JEST, "npx --no-install jest"),
        (
            "node --experimental-vm-modules node_modules/jest/bin/jest.js",
            "node --experimental-vm-modules node_modules/jest/bin/jest.js"
            " --coverage=false --runTestsByPath {tests}",
            "npm test",
        ),
        ("tsc && ava", "npm test -- {tests}", "npm test"),
        ("tsc && mocha test/", "npm test", "npm test"),
        ("tsc && jest && eslint .", "npm test", "npm test"),
        ("tsc --noEmit && jest", JEST, "npm test"),
        ("karma start", *("npx --no-install karma start --single-run",) * 2),
        ("node --test src", "node --test {tests}", "npm test"),
        (
            "node --import tsx --test",
            "node --import tsx --test {tests}",
            "node --import tsx --test",
        ),
        ("node --test --import=tsx t/*.ts", "node --import=tsx --test {tests}", "npm test"),
        ("TZ=UTC node --test", "env TZ=UTC node --test {tests}", "npm test"),
        ("c8 node --test", "node --test {tests}", "npm test"),
        (
            "node --env-file=.env.test --test --test-concurrency 1",
            "node --env-file=.env.test --test-concurrency 1 --test {tests}",
            "npm test",
        ),
        (
            "jest --projects a b --ci",
            JEST.replace("jest ", "jest --projects a b ", 1),
            "npm test",
        ),
        ("dotenv -e .env.test -- jest --ci", "npm test -- {tests}", "npm test"),
        ("dotenv -e .env.test -- jest src", "npm test", "npm test"),
        ("TZ=$MY_ZONE jest", "npm test -- {tests}", "npm test"),
        ("firebase emulators:exec jest", "npm test", "npm test"),
        ("npx c8 --all mocha", "npx --no-install mocha {tests}", "npm test"),
        ("borp", "npx --no-install borp {tests}", "npm test"),
    ],
)
def test_the_script_decides(made, script, test, suite):
    found = node(made({"package.json": json.dumps({"scripts": {"test": script}})}))

    assert (" ".join(found.test), " ".join(found.suite)) == (test, suite)


@pytest.mark.parametrize(
    ("files", "tool"),
    [
        ({"needed": ["jest", "mocha"]}, ""),
        ({"needed": ["jest", "mocha"], ".mocharc.json": ""}, "mocha"),
        ({"needed": ["jest", "mocha"], "jest.config.ts": ""}, "jest"),
        ({"needed": ["jest", "mocha"], "sub/jest.config.ts": ""}, ""),
        ({"a.test.js": "import {test} from 'vitest'"}, "vitest"),
        ({"a.test.js": 'import {it} from "@jest/globals"'}, "jest"),
        ({"a.test.js": "require('node:test')", "test/b.js": "require('ava')"}, ""),
        ({"a.test.js": "require('node:test')", "test/helper.js": "exports.a = 1"}, "node:test"),
        ({"a.test.ts": "import test from 'node:test'"}, ""),
        ({"a.test.ts": "import test from 'node:test'", "needed": ["tsx"]}, "node:test"),
        ({"a.spec.tsx": "import {test} from 'bun:test'"}, "bun"),
        ({"src/a.js": "import test from 'node:test'"}, ""),
        ({"test.js": "const test = require('node:test')"}, "node:test"),
    ],
)
def test_without_a_script_one_sign_has_to_be_clear(made, files, tool):
    needed = dict.fromkeys(files.pop("needed", ()), "1")
    found = node(made({**files, "package.json": json.dumps({"dependencies": needed})}))

    assert found.tool == tool
    assert bool(found.test) is bool(tool)


def test_a_script_that_says_nothing_of_its_tool_is_the_suite_of_tests_that_say_it(made):
    files = {"a.test.js": "require('node:test')", "package.json": '{"scripts": {"test": "./run"}}'}

    assert node(made(files)).suite == ("npm", "test")


@pytest.mark.parametrize(
    ("script", "tests", "runner"),
    [
        ("tsc && node --test dist/", "src/a.test.ts", ""),
        ("tsc && node --test dist/", "test/a.test.js", "node"),
        ("tsc && node --import tsx --test", "src/a.test.ts", "node"),
        ("node --test dist/", "src/a.test.ts", "node"),
    ],
)
def test_of_tests_that_are_compiled_with_the_sources_the_exit_code_speaks(
    made, script, tests, runner
):
    text = json.dumps({"scripts": {"test": script}})
    found = node(made({"package.json": text, tests: ""}))

    assert (found.tool, found.runner, found.counts_suite) == ("node:test", runner, "node")


@pytest.mark.parametrize(
    ("text", "names", "sign", "advice"),
    [
        ('{"a": 1,}', [], "package.json is no JSON: Expecting property name", ""),
        ("[" * 100_000, [], "package.json is no JSON: ", ""),
        ('{"x": "' + "y" * (1 << 20) + '"}', [], "package.json is larger than 1 MB", ""),
        (
            '{"devDependencies": {"jest": "1", "vitest": "1"}}',
            *(["a.test.js"], "package.json has vitest, jest, and no script"),
            "npx --no-install vitest run --coverage.enabled=false {tests}",
        ),
        ("{}", ["bun.lock"], "package.json names no test tool", "bun test {tests}"),
        ("{}", [], "package.json names no test tool", "node --test {tests}"),
    ],
    ids=["comma", "deep", "huge", "several", "bun", "none"],
)
def test_why_nothing_is_known_is_said_with_a_command_that_is_not_another_tools(
    made, text, names, sign, advice
):
    found = node(made({"package.json": text, **dict.fromkeys(names, "")}))

    assert (found.tool, " ".join(found.advice)) == ("", advice)
    assert found.sign.startswith(sign)


def test_a_folder_without_a_package_is_not_of_node(made):
    assert node(made({"test/a.test.js": "import test from 'node:test'"})) is None


@pytest.mark.parametrize("script", ["turbo run test", "nx run-many -t test", "pnpm -r test"])
def test_a_script_for_the_parts_says_nothing_of_the_top(made, script):
    package = {"scripts": {"test": script}, "devDependencies": {"jest": "1"}}
    found = node(made({"package.json": json.dumps(package)}))

    assert (found.tool, " ".join(found.suite)) == ("", "npm test")


@pytest.mark.parametrize(
    ("files", "start"),
    [
        ({".yarnrc.yml": ""}, "yarn node"),
        ({".yarnrc.yml": "nodeLinker: pnp\n"}, "yarn node"),
        ({".yarnrc.yml": "nodeLinker: node-modules\n"}, "node"),
        ({".yarnrc.yml": "nodeLinker: pnpm\n"}, "node"),
        ({".yarnrc.yml": "", "node_modules/.yarn-state.yml": ""}, "node"),
        ({}, "node"),
    ],
)
def test_where_packages_lie_in_archives_yarn_starts_node(made, files, start):
    package = json.dumps({"scripts": {"test": "node --test"}})
    found = node(made({"package.json": package, "yarn.lock": "", **files}))

    assert " ".join(found.test) == f"{start} --test {{tests}}"
    assert " ".join(found.suite) == f"{start} --test"
    assert trust.is_known(["yarn", "node", "--test", "a.test.js"])
    assert not trust.is_known(["yarn", "node", "a.js"])
