"""Commands that run without approval, and commands that do not."""

import pytest

from ai_sessions.plan import trust
from ai_sessions.plan.document import Command


@pytest.mark.parametrize(
    "line",
    [
        "python3 -m pytest -q {tests}",
        "pytest -x -k name --tb=short tests/test_a.py::test_b",
        ".venv/bin/python -m pytest -q",
        "python3 -m unittest {tests}",
        ".venv/bin/python manage.py test {tests}",
        "python3 manage.py test --noinput",
        "python3 -m unittest discover -s tests -t .",
        "python3 -m unittest tests.test_a.Case",
        "bats -r test/bats",
        "node --test {tests}",
        "go test ./...",
        "cargo test --locked",
        "npm test",
        "npm run test:unit",
        "npm test -- {tests}",
        "pnpm test {tests}",
        "bun run test",
        "npx --no-install jest --coverage=false --runTestsByPath {tests}",
        "pnpm exec vitest run --coverage.enabled=false {tests}",
        "yarn mocha --check-leaks --exit {tests}",
        "env NODE_ENV=test npx --no-install ava {tests}",
        "env NODE_OPTIONS=--experimental-vm-modules bun run jest {tests}",
        "npx --no-install karma start --single-run",
        "node --import tsx --test {tests}",
        "poetry run python -m pytest -q {tests}",
        "pipenv run python -m unittest {tests}",
        ".venv/bin/python manage.py test",
        "bundle exec rspec {tests}",
        "mvn -q test",
        "./gradlew test",
        "dotnet test src/x.sln",
        "make test",
        "grep -q Idempotency-Key README.md",
        "test -f docs/a.md",
    ],
)
def test_plain_test_commands_are_known(line):
    assert trust.is_known(line.split(" "))


@pytest.mark.parametrize(
    "line",
    [
        "rm -rf .",
        "bash -c x",
        "make deploy",
        "make test SHELL=/bin/evil",
        "make -f other.mk test",
        "python3 -c x",
        "python3 script.py",
        "python3 -m http.server",
        "/tmp/pytest -q",
        "pytest -p evil",
        "pytest --rootdir=/tmp",
        "pytest ../other",
        "pytest -o addopts=x",
        "node --require ./evil.js --test a.js",
        "node --test --import=./evil.js",
        "npm install evil",
        "npm run deploy",
        "npm exec test",
        "grep -q x /etc/passwd",
        "grep -f secrets x",
        "test -f /etc/passwd",
        "cargo test --config=evil",
        "go test -exec evil ./...",
        "unittest x",
        "python3 manage.py migrate",
        "python3 manage.py test --settings=/tmp/other",
        "manage.py test",
        "npx jest {tests}",
        "npx --no-install evil",
        "npx --no-install jest --config=evil.js",
        "npx --no-install mocha --require evil {tests}",
        "pnpm dlx vitest",
        "yarn add jest",
        "npm test -- --prefix=/tmp",
        "env NODE_OPTIONS=--require=./evil.js npx --no-install jest",
        "env BASH_ENV=evil npm test",
        "env",
        "env CI=1",
        "node --import ./evil.js --test a.js",
        "node --import tsx --require ./evil.js --test a.js",
        "poetry run evil",
        "poetry run",
        "mvn -q test -f /tmp/pom.xml",
        "mvn -q deploy",
        "gradle test --init-script evil",
        "bundle exec evil",
    ],
)
def test_everything_else_needs_approval(line):
    assert not trust.is_known(line.split(" "))


def test_an_approval_is_tied_to_every_argument():
    first = trust.fingerprint([Command(("make", "test")), Command(("x", "a b"))])

    assert first != trust.fingerprint([Command(("make", "test")), Command(("x", "a", "b"))])
    assert first != trust.fingerprint([Command(("make", "test")), Command(("x", "a b"), cwd="a")])
    assert first == trust.fingerprint([Command(("make", "test")), Command(("x", "a b"))])


@pytest.mark.parametrize(
    ("line", "known"),
    [
        ("npm ci", True),
        ("npm run build", True),
        ("uv sync --frozen --group tests --all-packages", True),
        ("env POETRY_VIRTUALENVS_IN_PROJECT=true poetry install", True),
        ("bundle install", True),
        ("npm ci --prefix=/tmp", False),
        ("npm install evil", False),
        ("pnpm install evil", False),
        ("yarn install --frozen-lockfile evil", False),
        ("uv sync --group ../evil", False),
        ("uv sync --index-url=http://evil", False),
        ("env PATH=/tmp npm ci", False),
        ("npm run deploy", False),
        ("sh -c evil", False),
        ("", False),
    ],
)
def test_installing_what_is_locked_needs_no_approval(line, known):
    assert trust.installs(line.split()) is known


@pytest.mark.parametrize(
    ("script", "known"),
    [
        ("uv sync --frozen && npm ci", True),
        ("(cd apps/web && npm ci) && (cd api && uv sync --frozen)", True),
        ("npm ci; evil", False),
        ("npm ci & evil", False),
        ("npm ci && evil", False),
        ("npm ci || evil", False),
        ("cd /tmp && npm ci", False),
        ("cd ../x && npm ci", False),
        ("npm ci && $(evil)", False),
        ("npm ci &&", False),
        ("npm ci > x", False),
        ("npm ci\nevil", False),
    ],
)
def test_a_chain_of_installers_is_one_too(script, known):
    assert trust.installs(["sh", "-c", script]) is known
