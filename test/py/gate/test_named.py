"""Files that the configuration of test tools names are frozen with it."""

import pytest

from ai_sessions.gate import Scope, configuration, frozen_set, named_files

SCOPE = Scope("T1", ("test/a.js",), ("src/pay.js",), ("npm", "test"))


def named(path, text, existing, scope=SCOPE):
    return named_files({path: text.encode()}, frozenset(existing), scope)


@pytest.mark.parametrize(
    ("path", "text", "file"),
    [
        (".mocharc.json", '{"require": ["./hooks.js"]}', "hooks.js"),
        (".mocharc.yml", "require:\n  - ./hooks\n", "hooks.cjs"),
        ("jest.config.js", "module.exports = {setupFiles: ['<rootDir>/hooks.js']}", "hooks.js"),
        ("jest.config.ts", "export default {globalSetup: './hooks'}", "hooks.ts"),
        ("web/vitest.config.ts", "test: { setupFiles: './hooks.ts' }", "web/hooks.ts"),
        ("vite.config.js", "import plugin from './hooks.js'", "hooks.js"),
        ("package.json", '{"jest": {"setupFilesAfterEnv": ["./hooks.js"]}}', "hooks.js"),
        ("package.json", '{"scripts": {"test": "node tools/hooks.js"}}', "tools/hooks.js"),
        ("package.json", '{"scripts": {"test": "npm run u", "u": "./hooks.sh"}}', "hooks.sh"),
        (".npmrc", "node-options=--require ./hooks.js", "hooks.js"),
        (".cargo/config.toml", '[target.x]\nrunner = "./hooks.sh"', "hooks.sh"),
        ("pytest.ini", "[pytest]\naddopts = -q -p hooks", "hooks.py"),
        ("pyproject.toml", "[tool.pytest.ini_options]\naddopts = '-p my.hooks'", "src/my/hooks.py"),
        ("pyproject.toml", "[project.entry-points.pytest11]\nx = 'my.hooks'", "my/hooks.py"),
        ("conftest.py", 'pytest_plugins = ["my.hooks"]', "my/hooks.py"),
        ("Makefile", "test: lib\n\t./hooks.sh\nlib:\n\ttrue", "hooks.sh"),
        ("justfile", "test:\n  bash hooks.sh", "hooks.sh"),
    ],
)
def test_a_file_that_configuration_names_decides_how_tests_run(path, text, file):
    assert named(path, text, [path, file, "src/pay.js"]) == (file,)
    assert configuration([path, file]) == (path,)
    scope = Scope("T1", ("test/a.js",), ("src/pay.js",), named(path, text, [file]))
    assert file in frozen_set([file], scope)


@pytest.mark.parametrize(
    ("path", "text", "file"),
    [
        ("package.json", '{"main": "lib/a.js", "scripts": {"build": "node lib/a.js"}}', "lib/a.js"),
        ("package.json", '{"scripts": {"test": "eslint lib/a.js"}}', "lib/a.js"),
        ("package.json", '{"scripts": {"test": "node src/pay.js"}}', "src/pay.js"),
        ("package.json", "{broken", "broken"),
        ("package.json", '{"scripts": ["lib/a.js"]}', "lib/a.js"),
        ("vite.config.js", "build: { lib: { entry: './lib/a.js' } }", "lib/a.js"),
        ("Makefile", "test:\n\tcc lib/a.c\nrun:\n\t./go.sh", "go.sh"),
        ("pyproject.toml", "[project.scripts]\npay = 'pay.cli:main'", "pay/cli.py"),
        ("jest.config.js", "setupFiles: ['../outside.js']", "outside.js"),
    ],
)
def test_other_files_are_not_frozen(path, text, file):
    assert named(path, text, [path, file]) == ()
