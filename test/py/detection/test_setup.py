"""The set-up line that a project gets, by the lock files and manifests that it has."""

import subprocess

import pytest

from ai_sessions.detection.setup import setup_command, setup_line

CRATES = '[package]\nname = "x"\n[dev-dependencies]\nserde = "1"\n'


@pytest.mark.parametrize(
    ("files", "command"),
    [
        ({"README.md": ""}, ""),
        ({"package.json": "{}"}, ""),
        ({"package.json": "{}", "package-lock.json": ""}, "npm ci"),
        (
            {"package.json": '{"devDependencies": {"mocha": "1"}}'},
            "npm install --no-package-lock",
        ),
        ({"Gemfile": ""}, "bundle install"),
        ({"composer.json": ""}, "composer install --no-interaction --no-progress"),
        ({"mix.exs": ""}, "mix deps.get"),
        ({"go.mod": ""}, ""),
        ({"go.mod": "", "go.sum": ""}, "go mod download"),
        ({"go.mod": "", "go.sum": "", "vendor/modules.txt": ""}, ""),
        ({"Cargo.toml": "[package]\n"}, ""),
        ({"Cargo.toml": CRATES}, "cargo fetch"),
        ({"Cargo.toml": "[workspace]\n", "x/Cargo.toml": CRATES}, "cargo fetch"),
        ({"Cargo.toml": CRATES, "Cargo.lock": ""}, "cargo fetch --locked"),
        ({"Cargo.toml": "[target.'cfg(unix)'.dependencies]\n"}, "cargo fetch"),
        ({"x.sln": ""}, "dotnet restore"),
        ({"src/x.csproj": ""}, ""),
        (
            {"package.json": "{}", "pnpm-lock.yaml": "", "uv.lock": ""},
            "sh -c uv sync --frozen && pnpm install --frozen-lockfile",
        ),
        (
            {"web app/package.json": "{}", "web app/package-lock.json": ""},
            "sh -c (cd 'web app' && npm ci)",
        ),
        (
            {
                **{"web/package.json": "{}", "web/yarn.lock": ""},
                **{"api/uv.lock": "", "api/pyproject.toml": ""},
            },
            "sh -c (cd api && uv sync --frozen) && (cd web && yarn install --frozen-lockfile)",
        ),
    ],
)
def test_the_set_up_is_what_the_lock_files_say(made, files, command):
    assert " ".join(setup_command(made(files))) == command


def test_the_line_is_one_that_the_settings_take(tmp_path):
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    assert setup_line(tmp_path) == ""

    (tmp_path / "package.json").write_text("{}")
    (tmp_path / "package-lock.json").write_text("{}")
    assert setup_line(tmp_path) == "setup: {cmd: [npm, ci]}"
