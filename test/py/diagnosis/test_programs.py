"""git, its identity, Python and bash: what is there, and how to get what is not."""

import pytest

from ai_sessions.compiled import library
from ai_sessions.diagnosis import programs


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A PATH with git and bash of our making; nobody has told git a name."""
    for name in ("GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL", "GIT_AUTHOR_NAME", "EMAIL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for name, told in {"git": "git version 2.99.1", "bash": "GNU bash, version 5.9(1) (x)"}.items():
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\necho '{told}'\n")
        path.chmod(0o755)
    return tmp_path


def found(place, path=None):
    environment = {"PATH": str(path or place)}
    return {check.name: check for check in programs.programs(environment, place)}


def test_each_is_told_with_its_version_and_place(place, monkeypatch):
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Ada")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "ada@example.com")
    checks = found(place)

    assert checks["git"].detail == f"2.99.1 ({place}/git)"
    assert checks["bash"].detail == f"5.9(1) ({place}/bash)"
    assert checks["identity"].detail == "Ada <ada@example.com>"
    assert {check.status for check in checks.values()} == {"ok"}


def test_without_an_identity_it_says_what_to_type(place):
    identity = found(place)["identity"]

    assert identity.status == "missing"
    assert identity.hint.startswith('git config --global user.name "Your Name"; git config')


def test_without_git_nobody_is_asked_for_an_identity(place):
    checks = found(place, place / "empty")

    assert (checks["git"].status, checks["bash"].status) == ("missing", "missing")
    assert "identity" not in checks
    assert checks["git"].hint == "apt-get install git, or: brew install git"


def test_what_reads_logs_is_told_and_why(place, monkeypatch):
    monkeypatch.setattr(library, "loaded", lambda: None)
    without = found(place)["imports"]
    (place / "cc").touch(0o755)
    not_made = found(place)["imports"]
    monkeypatch.setattr(library, "loaded", object)
    made = found(place)["imports"]

    assert {one.status for one in (without, not_made, made)} == {"ok"}
    assert "no C compiler (cc)" in without.detail
    assert "was not made" in not_made.detail
    assert made.detail.startswith("compiled scan of agents' logs (/")
