"""The assistant of a user's own settings."""

import json

import pytest

from ai_sessions.assemble.assistant import of_user
from ai_sessions.errors import ConfigError

LLAMA = "meta-llama/llama-3.2-3b-instruct:free"


@pytest.fixture
def environment(tmp_path):
    return {
        "ASSISTANT_DIR": str(tmp_path / "me"),
        "SESSION_DIR": str(tmp_path / "sessions"),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "SESSION_FSYNC": "none",
    }


def test_it_lives_where_the_settings_say(environment, tmp_path):
    of_user(environment).create("Declan", "Brakel", "1")
    of_user(environment).record(LLAMA, 100, 500, True)

    assert json.loads((tmp_path / "me/user_session.json").read_text())["user_name"] == "Declan"
    assert json.loads((tmp_path / "me/model_usage.json").read_text())[LLAMA]["total_tokens"] == 100


def test_asking_who_is_known_makes_nothing(environment, tmp_path):
    assert of_user(environment).profile() is None
    assert list(tmp_path.iterdir()) == []


def test_with_a_key_the_models_of_its_pool_are_chosen_among(environment):
    found = of_user({**environment, "GROQ_API_KEY": "key"}).suggest()

    assert {one.model.partition(":")[0] for one in found.ranked} == {"groq"}


def test_the_user_s_own_list_is_never_left(environment):
    wanted = f"openrouter:{LLAMA} groq:llama-3.3-70b-versatile"
    keys = {"OPENROUTER_API_KEY": "one", "GROQ_API_KEY": "two"}

    found = of_user({**environment, **keys, "AI_MODELS": wanted}).suggest()

    assert sorted(one.model for one in found.ranked) == sorted(wanted.split())


def test_a_strategy_that_nobody_knows_is_an_error(environment):
    with pytest.raises(ConfigError, match="sead"):
        of_user({**environment, "AI_STRATEGY": "sead"}).suggest()


def test_an_unknown_model_of_a_key_counts_for_its_account(environment):
    assistant = of_user({**environment, "OPENROUTER_API_KEY": "key"})

    assistant.record("new/model:free", 10, 20, True)

    windows = assistant.statistics().windows
    assert {one.used for one in windows if one.period == "day" and one.unit == "requests"} == {1}
