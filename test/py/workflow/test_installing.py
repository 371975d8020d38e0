"""The set-up command that lock files mean."""

import json

import pytest
from scripted import lay

from ai_sessions.plan import trust
from ai_sessions.workflow.installing import set_up_command, set_up_line, settings
from ai_sessions.yaml_text import parsed


@pytest.fixture
def holds(repo):
    """`holds(name="text")`: the words of the command for a repository with these files."""

    def command(files):
        lay(repo, files)
        return " ".join(set_up_command(repo))

    return command


@pytest.mark.parametrize(
    ("files", "command"),
    [
        ({}, ""),
        ({"package.json": "{}"}, ""),
        ({"package-lock.json": ""}, "npm ci"),
        ({"npm-shrinkwrap.json": ""}, "npm ci"),
        ({"pnpm-lock.yaml": ""}, "pnpm install --frozen-lockfile"),
        ({"yarn.lock": ""}, "yarn install --frozen-lockfile"),
        ({"yarn.lock": "", ".yarnrc.yml": ""}, "yarn install --immutable"),
        (
            {"yarn.lock": "", "package.json": '{"packageManager": "yarn@4.1.0"}'},
            "yarn install --immutable",
        ),
        ({"bun.lock": ""}, "bun install --frozen-lockfile"),
        ({"uv.lock": ""}, "uv sync --frozen"),
        ({"poetry.lock": ""}, "env POETRY_VIRTUALENVS_IN_PROJECT=true poetry install"),
        ({"Gemfile.lock": ""}, "bundle install"),
        ({"go.mod": "", "go.sum": ""}, "go mod download"),
        ({"go.mod": "", "go.sum": "", "vendor/modules.txt": ""}, ""),
        ({"Cargo.lock": ""}, "cargo fetch --locked"),
        ({"uv.lock": "", "pyproject.toml": "not [toml"}, "uv sync --frozen"),
        ({"package-lock.json": "", "package.json": "[]"}, "npm ci"),
        ({"package-lock.json": "", "package.json": "{"}, "npm ci"),
    ],
)
def test_the_lock_file_names_the_manager_that_reads_it(holds, files, command):
    assert holds(files) == command


@pytest.mark.parametrize(
    ("more", "command"),
    [
        ({}, "pnpm install --frozen-lockfile"),
        ({"package.json": '{"packageManager": "npm@10.2.0"}'}, "npm ci"),
        ({"node_modules/.package-lock.json": ""}, "npm ci"),
        ({"node_modules/.modules.yaml": ""}, "pnpm install --frozen-lockfile"),
    ],
)
def test_of_two_managers_the_one_in_use_installs(holds, more, command):
    assert holds({"package-lock.json": "", "pnpm-lock.yaml": "", **more}) == command


def test_the_parts_of_a_project_are_set_up_each_in_its_folder(holds):
    files = {"api/pyproject.toml": "", "api/uv.lock": "", "web app/package.json": "{}"}

    assert holds(files) == "sh -c (cd api && uv sync --frozen)"
    assert holds({"web app/package-lock.json": ""}) == (
        "sh -c (cd api && uv sync --frozen) && (cd 'web app' && npm ci)"
    )
    assert holds({"pnpm-lock.yaml": ""}) == (
        "sh -c pnpm install --frozen-lockfile && (cd api && uv sync --frozen) "
        "&& (cd 'web app' && npm ci)"
    )


def test_two_languages_are_set_up_one_after_the_other(holds, repo):
    assert holds({"uv.lock": "", "package-lock.json": ""}) == "sh -c uv sync --frozen && npm ci"
    assert set_up_line(repo) == 'setup: {cmd: [sh, -c, "uv sync --frozen && npm ci"]}'


@pytest.mark.parametrize(
    ("project", "more"),
    [
        ("[project.optional-dependencies]\ntest = []\ndocs = []\n", "--extra test"),
        ("[dependency-groups]\ndev = []\ntests = []\n", "--group tests"),
        ("[tool.uv.workspace]\nmembers = ['packages/*']\n", "--all-packages"),
    ],
)
def test_what_tests_need_beside_the_package_is_asked_for(holds, project, more):
    found = holds({"uv.lock": "", "pyproject.toml": project})

    assert found == f"uv sync --frozen {more}"


