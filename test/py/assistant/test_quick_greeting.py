"""The greeting from two files alone is the one that the assistant gives."""

import json
from pathlib import Path

import pytest

from ai_sessions.assistant import quick_greeting
from ai_sessions.errors import ConfigError

LLAMA = "meta-llama/llama-3.2-3b-instruct:free"


@pytest.fixture
def put(folder):
    def profile(**facts):
        Path(folder.path).mkdir(mode=0o700)
        told = {"user_name": "Declan", "assistant_name": "Brakel", **facts}
        Path(folder.place("user_session.json")).write_text(json.dumps(told))
        return folder

    return profile


@pytest.mark.parametrize("name", [LLAMA, f"openrouter:{LLAMA}"])
def test_who_is_known_is_greeted(put, name):
    found = quick_greeting.greeted(put(preferred_model=name))

    assert found == "Welcome back, Declan! I'm Brakel, powered by Meta Llama 3.2 3B"


@pytest.mark.parametrize("name", ["", "deepseek/deepseek-r1:free", "a/model:free"])
def test_a_model_that_takes_more_is_left_to_the_assistant(put, name):
    assert quick_greeting.greeted(put(preferred_model=name)) == ""


def test_nobody_is_left_to_the_assistant(folder):
    assert quick_greeting.greeted(folder) == ""


def test_a_profile_that_is_none_is_told(put):
    with pytest.raises(ConfigError):
        quick_greeting.greeted(put(preferred_model=LLAMA, favorite_models=3))
