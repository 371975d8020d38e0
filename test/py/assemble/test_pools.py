"""Where models may be asked for `auto`: as the user lists them, else the free ones with a key."""

import json

import pytest

from ai_sessions import config
from ai_sessions.assemble import pools, providers
from ai_sessions.errors import ConfigError


def keys(found):
    return [place.model.key for place in found]


def test_the_users_list_counts_in_its_order():
    settings = config.load(
        {
            "AI_MODELS": "groq:openai/gpt-oss-20b openrouter:deepseek/deepseek-r1:free",
            "GROQ_API_KEY": "k-1",
        }
    )

    first, second = pools.places(settings, {})

    assert (first.model.key, first.has_key) == ("groq:openai/gpt-oss-20b", True)
    assert (second.model.display_name, second.has_key) == ("DeepSeek R1", False)


def test_without_a_list_it_is_what_is_free_and_served_at_pools_with_a_key_the_last_resort_last():
    settings = config.load({"OPENROUTER_API_KEY": "k-1", "GROQ_API_KEY": "k-2"})

    found = pools.places(settings, {})

    assert {place.pool.name for place in found} == {"openrouter", "groq"}
    assert all(place.model.free or place.model.free_tier for place in found)
    assert all(place.has_key and not place.model.retired for place in found)
    assert keys(found)[-1] == "openrouter:openrouter/free"
    assert keys(found)[0].startswith("openrouter:")


def test_without_a_list_and_a_key_there_is_nothing_and_it_is_said_what_to_set():
    settings = config.load({})

    assert pools.places(settings, {}) == ()
    assert "GROQ_API_KEY" in pools.no_places(settings, {}).hint


def test_the_account_is_the_one_that_the_provider_itself_names():
    settings = config.load({"AI_MODELS": "groq:openai/gpt-oss-20b", "GROQ_API_KEY": "k-1"})

    (place,) = pools.places(settings, {})

    assert place.account == providers.provider(settings, {}, "groq").account
    assert len(place.account) == 8


def test_models_of_one_key_share_their_account_and_another_key_is_another_account():
    def account(key, model):
        settings = config.load({"AI_MODELS": f"groq:{model}", "GROQ_API_KEY": key})
        return pools.places(settings, {})[0].account

    assert account("k-1", "openai/gpt-oss-20b") == account("k-1", "new-model")
    assert account("k-1", "openai/gpt-oss-20b") != account("k-2", "openai/gpt-oss-20b")


@pytest.mark.parametrize(
    ("name", "is_free"),
    [("openrouter:new/one:free", True), ("openrouter:new/one", False), ("groq:new", False)],
)
def test_a_model_that_is_not_in_the_catalog_can_be_listed(name, is_free):
    (place,) = pools.places(config.load({"AI_MODELS": name}), {})

    assert (place.model.key, place.model.free, place.model.window) == (name, is_free, None)


def test_nothing_is_paid_with_auto_free():
    settings = config.load({"AI_MODELS": "openrouter:new/one openrouter:new/one:free echo:x"})

    assert keys(pools.places(settings, {}, "auto:free")) == ["openrouter:new/one:free", "echo:x"]


def test_with_auto_free_a_free_plan_does_not_count_unless_its_user_says_so(tmp_path):
    file = tmp_path / "models.json"
    file.write_text('{"pools": {"groq": {"is_free": true}}}')
    with_keys = {"GROQ_API_KEY": "k-1", "OPENROUTER_API_KEY": "k-2"}

    found = pools.places(config.load(with_keys), {}, "auto:free")
    own = pools.places(config.load({**with_keys, "AI_MODELS_FILE": str(file)}), {}, "auto:free")

    assert {place.pool.name for place in found} == {"openrouter"}
    assert {place.pool.name for place in own} == {"openrouter", "groq"}


def test_a_server_of_ones_own_can_be_listed_with_its_account():
    settings = config.load({"AI_MODELS": "openai:m", "OPENAI_BASE_URL": "http://127.0.0.1:1/v1"})

    (place,) = pools.places(settings, {})

    assert (place.pool.name, place.pool.url, place.model.id) == ("openai", "", "m")
    assert place.account == providers.provider(settings, {}, "openai").account


@pytest.mark.parametrize("name", ["claude:opus", "codex:gpt-5.4"])
def test_an_agent_is_refused_because_it_keeps_its_conversations(name):
    with pytest.raises(ConfigError, match="keeps its conversations itself") as caught:
        pools.places(config.load({"AI_MODELS": name}), {})

    assert caught.value.hint.startswith("leave it out")


def test_a_mistyped_name_is_refused_with_the_nearest():
    with pytest.raises(
        ConfigError, match="AI_MODELS: no model 'groc:openai/gpt-oss-20b'"
    ) as caught:
        pools.places(config.load({"AI_MODELS": "groc:openai/gpt-oss-20b"}), {})

    assert "did you mean groq:openai/gpt-oss-20b?" in caught.value.hint


def test_a_pool_of_ones_own_that_asks_for_no_key_has_one(tmp_path):
    file = tmp_path / "models.json"
    said = {
        "pools": {"lab": {"url": "http://lab.example/v1"}},
        "models": [{"pool": "lab", "id": "m", "free": True}],
    }
    file.write_text(json.dumps(said))

    found = pools.places(config.load({"AI_MODELS_FILE": str(file)}), {})

    assert keys(found) == ["lab:m"]


def test_a_model_that_is_listed_by_both_its_names_counts_once():
    listed = "deepseek/deepseek-r1:free openrouter:deepseek/deepseek-r1:free"

    assert keys(pools.places(config.load({"AI_MODELS": listed}), {})) == [
        "openrouter:deepseek/deepseek-r1:free"
    ]
