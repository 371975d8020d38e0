"""Manifests as real projects have them, and the commands that are found for each."""

import json
import subprocess

import pytest

from ai_sessions.detection.detect import detect
from ai_sessions.plan import trust
from ai_sessions.workflow.installing import set_up_command

NODE_TEST = "import test from 'node:test';\n"
CASE = "import unittest\n\nclass A(unittest.TestCase):\n    pass\n"
PLAIN = "def test_a():\n    pass\n"
VENV = {".venv/bin/python": "", ".gitignore": ".venv/\n"}


def package(script="", tools=(), **more):
    """The text of a package.json."""
    scripts = {"scripts": {"test": script}} if isinstance(script, str) else {"scripts": script}
    needed = {"devDependencies": dict.fromkeys(tools, "^1.0.0")}
    return json.dumps({**(scripts if script else {}), **(needed if tools else {}), **more})


@pytest.fixture
def made(tmp_path):
    """A repository with these files."""

    def make(files):
        subprocess.run(["git", "init", "-q", tmp_path], check=True)
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            if "bin/" in name:
                path.chmod(0o755)
        return tmp_path

    return make


def words(found):
    return {name: " ".join(one["cmd"]) for name, one in found.commands.items()}


#: Project -> files, `test`, `suite`, the set-up.
NODE = {
    "vercel/ms": (
        {
            "package.json": package(
                {
                    "build": "scripts/build.sh",
                    "test": "pnpm run test-nodejs && pnpm run test-edge",
                    "test-nodejs": "jest --env node",
                    "test-edge": "jest --env edge-runtime",
                },
                ["jest", "ts-jest", "husky"],
                jest={"preset": "ts-jest", "coverageThreshold": {"global": {"lines": 100}}},
            ),
            "pnpm-lock.yaml": "",
            "src/index.test.ts": "",
        },
        "pnpm exec jest --env node --coverage=false --runTestsByPath {tests}",
        "pnpm test",
        "pnpm install --frozen-lockfile",
    ),
    "ms 2.1": (
        {"package.json": package("mocha tests.js", ["mocha", "expect.js"]), "tests.js": ""},
        *("npx --no-install mocha {tests}", "npm test", ""),
    ),
    "unjs/ufo": (
        {
            "package.json": package(
                {
                    "build": "automd && unbuild",
                    "dev": "vitest",
                    "lint": "eslint . && prettier -c src test",
                    "test": "pnpm lint && vitest run --typecheck",
                },
                ["vitest", "@vitest/coverage-v8", "unbuild", "typescript"],
                packageManager="pnpm@10.33.2",
            ),
            "pnpm-lock.yaml": "",
            "test/base.test.ts": "",
        },
        "pnpm exec vitest run --coverage.enabled=false {tests}",
        "pnpm test",
        "pnpm install --frozen-lockfile",
    ),
    "expressjs/body-parser": (
        {
            "package.json": package(
                {
                    "test": "mocha --reporter spec --check-leaks test/",
                    "test-cov": "nyc --reporter=html --reporter=text npm test",
                },
                ["mocha", "nyc", "supertest"],
            ),
            "test/json.js": "",
        },
        *("npx --no-install mocha --check-leaks {tests}", "npm test", ""),
    ),
    "sindresorhus/slugify": (
        {"package.json": package("xo && ava", ["ava", "xo"]), "test.js": ""},
        *("npx --no-install ava {tests}", "npm test", ""),
    ),
    "sindresorhus/p-map": (
        {"package.json": package("xo && ava && tsd", ["ava", "tsd", "xo"]), "test.js": ""},
        *("npx --no-install ava {tests}", "npm test", ""),
    ),
    "slice-ansi": (
        {
            "package.json": package(
                "xo && node --test && tsc --lib esnext index.d.ts", ["xo", "chalk"]
            ),
            "test.js": NODE_TEST,
        },
        *("node --test {tests}", "node --test", ""),
    ),
    "html-webpack-plugin": (
        {
            "package.json": package(
                {
                    "lint": 'npm-run-all -l -p "lint:**"',
                    "test:only": "cross-env NODE_ENV=test jest",
                    "test:coverage": "npm run test:only -- --coverage",
                    "pretest": "npm run lint",
                    "test": "npm run test:coverage",
                },
                ["jest", "cross-env", "webpack"],
            ),
            "package-lock.json": "",
            "spec/basic.spec.js": "",
        },
        "env NODE_ENV=test npx --no-install jest --coverage=false --runTestsByPath {tests}",
        "npm test",
        "npm ci",
    ),
    "changesets": (
        {
            "package.json": package(
                {"build": "preconstruct build", "test": "vitest"},
                ["vitest", "@preconstruct/cli"],
                packageManager="pnpm@9.1.0",
            ),
            "pnpm-lock.yaml": "",
            "packages/cli/package.json": package(name="@changesets/cli"),
            "packages/cli/src/index.test.ts": "",
        },
        "pnpm exec vitest run --coverage.enabled=false {tests}",
        "pnpm exec vitest run",
        "pnpm install --frozen-lockfile",
    ),
    "commander.js": (
        {
            "package.json": package(
                {"test": "node --test && npm run check:type:ts", "check:type:ts": "tsd"}, ["tsd"]
            ),
            "package-lock.json": "",
            "tests/args.test.js": NODE_TEST,
        },
        *("node --test {tests}", "node --test", "npm ci"),
    ),
    "chai": (
        {
            "package.json": package(
                {
                    "test": "npm run test-node && npm run test-chrome",
                    "test-node": "c8 --99 mocha --require ./test/boot.js test/*.js",
                    "test-chrome": "web-test-runner --playwright",
                },
                ["mocha", "c8", "@web/test-runner"],
            ),
            "package-lock.json": "",
            "test/assert.js": "",
        },
        *("npx --no-install mocha --require ./test/boot.js {tests}", "npm test", "npm ci"),
    ),
    "create-react-app": (
        {
            "package.json": package("react-scripts test", ["react-scripts"]),
            "yarn.lock": "# yarn lockfile v1\n",
            "src/App.test.js": "",
        },
        "yarn react-scripts test --watchAll=false --coverage=false --runTestsByPath {tests}",
        "yarn react-scripts test --watchAll=false",
        "yarn install --frozen-lockfile",
    ),
    "Angular": (
        {
            "package.json": package(
                {"build": "ng build", "test": "ng test"}, ["karma", "jasmine-core", "@angular/cli"]
            ),
            "package-lock.json": "",
            "src/app.spec.ts": "",
        },
        *("npx --no-install ng test --watch=false",) * 2,
        "npm ci",
    ),
    "jest in ES modules": (
        {"package.json": package("NODE_OPTIONS=--experimental-vm-modules jest", ["jest"])},
        "env NODE_OPTIONS=--experimental-vm-modules"
        " npx --no-install jest --coverage=false --runTestsByPath {tests}",
        *("npm test", ""),
    ),
    "yarn 4, tap 16": (
        {
            "package.json": json.dumps(
                {"scripts": {"test": "tap"}, "devDependencies": {"tap": "^16.3.0"}}
            ),
            "yarn.lock": "\n__metadata:\n  version: 8\n",
        },
        *("yarn tap --no-check-coverage {tests}", "yarn test", "yarn install --immutable"),
    ),
    "playwright only": (
        {
            "package.json": package("playwright test", ["@playwright/test"]),
            "package-lock.json": "",
            "e2e/a.spec.ts": "",
        },
        "npx --no-install playwright test --reporter=line {tests}",
        *("npm test", "npm ci"),
    ),
    "unit tests and playwright": (
        {
            "package.json": package(
                {"test": "npm run unit && playwright test", "unit": "vitest run"},
                ["vitest", "@playwright/test"],
            ),
            "src/a.test.ts": "",
        },
        *("npx --no-install vitest run --coverage.enabled=false {tests}", "npm test", ""),
    ),
    "vitest without a script": (
        {
            "package.json": package(tools=["vitest", "playwright"]),
            "bun.lock": "",
            "a.test.ts": "",
        },
        "bun run vitest run --coverage.enabled=false {tests}",
        "bun run vitest run",
        "bun install --frozen-lockfile",
    ),
    "bun": (
        {"package.json": package("bun test"), "bun.lockb": "", "a.test.ts": ""},
        *("bun test {tests}", "bun run test", "bun install --frozen-lockfile"),
    ),
    "TypeScript by tsx": (
        {
            "package.json": package("tsx --test src/*.test.ts", ["tsx"]),
            "src/a.test.ts": NODE_TEST,
        },
        *("node --import tsx --test {tests}", "npm test", ""),
    ),
    "TypeScript, built before its tests": (
        {
            "package.json": package(
                {"build": "tsc", "pretest": "npm run build", "test": "node --test"}, ["typescript"]
            ),
            "package-lock.json": "",
            "test/a.test.js": NODE_TEST,
        },
        *("npm test -- {tests}", "npm test", "npm ci"),
    ),
    "TypeScript, built tests": (
        {
            "package.json": package(
                {"build": "tsc", "test": "npm run build && node --test dist/test"}, ["typescript"]
            ),
            "test/a.test.ts": NODE_TEST,
        },
        *("npm test", "npm test", ""),
    ),
    "tests of node:test without a script": (
        {"package.json": package(name="plain"), "test/one.test.js": NODE_TEST},
        *("node --test {tests}", "node --test", ""),
    ),
    "npm workspace": (
        {
            "package.json": package(private=True, workspaces=["packages/*"]),
            "package-lock.json": "",
            "packages/core/package.json": package(name="@shop/core"),
            "packages/cli/package.json": package(name="@shop/cli"),
            "packages/cli/test/one.test.js": NODE_TEST,
        },
        *("node --test {tests}", "node --test", "npm ci"),
    ),
}
PYTHON = {
    "pallets/itsdangerous": (
        {
            "pyproject.toml": '[dependency-groups]\ndev = ["ruff"]\ntests = ["pytest"]\n'
            '[tool.uv]\ndefault-groups = ["dev", "tests"]\n[tool.pytest.ini_options]\n',
            "uv.lock": "",
            "src/itsdangerous/__init__.py": "",
            "tests/test_jws.py": "import pytest\n",
        },
        ".venv/bin/python -m pytest -q {tests}",
        ".venv/bin/python -m pytest -q",
        "uv sync --frozen --group tests",
    ),
    "humanize": (
        {
            "pyproject.toml": '[build-system]\n[project]\nname = "humanize"\n'
            '[project.optional-dependencies]\ntests = ["pytest", "pytest-cov"]\n',
            "tests/test_time.py": PLAIN,
        },
        *("python3 -m pytest -q {tests}", "python3 -m pytest -q", ""),
    ),
    "pyperf": (
        {
            "pyproject.toml": '[project]\nname = "pyperf"\n',
            "tox.ini": "[testenv]\ncommands = python -bb -Wd -m unittest discover -v\n",
            "pyperf/__init__.py": "",
            "pyperf/tests/__init__.py": "",
            "pyperf/tests/test_bench.py": CASE,
        },
        "python3 -m unittest {tests}",
        "python3 -m unittest discover -s pyperf/tests -t .",
        "",
    ),
    "coverage of all tests together": (
        {
            **VENV,
            "pyproject.toml": "[tool.pytest.ini_options]\n"
            'addopts = "--cov=lib --cov-fail-under=90"\n',
            "lib.py": "",
        },
        ".venv/bin/python -m pytest -q --no-cov {tests}",
        ".venv/bin/python -m pytest -q",
        "",
    ),
    "poetry": (
        {
            "pyproject.toml": '[tool.poetry.group.dev.dependencies]\npytest = "^8"\n',
            "poetry.lock": "",
            "a.py": "",
        },
        "poetry run python -m pytest -q {tests}",
        "poetry run python -m pytest -q",
        "env POETRY_VIRTUALENVS_IN_PROJECT=true poetry install",
    ),
    "pipenv": (
        {"Pipfile": '[dev-packages]\npytest = "*"\n', "Pipfile.lock": "", "a.py": ""},
        "pipenv run python -m pytest -q {tests}",
        "pipenv run python -m pytest -q",
        "env PIPENV_VENV_IN_PROJECT=1 pipenv sync --dev",
    ),
    "nox": (
        {"noxfile.py": 'session.run("pytest", *session.posargs)\n', "a.py": ""},
        *("python3 -m pytest -q {tests}", "python3 -m pytest -q", ""),
    ),
    "functions without any settings": (
        {"lib.py": "", "tests/test_lib.py": PLAIN},
        *("python3 -m pytest -q {tests}", "python3 -m pytest -q", ""),
    ),
    "Django": (
        {
            **VENV,
            "manage.py": "import django\n",
            "cart/tests.py": "from django.test import TestCase",
        },
        *(".venv/bin/python manage.py test {tests}", ".venv/bin/python manage.py test", ""),
    ),
    "Django with pytest": (
        {"manage.py": "import django\n", "requirements/dev.txt": "pytest-django\n", "a.py": ""},
        *("python3 -m pytest -q {tests}", "python3 -m pytest -q", ""),
    ),
    "nothing but sources": (
        {"shop.py": "", "README.md": ""},
        *("python3 -m unittest {tests}", "python3 -m unittest discover", ""),
    ),
    "a front end beside it": (
        {
            "requirements.txt": "pytest\n",
            "tests/test_a.py": PLAIN,
            "package.json": package("eslint .", ["eslint"]),
            "package-lock.json": "",
        },
        *("python3 -m pytest -q {tests}", "python3 -m pytest -q", "npm ci"),
    ),
}
OTHERS = {
    "bats-core": (
        {
            "package.json": package("bin/bats test"),
            "bin/bats": "",
            "docs/conf.py": "",
            "docs/requirements.txt": "sphinx\n",
            "test/bats.bats": "",
            "test/fixtures/bats/empty.bats": "",
        },
        *("bin/bats {tests}", "bin/bats test", ""),
    ),
    "rbenv": (
        {"test/rbenv.bats": "", "test/which.bats": "", "libexec/rbenv": ""},
        *("bats {tests}", "bats test", ""),
    ),
    "google/uuid": (
        {"go.mod": "module github.com/google/uuid\n", "uuid_test.go": ""},
        *("go test {tests}", "go test ./...", ""),
    ),
    "Go with a Makefile": (
        {"go.mod": "", "go.sum": "", "Makefile": "build:\n\ntest: build\n\tgo test ./...\n"},
        *("go test {tests}", "make test", "go mod download"),
    ),
    "dtolnay/semver": (
        {"Cargo.toml": "[package]\n", "src/lib.rs": "", "tests/test_version.rs": ""},
        *("cargo test {tests}", "cargo test", ""),
    ),
    "a package that is a workspace": (
        {"Cargo.toml": '[package]\n[workspace]\nmembers = ["x"]\n', "Cargo.lock": ""},
        *("cargo test {tests}", "cargo test --workspace", "cargo fetch --locked"),
    ),
    "apache/commons-cli": (
        {"pom.xml": "<project/>", "src/test/java/org/apache/commons/cli/OptionTest.java": ""},
        *("mvn -q test", "mvn -q test", ""),
    ),
    "jhy/jsoup": (
        {"pom.xml": "", "mvnw": "", "src/test/java/org/jsoup/JsoupTest.java": ""},
        *("./mvnw -q test", "./mvnw -q test", ""),
    ),
    "Gradle": (
        {"settings.gradle.kts": "", "build.gradle.kts": "", "gradlew": ""},
        *("./gradlew test", "./gradlew test", ""),
    ),
    "RSpec": (
        {"Gemfile": "gem 'rspec'\n", "Gemfile.lock": "", "Rakefile": "", "spec/a_spec.rb": ""},
        *("bundle exec rspec {tests}", "bundle exec rspec", "bundle install"),
    ),
    "Rails": (
        {"Gemfile": "gem 'rails'\n", "bin/rails": "", "Rakefile": "", "test/a_test.rb": ""},
        *("bin/rails test {tests}", "bin/rails test", ""),
    ),
    "minitest": (
        {"Gemfile": "", "Rakefile": "Rake::TestTask.new", "test/test_a.rb": ""},
        *("bundle exec rake test", "bundle exec rake test", ""),
    ),
    "PHPUnit 11": (
        {
            "composer.json": '{"require-dev": {"phpunit/phpunit": "^11.5"},'
            ' "scripts": {"test": "phpunit"}}',
            "composer.lock": "",
        },
        "vendor/bin/phpunit {tests}",
        "composer test",
        "composer install --no-interaction",
    ),
    "PHPUnit 9": (
        {"composer.json": '{"require-dev": {"phpunit/phpunit": "^9.6 || ^10.5"}}'},
        *("vendor/bin/phpunit", "vendor/bin/phpunit", ""),
    ),
    "Elixir": (
        {"mix.exs": "", "mix.lock": "", "test/a_test.exs": ""},
        *("mix test {tests}", "mix test", "mix deps.get"),
    ),
    "Deno": (
        {"deno.json": '{"tasks": {"test": "deno test -A tests/"}}', "tests/a_test.ts": ""},
        *("deno test -A {tests}", "deno task test", ""),
    ),
    ".NET": (
        {"Shop.sln": "", "tests/Shop.Tests/ShopTests.cs": ""},
        *("dotnet test", "dotnet test", ""),
    ),
}
PROJECTS = NODE | PYTHON | OTHERS


