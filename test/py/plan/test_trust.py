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
    ],
)
def test_everything_else_needs_approval(line):
    assert not trust.is_known(line.split(" "))


def test_an_approval_is_tied_to_every_argument():
    first = trust.fingerprint([Command(("make", "test")), Command(("x", "a b"))])

    assert first != trust.fingerprint([Command(("make", "test")), Command(("x", "a", "b"))])
    assert first == trust.fingerprint([Command(("make", "test")), Command(("x", "a b"))])
