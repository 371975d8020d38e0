"""npm, pnpm, yarn or bun: by `packageManager`, then by the lock file."""

import json

import pytest

from ai_sessions.detection.node_packages import manager_of


@pytest.mark.parametrize(
    ("package", "locks", "install", "tool", "script"),
    [
        ({}, ["package-lock.json"], "npm ci", "npx --no-install x", "npm test -- a"),
        ({}, ["npm-shrinkwrap.json"], "npm ci", "npx --no-install x", "npm test -- a"),
        (
            *({}, [], "npm install --no-package-lock"),
            *("npx --no-install x", "npm test -- a"),
        ),
        (
            *({}, ["pnpm-lock.yaml", "package-lock.json"], "pnpm install --frozen-lockfile"),
            *("pnpm exec x", "pnpm test a"),
        ),
        ({}, ["yarn.lock"], "yarn install --frozen-lockfile", "yarn x", "yarn test a"),
        ({}, ["yarn.lock", ".yarnrc.yml"], "yarn install --immutable", "yarn x", "yarn test a"),
        ({}, ["bun.lock"], "bun install --frozen-lockfile", "bun run x", "bun run test a"),
        ({}, ["bun.lockb"], "bun install --frozen-lockfile", "bun run x", "bun run test a"),
        (
            *({"packageManager": "yarn@4.1.0"}, ["yarn.lock"], "yarn install --immutable"),
            *("yarn x", "yarn test a"),
        ),
        (
            *({"packageManager": "yarn@1.22.0+sha"}, ["yarn.lock", ".yarnrc.yml"]),
            *("yarn install --frozen-lockfile", "yarn x", "yarn test a"),
        ),
        (
            *({"packageManager": "pnpm@9.0.0"}, ["package-lock.json"], "pnpm install"),
            *("pnpm exec x", "pnpm test a"),
        ),
        (
            *({"devEngines": {"packageManager": {"name": "pnpm"}}}, [], "pnpm install"),
            *("pnpm exec x", "pnpm test a"),
        ),
        (
            *({"packageManager": ["odd"], "devEngines": 3}, ["yarn.lock"]),
            *("yarn install --frozen-lockfile", "yarn x", "yarn test a"),
        ),
    ],
)
def test_the_manager_is_the_one_that_the_project_names(made, package, locks, install, tool, script):
    found = manager_of(made({"package.json": json.dumps(package), **dict.fromkeys(locks, "")}))

    said = (found.install, found.tool("x"), found.script("test", "a"))
    assert tuple(map(" ".join, said)) == (install, tool, script)


def test_yarn_is_known_by_its_lock_file_too(made):
    lock = "# This file is generated\n\n__metadata:\n  version: 8\n"

    assert manager_of(made({"package.json": "{}", "yarn.lock": lock})).install[-1] == "--immutable"


def test_other_scripts_are_run_by_name(made):
    assert manager_of(made({"package.json": "{}"})).script("build") == ("npm", "run", "build")