@pytest.mark.parametrize(
    ("scripts", "folder", "command"),
    [
        ({"build": "tsc"}, "dist", "sh -c npm ci && npm run build"),
        ({"build": "tsc"}, "packages/core/dist", "sh -c npm ci && npm run build"),
        ({"build": "tsc"}, "data", "npm ci"),
        ({"build": "tsc", "prepare": "npm run build"}, "dist", "npm ci"),
        ({"test": "x"}, "dist", "npm ci"),
    ],
)
def test_what_a_build_leaves_is_built(holds, scripts, folder, command):
    files = {"package-lock.json": "", ".gitignore": f"/{folder}\n", f"{folder}/index.js": ""}

    assert holds({**files, "package.json": json.dumps({"scripts": scripts})}) == command


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, ["..."]),
        (
            {"requirements.txt": ""},
            ["sh", "-c", "python3 -m venv .venv && .venv/bin/pip install -q -r requirements.txt"],
        ),
        (
            {"pyproject.toml": "[project.optional-dependencies]\ndev = []\n"},
            ["sh", "-c", "python3 -m venv .venv && .venv/bin/pip install -q -e '.[dev]'"],
        ),
        (
            {"package.json": '{"devDependencies": {"mocha": "1"}}'},
            ["npm", "install", "--no-package-lock"],
        ),
        ({"poetry.lock": ""}, ["env", "POETRY_VIRTUALENVS_IN_PROJECT=true", "poetry", "install"]),
    ],
)
def test_the_line_for_a_person_can_be_pasted(holds, repo, files, words):
    holds(files)

    found, _, _ = parsed(set_up_line(repo))
    assert found == {"setup": {"cmd": words}}


# -- the lines of a new config.yaml

BUILT = {
    "package.json": '{"scripts": {"build": "tsc", "test": "node --test"}}',
    ".gitignore": "dist/\n",
    "dist/index.js": "",
    "test/a.test.js": "import * as shop from '../dist/index.js';\n",
}


@pytest.mark.parametrize(
    ("files", "lines"),
    [
        ({}, ["# setup: {cmd: [npm, ci], when: missing}"]),
        ({"package-lock.json": ""}, ["setup: {cmd: [npm, ci], when: missing}"]),
        (
            {"uv.lock": "", "package-lock.json": ""},
            ['setup: {cmd: [sh, -c, "uv sync --frozen && npm ci"], when: missing}'],
        ),
        ({"mix.lock": ""}, ["setup: {cmd: [mix, deps.get]}"]),
        ({"go.mod": "", "go.sum": ""}, ["# setup: {cmd: [go, mod, download]}"]),
        ({"Cargo.lock": ""}, ["# setup: {cmd: [cargo, fetch, --locked]}"]),
        (
            {**BUILT, "pnpm-lock.yaml": ""},
            [
                "setup: {cmd: [pnpm, install, --frozen-lockfile], when: missing}",
                "build: {cmd: [pnpm, run, build]}",
            ],
        ),
        (
            {**BUILT, "test/a.test.js": "import * as shop from '../src/index.js';\n"},
            ["# setup: {cmd: [npm, ci], when: missing}"],
        ),
        (
            {**BUILT, "package.json": '{"scripts": {"build": "tsc", "test": "tsc && ava"}}'},
            ["# setup: {cmd: [npm, ci], when: missing}"],
        ),
        (
            {**BUILT, ".gitignore": "node_modules/\n"},
            ["# setup: {cmd: [npm, ci], when: missing}"],
        ),
    ],
)
def test_a_new_project_is_told_what_its_checkouts_need(holds, repo, files, lines):
    holds(files)

    assert list(settings(repo)) == lines


def test_a_part_is_built_in_its_folder_unless_the_top_builds_all(holds, repo):
    holds({f"web/{name}": text for name, text in BUILT.items()})
    line = 'build: {cmd: [sh, -c, "(cd web && npm run build)"]}'
    assert settings(repo)[-1] == line
    found, _, _ = parsed(line)
    assert trust.installs(found["build"]["cmd"])

    holds(BUILT)

    assert settings(repo)[-1] == "build: {cmd: [npm, run, build]}"


def test_what_a_new_project_is_told_needs_no_approval(holds, repo):
    holds({**BUILT, "web/package.json": "{}", "web/yarn.lock": "", "api/poetry.lock": ""})
    holds({"api/pyproject.toml": ""})

    found, _, _ = parsed("\n".join(settings(repo)))
    assert found["setup"]["cmd"][2].count("cd ") == 2
    assert all(trust.installs(one["cmd"]) for one in found.values())
