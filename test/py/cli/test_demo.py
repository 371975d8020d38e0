"""`demo` hands over to its script, with how the user called us, or says in one line why not."""

import json
import os

import pytest

from ai_sessions.config import ROOT


@pytest.fixture
def handed(monkeypatch):
    """What the process would have become: (program, words, environment)."""
    calls = []
    monkeypatch.setattr(os, "execvpe", lambda *given: calls.append(given))
    return calls


@pytest.mark.parametrize("flag", ["--json", "--quiet"])
def test_a_program_gets_no_demo(cli, root, handed, flag):
    answer = cli("demo", flag)

    assert (answer.code, handed) == (2, [])
    text = json.loads(answer.out)["error"]["message"] if flag == "--json" else answer.err
    assert "the demo is for people" in text


def test_a_wrong_setting_is_told_before_anything_begins(cli, root, handed, monkeypatch):
    monkeypatch.setenv("AI_TIMEOUT", "soon")

    assert (cli("demo").code, handed) == (3, [])


def test_without_bash_it_says_what_to_install(cli, root, monkeypatch):
    def missing(*_given):
        raise FileNotFoundError("bash")

    monkeypatch.setattr(os, "execvpe", missing)
    answer = cli("demo")

    assert answer.code == 3
    assert answer.err.startswith("error: bash is not installed\nhint: install it")


def test_the_script_is_told_how_the_user_called_us(cli, root, handed, monkeypatch):
    monkeypatch.setenv("_AI_SESSIONS_CALLED", "./scripts/")
    cli("demo")

    ((program, words, environment),) = handed
    assert (program, words) == ("bash", ["bash", os.path.join(ROOT, "scripts", "demo.sh")])
    assert environment["_AI_SESSIONS_CALLED"] == "./scripts/"
    assert environment["SESSION_DIR"] == str(root)