@pytest.mark.parametrize("name", PROJECTS)
def test_a_project_is_tested_as_its_files_say(made, name):
    files, test, suite, set_up = PROJECTS[name]
    repo = made(files)

    top, *parts = detect(repo)

    assert words(top) == {"test": test, "suite": suite}
    assert " ".join(set_up_command(repo)) == set_up
    assert parts == []


#: What loads code of the project by name is shown to a person once.
_LOADS = ("chai", "Deno")


@pytest.mark.parametrize("name", [name for name in PROJECTS if name not in _LOADS])
def test_what_was_found_needs_no_approval(made, name):
    (top, *_) = detect(made(PROJECTS[name][0]))

    assert [one["cmd"] for one in top.commands.values() if not trust.is_known(one["cmd"])] == []


@pytest.mark.parametrize(
    ("files", "sign", "suite", "advice"),
    [
        ({"main.c": ""}, None, None, None),
        ({"docs/conf.py": "", "scripts/release.py": "import pytest\n"}, None, None, None),
        ({"package.json": "{}"}, "package.json names no test tool", None, "node --test {tests}"),
        (
            {"package.json": package('echo "Error: no test specified" && exit 1')},
            *("package.json names no test tool", None, "node --test {tests}"),
        ),
        (
            {"package.json": package("node test/run.js"), "test/run.js": "require('assert')\n"},
            *("scripts.test is 'node test/run.js'", "npm test", "npm test"),
        ),
        (
            {"package.json": package(tools=["mocha", "jest"])},
            *("package.json has jest, mocha, and no script", None),
            "npx --no-install jest --coverage=false --runTestsByPath {tests}",
        ),
        (
            {"package.json": package("tsc --noEmit"), "a.test.ts": NODE_TEST},
            *("scripts.test is 'tsc --noEmit'", "npm test", "npm test"),
        ),
        (
            {"pyproject.toml": '[tool.x]\ntest = "nose2"\n', "test_a.py": "import nose2\n"},
            "nothing names pytest or unittest",
            None,
            "python3 -m pytest -q {tests}",
        ),
        (
            {"requirements.txt": "flask\n# pytest\n"},
            *("nothing names pytest or unittest", None, "python3 -m pytest -q {tests}"),
        ),
        ({"Makefile": "check: all\n"}, None, "make check", None),
    ],
)
def test_where_nothing_is_said_no_command_is_made_up(made, files, sign, suite, advice):
    (top, *_) = detect(made(files))

    assert "test" not in top.commands
    assert words(top).get("suite") == suite
    assert (top.found.sign if top.found else None) == sign
    assert (" ".join(top.found.advice) if top.found else None) == advice


