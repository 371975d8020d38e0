"""What a command proves decides whether it is told before others."""

import pytest

from ai_sessions.memory.read_only_commands import is_read_only


@pytest.mark.parametrize(
    "command",
    [
        "ls",
        "/bin/ls -la src",
        "cd src && rg -n TODO | head -5",
        "sed -n 1,20p src/app.py",
        "git status --short",
        "git --no-pager log",
        "kubectl -n get get pods",
        "find . -name '*.py' 2>/dev/null",
        "cat a; cat b",
    ],
)
def test_what_shows_something_only_looks(command):
    assert is_read_only(command)


@pytest.mark.parametrize(
    "command",
    [
        "",
        "pytest -q",
        "cd src && make test",
        "cat a | ./import",
        "git push",
        "git",
        "sed -i s/a/b/ src/app.py",
        "echo done > flag",
        "find . -name '*.pyc' -delete",
        "kubectl -n staging rollout restart deployment/api",
    ],
)
def test_what_runs_builds_or_writes_proves_something(command):
    assert not is_read_only(command)
