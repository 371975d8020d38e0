"""The greeting at once: what the assistant says, or nothing."""

import io
import json

import pytest

from ai_sessions import config
from ai_sessions.cli.assistant import welcoming
from ai_sessions.cli.output import Output

LLAMA = "meta-llama/llama-3.2-3b-instruct:free"


@pytest.fixture
def greeted(here):
    """Whether somebody was greeted, and what was printed."""
    here.mkdir(mode=0o700)
    profile = {"user_name": "Declan", "assistant_name": "Brakel", "preferred_model": LLAMA}
    (here / "user_session.json").write_text(json.dumps(profile))

    def greet(**flags):
        out = Output(stdout=io.StringIO(), **flags)
        settings = config.of_user({"ASSISTANT_DIR": str(here)})
        return welcoming.greet(settings, out), out.stdout.getvalue()

    return greet


def test_it_is_what_the_assistant_says(greeted, cli, monkeypatch):
    is_greeted, line = greeted()
    monkeypatch.setattr(welcoming, "greet", lambda _settings, _out: False)

    assert is_greeted
    assert cli("assistant", "--greeting").out == line


def test_programs_are_told_more(greeted):
    assert greeted(json=True) == (False, "")


def test_where_the_user_has_models_of_their_own_they_count(greeted, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "ai-sessions").mkdir()
    (tmp_path / "ai-sessions/models.json").write_text("{}")

    assert greeted() == (False, "")
