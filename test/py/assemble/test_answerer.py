"""Who answers: the right provider for the settings, and clear words when there is none."""

from pathlib import Path

import pytest

from ai_sessions import catalog, config
from ai_sessions.assemble.answerer import answerer, model_warning
from ai_sessions.errors import ConfigError
from ai_sessions.providers.choosing import Wanted


def agent(folder: Path, name: str) -> dict[str, str]:
    """An environment in which `name` is installed, and nothing else."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("#!/bin/sh\n")
    (folder / name).chmod(0o755)
    return {"PATH": str(folder)}


def test_the_first_installed_agent_answers_whatever_keys_there_are(tmp_path):
    agent(tmp_path / "bin", "codex")
    environment = agent(tmp_path / "bin", "claude")
    settings = config.load({"ANTHROPIC_API_KEY": "k"})
    provider, choice = answerer(settings, environment, "plan", Wanted())

    assert (provider.name, choice.model, choice.because) == ("claude", "", "")


def test_without_an_agent_the_error_names_keys_and_the_demo(settings, tmp_path):
    with pytest.raises(ConfigError) as caught:
        answerer(settings, {"PATH": str(tmp_path)}, "plan", Wanted())

    assert caught.value.exit_code == 3
    assert "OPENAI_BASE_URL" in caught.value.hint
    assert "demo.sh" in caught.value.hint


@pytest.mark.parametrize(
    ("name", "provider", "model"),
    [("ANTHROPIC_API_KEY", "anthropic", "sonnet"), ("OPENAI_API_KEY", "openai", "gpt-5.4")],
)
def test_a_key_alone_is_enough_and_its_default_model_has_a_price(name, provider, model):
    settings = config.load({name: "k"})
    made, choice = answerer(settings, {"PATH": ""}, "plan", Wanted())

    assert (made.name, choice.model, choice.because) == (provider, model, name)
    assert catalog.load().model(choice.model)


KEY = "openrouter:deepseek/deepseek-r1:free"


@pytest.mark.parametrize(
    ("wanted", "settings"),
    [
        (Wanted(model=KEY), {}),
        (Wanted("openrouter", KEY), {}),
        (Wanted(model=KEY), {"AI_PROVIDER": "openai"}),
        (Wanted(), {"AI_MODEL": KEY}),
    ],
    ids=["flag", "with its provider", "over another provider's setting", "setting"],
)
def test_a_model_that_is_named_by_its_key_is_asked_at_its_pool(tmp_path, wanted, settings):
    known = config.load({"OPENROUTER_API_KEY": "k", **settings})
    made, choice = answerer(known, agent(tmp_path / "bin", "claude"), "plan", wanted)

    assert (made.name, choice.model) == ("openrouter", "deepseek/deepseek-r1:free")


def test_a_model_that_is_named_alone_is_asked_at_the_pool_whose_key_is_set():
    known = config.load({"GROQ_API_KEY": "k"})
    made, choice = answerer(known, {"PATH": ""}, "plan", Wanted(model="openai/gpt-oss-120b"))

    assert (made.name, choice.model) == ("groq", "openai/gpt-oss-120b")


def test_a_model_that_no_pool_with_a_key_serves_is_named():
    with pytest.raises(ConfigError, match="--model gpt-oss: no model 'gpt-oss' is known"):
        answerer(config.load({"GROQ_API_KEY": "k"}), {"PATH": ""}, "plan", Wanted(model="gpt-oss"))


@pytest.mark.parametrize(
    ("wanted", "settings"),
    [
        (Wanted("openai", "mistral:7b"), {}),
        (Wanted("openai", KEY), {}),
        (Wanted(model="mistral:7b"), {"AI_PROVIDER": "openai"}),
        (Wanted("openai", "qwen3:8b"), {}),
    ],
)
def test_a_provider_that_is_named_may_have_a_model_with_a_colon(wanted, settings):
    known = config.load({"OPENAI_BASE_URL": "http://127.0.0.1:9/v1", **settings})
    made, choice = answerer(known, {"PATH": ""}, "plan", wanted)

    assert (made.name, choice.model) == ("openai", wanted.model)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", ""),
        ("sonnet", ""),
        ("claude-sonnet-4-5", ""),
        ("my-own-model", ""),
        ("sonet", "did you mean sonnet?"),
        ("claude-sonet-4-5", "did you mean claude-sonnet-4-5?"),
    ],
)
def test_a_model_of_a_known_family_that_is_in_no_list_is_warned_about(name, said):
    warning = model_warning(config.load({}), name)

    assert said in warning
    assert bool(warning) == bool(said)


def test_a_model_with_a_price_of_the_user_is_not_warned_about():
    settings = config.load({"PRICES": "{gpt-mine: {input: 1}}"})

    assert model_warning(settings, "gpt-mine") == ""
