"""What a user knows of models: their own file, the keys and servers of pools."""

import json

import pytest

import openai_server
from ai_sessions import config
from ai_sessions.assemble import known_models, providers
from ai_sessions.catalog import models_file
from ai_sessions.errors import ConfigError
from ai_sessions.providers.contract import Request


@pytest.fixture
def own(tmp_path):
    """Settings with a file of one's own that says this."""

    def settings(said, **more):
        file = tmp_path / "models.json"
        file.write_text(json.dumps(said))
        return config.load({"AI_MODELS_FILE": str(file), **more})

    return settings


def test_the_file_beside_the_settings_counts_where_none_is_named(tmp_path):
    folder = tmp_path / "ai-sessions"
    folder.mkdir()
    (folder / "models.json").write_text('{"pools": {"groq": {"title": "Mine"}}}')

    found = known_models.catalog(config.load({}), {"XDG_CONFIG_HOME": str(tmp_path)})

    assert found.pools["groq"].title == "Mine"


def test_without_a_file_the_catalog_is_what_is_built_in(tmp_path):
    assert known_models.models_file(config.load({}), {"XDG_CONFIG_HOME": str(tmp_path)}) is None


def test_a_key_is_taken_from_its_setting_or_from_any_variable_that_a_pool_names(own):
    said = {"pools": {"lab": {"url": "http://lab.example/v1", "key_variable": "LAB_KEY"}}}
    settings = own(said, GROQ_API_KEY=" k-1 ")
    pools = known_models.catalog(settings, {}).pools

    assert known_models.key_of(settings, {}, pools["groq"]) == "k-1"
    assert known_models.key_of(settings, {"LAB_KEY": "k-2"}, pools["lab"]) == "k-2"
    assert known_models.key_of(settings, {}, pools["lab"]) == ""


def test_every_pool_with_a_server_is_a_provider():
    pools = known_models.catalog(config.load({}), {}).pools.values()

    assert [one.name for one in pools if one.url and one.name not in providers.PROVIDERS] == []


@pytest.mark.parametrize("name", ["openrouter", "groq"])
def test_without_its_key_a_pool_says_which_setting_to_set_and_where_to_get_one(name, tmp_path):
    made = providers.provider(config.load({}), {}, name)

    with pytest.raises(ConfigError, match=f"{name} needs a key: {name.upper()}_API_KEY") as caught:
        made.run(Request("hello", tmp_path, model="m"), lambda _event: None)

    assert "to be had at https://" in caught.value.hint


def test_a_pool_of_ones_own_is_a_provider_by_its_name(own, tmp_path):
    with openai_server.server() as server:
        settings = own({"pools": {"lab": {"url": f"{server.url}/v1"}}}, AI_PROVIDER="lab")
        providers.check_providers(settings, {})
        made = providers.provider(settings, {}, "lab")
        reply = made.run(Request("hello", tmp_path, model="m"), lambda _event: None)

    assert (made.name, reply.failure) == ("lab", None)
    assert reply.text


def test_a_pool_of_ones_own_cannot_take_the_name_of_another_provider(own):
    settings = own({"pools": {"openai": {"url": "http://lab.example/v1"}}})

    with pytest.raises(ConfigError, match="'openai' is not a name that is free"):
        known_models.catalog(settings, {})


def test_all_names_of_providers_are_pools_or_taken():
    pools = known_models.catalog(config.load({}), {}).pools

    assert set(providers.PROVIDERS) <= {*pools, *models_file.TAKEN}


def test_a_pool_is_asked_for_its_default_model_where_none_is_named(settings):
    assert providers.provider(settings, {}, "openrouter").quirks.edits_files is False
    with_key = config.load({"OPENROUTER_API_KEY": "k-1"})

    made = providers.provider(with_key, {}, "openrouter")

    assert made.default_model() == "openrouter/free"


def test_a_pool_knows_the_windows_of_its_models(own):
    said = {"models": [{"pool": "groq", "id": "mine", "window": 9000}]}
    made = providers.provider(own(said), {}, "groq")

    assert (made.window("mine"), made.window("openai/gpt-oss-120b")) == (9000, 131_072)
    assert made.window("new") is None


def test_of_a_server_that_is_no_pool_the_window_is_not_known():
    made = providers.provider(
        config.load({"OPENAI_BASE_URL": "http://127.0.0.1:1/v1"}), {}, "openai"
    )

    assert made.window("openai/gpt-oss-120b") is None
