"""Constants that programs import by name."""

import importlib

from ai_sessions.library import constants


def test_a_program_may_name_the_model_of_its_examples(monkeypatch):
    monkeypatch.setenv("CHUK_DEFAULT_MODEL", "mine")
    assert importlib.reload(constants).DEFAULT_TOKEN_MODEL == "mine"

    monkeypatch.setenv("CHUK_DEFAULT_MODEL", "")
    assert importlib.reload(constants).DEFAULT_TOKEN_MODEL == "gpt-4o-mini"