@pytest.mark.parametrize(
    "names",
    [
        [],
        ["README.md", "LICENSE", ".gitignore", ".gitmodules", "docs/a.png"],
        [".github/workflows/ci.yml"],
        ["vendor/lib.c"],
    ],
)
def test_a_repository_without_a_source_is_taken_for_python(made, names):
    (top,) = detect(made(dict.fromkeys(names, "")))

    assert words(top)["test"] == "python3 -m unittest {tests}"
    assert top.found.is_assumed


@pytest.mark.parametrize(
    "name", ["a.c", "Makefile", "Dockerfile", "b.yaml", "src/A.swift", "web/package.json"]
)
def test_a_repository_with_a_source_of_any_kind_is_not(made, name):
    assert "test" not in detect(made({"README.md": "", name: ""}))[0].commands


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"scripts": []}', '{"scripts": {"test": 3}}', "[" * 9999]
)
def test_a_package_that_cannot_be_read_is_no_crash(made, text):
    assert detect(made({"package.json": text}))[0].commands == {}


@pytest.mark.parametrize("folder", ["node_modules", ".venv", "venv", "target", "dist", "vendor"])
def test_files_that_others_made_are_no_sign(made, folder):
    repo = made({f"{folder}/conftest.py": "", f"sub/{folder}/a.bats": "", "go.mod": ""})

    assert words(detect(repo)[0])["test"] == "go test {tests}"


