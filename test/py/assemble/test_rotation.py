"""What `--model auto` chooses among, as it is set, and what is said where that is nothing."""

import pytest

from ai_sessions import config
from ai_sessions.assemble.rotation import rotation
from ai_sessions.errors import ConfigError

BOTH = "echo:one openrouter:deepseek/deepseek-r1:free"


@pytest.fixture
def made(tmp_path):
    """The rotation of these settings."""

    def make(asked="auto", among="", **more):
        known = config.load({"SESSION_DIR": str(tmp_path / "s"), "SESSION_FSYNC": "none", **more})
        return rotation(known, {}, asked, among)

    return make


def keys(found):
    return [place.model.key for place in found.places]


def test_the_users_list_is_chosen_among_in_its_order(made):
    found = made(AI_MODELS=BOTH)

    assert keys(found) == ["echo:one", "openrouter:deepseek/deepseek-r1:free"]
    assert (found.is_ordered, found.free_only, found.strategy.name) == (True, False, "paced")


def test_of_one_provider_alone_its_models_are_chosen_among(made):
    assert keys(made(among="echo", AI_MODELS=BOTH)) == ["echo:one"]


def test_the_strategy_is_the_one_that_is_set(made):
    assert made(AI_MODELS=BOTH, AI_STRATEGY="seed").strategy.name == "seed"


def test_auto_free_leaves_out_what_may_be_billed_and_says_so_again_to_the_filters(made):
    found = made("auto:free", AI_MODELS=f"groq:openai/gpt-oss-20b {BOTH}")

    assert keys(found) == ["echo:one", "openrouter:deepseek/deepseek-r1:free"]
    assert found.free_only


@pytest.mark.parametrize(
    ("asked", "among", "settings", "told"),
    [
        ("auto", "", {}, "no pool's key is set"),
        ("auto", "", {"AI_MODELS": "groq:openai/gpt-oss-20b"}, "no GROQ_API_KEY is set"),
        ("auto", "groq", {"AI_MODELS": BOTH}, "cannot choose among models of groq"),
        ("auto", "", {"AI_MODELS": BOTH, "AI_STRATEGY": "pace"}, "AI_STRATEGY='pace'"),
        ("auto:free", "", {"AI_MODELS": "groq:openai/gpt-oss-20b"}, "none of AI_MODELS is free"),
        ("auto:free", "", {"GROQ_API_KEY": "k"}, "no pool whose key is set has a model"),
    ],
    ids=["nothing", "no key", "other provider", "strategy", "paid list", "paid key"],
)
def test_where_there_is_nothing_to_choose_among_it_says_what_is_missing(
    made, monkeypatch, asked, among, settings, told
):
    monkeypatch.setattr("ai_sessions.assemble.model_lists.refresh", lambda *_given: {})
    with pytest.raises(ConfigError, match=told):
        made(asked, among, **settings)


def test_a_model_without_a_key_cannot_be_asked(made):
    found = made(AI_MODELS=BOTH)

    with pytest.raises(ConfigError, match="OPENROUTER_API_KEY is not set"):
        found.provider_of(found.places[1])
    assert found.provider_of(found.places[0]).name == "echo"
