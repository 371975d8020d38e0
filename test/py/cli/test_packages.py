"""An environment without its packages is set up once more, and never twice in one command."""

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from ai_sessions.cli import packages
from ai_sessions.cli.called import VARIABLE


@pytest.fixture
def become(monkeypatch):
    """As `launch.py` is started in a checkout; what the process would have become."""
    calls = []
    monkeypatch.setattr(packages.sys, "flags", SimpleNamespace(no_site=1))
    monkeypatch.setattr(os, "execve", lambda *given: calls.append(given))
    monkeypatch.delenv(packages._REPAIRED, raising=False)
    return calls


@pytest.fixture
def set_up(monkeypatch):
    """What was run to set it up, and how that ends."""
    run = SimpleNamespace(words=[], code=0)
    monkeypatch.setattr(subprocess, "call", lambda words: run.words.append(words) or run.code)
    return run


def test_an_installed_package_is_not_set_up(become, set_up, monkeypatch):
    monkeypatch.setattr(packages, "_BOOTSTRAP", "/nowhere/bootstrap.py")
    packages.repair("")

    assert (set_up.words, become) == ([], [])


def test_a_process_with_its_own_packages_is_not_set_up(become, set_up, monkeypatch):
    monkeypatch.setattr(packages.sys, "flags", SimpleNamespace(no_site=0))
    packages.repair("")

    assert (set_up.words, become) == ([], [])


def test_what_did_not_help_is_not_tried_again(become, set_up, monkeypatch):
    monkeypatch.setenv(packages._REPAIRED, "1")
    packages.repair("")

    assert (set_up.words, become) == ([], [])


def test_a_set_up_that_fails_leaves_the_error_to_the_command(become, set_up):
    set_up.code = 1
    packages.repair("")

    assert len(set_up.words) == 1
    assert become == []


def test_the_same_command_begins_anew_and_knows_how_it_was_called(become, set_up, monkeypatch):
    monkeypatch.setattr(sys, "orig_argv", ["python", "-I", "-S", "launch.py", "plan", "x"])
    packages.repair("./scripts/")

    ((base, *words),) = set_up.words
    assert os.path.isabs(base)
    assert (words[0], words[2]) == ("-I", "--core")
    assert os.path.isfile(words[1])
    ((program, again, environment),) = become
    assert again == [program, "-I", "-S", "launch.py", "plan", "x"]
    assert (environment[packages._REPAIRED], environment[VARIABLE]) == ("1", "./scripts/")
    assert environment["PATH"] == os.environ["PATH"]