def test_the_language_with_most_tests_is_taken_and_the_other_is_told(made):
    files = {"package.json": package("vitest run", ["vitest"]), "web/a.test.js": ""}
    files |= {"requirements.txt": "pytest\n", "tests/test_a.py": PLAIN, "tests/test_b.py": PLAIN}

    (top,) = detect(made(files))

    assert top.found.tool == "pytest"
    assert [one.tool for one in top.others] == ["vitest"]


# -- parts

GO = {"test": "go test {tests}", "suite": "go test ./..."}
PYTEST = {"test": "python3 -m pytest -q {tests}", "suite": "python3 -m pytest -q"}
API = {"services/api/pyproject.toml": '[dependency-groups]\ndev = ["pytest"]\n'}


@pytest.mark.parametrize(
    ("files", "found"),
    [
        (
            {
                "package.json": package("turbo run test", ["turbo"]),
                "pnpm-lock.yaml": "",
                "apps/web/package.json": package("vitest", ["vitest"]),
                **API,
                "services/api/uv.lock": "",
                "services/api/tests/test_a.py": PLAIN,
            },
            {
                "": {"suite": "pnpm test"},
                "apps/web": {
                    "test": "pnpm exec vitest run --coverage.enabled=false {tests}",
                    "suite": "pnpm exec vitest run",
                },
                "services/api": {
                    "test": ".venv/bin/python -m pytest -q {tests}",
                    "suite": ".venv/bin/python -m pytest -q",
                },
            },
        ),
        (
            {"go.work": "use ./a\nuse ./b\n", "a/go.mod": "", "b/go.mod": ""},
            {"": {}, "a": GO, "b": GO},
        ),
        (
            {
                **{"requirements.txt": "pytest\n", "tests/test_a.py": PLAIN},
                **{"web/package.json": package("jest", ["jest"]), "web/package-lock.json": ""},
            },
            {
                "": {"test": "python3 -m pytest -q {tests}", "suite": "python3 -m pytest -q"},
                "web": {
                    "test": "npx --no-install jest --coverage=false --runTestsByPath {tests}",
                    "suite": "npm test",
                },
            },
        ),
        (
            {**API, "package.json": package("vitest run", ["vitest"]), "package-lock.json": ""}
            | {"web/package.json": package("vitest run", ["vitest"])},
            {
                "": {
                    "test": "npx --no-install vitest run --coverage.enabled=false {tests}",
                    "suite": "npm test",
                },
                "services/api": {
                    "test": "python3 -m pytest -q {tests}",
                    "suite": "python3 -m pytest -q",
                },
            },
        ),
        (
            {
                f"services/{name}/{file}": text
                for name in "ab"
                for file, text in (
                    ("pyproject.toml", "[tool.pytest.ini_options]\n"),
                    ("tests/test_app.py", "from app import add\n"),
                )
            },
            {
                "": {},
                "services/a": PYTEST,
                "services/b": PYTEST,
            },
        ),
        (
            {"README.md": "", "backend/manage.py": "import django\n"},
            {
                "": {},
                "backend": {
                    "test": "python3 manage.py test {tests}",
                    "suite": "python3 manage.py test",
                },
            },
        ),
        (
            {"Cargo.toml": "[package]\n", "xtask/Cargo.toml": "[package]\n"},
            {
                "": {"test": "cargo test {tests}", "suite": "cargo test"},
                "xtask": {"test": "cargo test {tests}", "suite": "cargo test"},
            },
        ),
        (
            {"Cargo.toml": "[workspace]\n", "x/Cargo.toml": "[package]\n"},
            {"": {"test": "cargo test {tests}", "suite": "cargo test"}},
        ),
    ],
)
def test_parts_with_tools_of_their_own_are_found(made, files, found):
    assert {one.place: words(one) for one in detect(made(files))} == found
