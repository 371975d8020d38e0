"""Who answers: the flag, the command's own setting, the general one, else who is found."""

import pytest

from ai_sessions import config
from ai_sessions.config import POOL_KEYS
from ai_sessions.errors import ConfigError
from ai_sessions.providers.choosing import Choice, Wanted, choose

NOTHING = Wanted()


def chosen(wanted=NOTHING, installed="", command="plan", **settings) -> Choice:
    return choose(config.load(settings), command, wanted, lambda: installed)


@pytest.mark.parametrize(
    ("wanted", "provider"),
    [
        (Wanted("codex", preferred="opencode"), "codex"),
        (Wanted(preferred="opencode"), "gemini"),
    ],
)
def test_the_flag_beats_the_commands_setting_beats_the_general_one(wanted, provider):
    settings = {"AI_PROVIDER": "claude", "AI_PROVIDER_PLAN": "gemini"}

    assert chosen(wanted, **settings).provider == provider
    assert chosen(wanted, command="review", **settings).provider == (wanted.provider or "claude")


def test_who_is_preferred_beats_who_is_found_and_nothing_else():
    assert chosen(Wanted(preferred="codex"), "claude").provider == "codex"
    assert chosen(Wanted(preferred="codex"), AI_PROVIDER="claude").provider == "claude"


@pytest.mark.parametrize(
    ("wanted", "settings", "model"),
    [
        (Wanted(preferred="openai", its_model="m"), {}, "m"),
        (Wanted("openai", preferred="openai", its_model="m"), {}, "m"),
        (Wanted("claude", preferred="openai", its_model="m"), {}, ""),
        (Wanted(model="other", preferred="openai", its_model="m"), {}, "other"),
        (Wanted(preferred="openai", its_model="m"), {"AI_PROVIDER": "claude"}, ""),
        (Wanted(preferred="openai", its_model="m"), {"AI_MODEL_PLAN": "other"}, "other"),
        (
            Wanted("openai", preferred="openai", its_model="m"),
            {"AI_PROVIDER": "claude", "AI_MODEL": "opus"},
            "m",
        ),
    ],
    ids=["found", "named", "another", "flag", "set", "model-set", "model-of-another"],
)
def test_who_is_preferred_keeps_its_model_unless_one_is_named(wanted, settings, model):
    choice = chosen(wanted, **settings)

    assert (choice.model, choice.left) == (model, "")


@pytest.mark.parametrize(
    ("settings", "provider", "because"),
    [
        ({"OPENAI_BASE_URL": "http://h/v1"}, "openai", "OPENAI_BASE_URL"),
        ({"OPENAI_API_KEY": "k"}, "openai", "OPENAI_API_KEY"),
        ({"ANTHROPIC_BASE_URL": "http://h"}, "anthropic", "ANTHROPIC_BASE_URL"),
        ({"OPENAI_API_KEY": "k", "ANTHROPIC_API_KEY": "k"}, "anthropic", "ANTHROPIC_API_KEY"),
        ({"OPENAI_BASE_URL": "u", "ANTHROPIC_API_KEY": "k"}, "openai", "OPENAI_BASE_URL"),
        ({"LOCAL_MODEL_PATH": "m.gguf"}, "local", "LOCAL_MODEL_PATH"),
        ({"OPENAI_API_KEY": " "}, "", ""),
        ({}, "", ""),
    ],
)
def test_without_an_agent_an_address_or_a_key_is_enough(settings, provider, because):
    assert chosen(**settings) == Choice(provider, because=because)


def test_an_agent_that_is_installed_comes_before_every_key():
    assert chosen(installed="claude", ANTHROPIC_API_KEY="k") == Choice("claude")


@pytest.mark.parametrize(
    ("settings", "model"),
    [
        ({"AI_MODEL": "opus"}, "opus"),
        ({"AI_MODEL": "opus", "AI_MODEL_PLAN": "haiku"}, "haiku"),
        ({"AI_PROVIDER": "claude", "AI_PROVIDER_PLAN": "claude", "AI_MODEL": "opus"}, "opus"),
        ({"AI_PROVIDER_PLAN": "gemini", "AI_MODEL_PLAN": "flash", "AI_MODEL": "opus"}, "flash"),
    ],
)
def test_the_commands_own_model_comes_before_the_general_one(settings, model):
    assert chosen(installed="claude", **settings).model == model
    assert chosen(Wanted(model="given"), "claude", **settings).model == "given"


@pytest.mark.parametrize(
    ("wanted", "settings"),
    [
        (NOTHING, {"AI_PROVIDER_PLAN": "gemini"}),
        (NOTHING, {"AI_PROVIDER_PLAN": "gemini", "AI_PROVIDER": "claude"}),
        (Wanted("gemini"), {"AI_PROVIDER": "claude"}),
        (Wanted(preferred="gemini"), {}),
    ],
)
def test_a_model_of_one_provider_is_not_given_to_another(wanted, settings):
    found = chosen(wanted, "claude", AI_MODEL="opus", **settings)

    assert found == Choice("gemini", left="AI_MODEL=opus is for claude")


def test_a_model_alone_is_for_whoever_the_flag_names():
    assert chosen(Wanted("openai"), "claude", AI_MODEL="qwen") == Choice("openai", "qwen")


def test_a_commands_own_model_is_for_its_own_provider():
    settings = {"AI_PROVIDER_PLAN": "gemini", "AI_MODEL_PLAN": "flash"}

    assert chosen(Wanted("codex"), **settings).left == "AI_MODEL_PLAN=flash is for gemini"


@pytest.mark.parametrize(
    ("wanted", "settings", "among"),
    [
        (Wanted(model="auto"), {}, ""),
        (Wanted(model="auto"), {"AI_PROVIDER": "claude"}, ""),
        (Wanted("groq", "auto"), {}, "groq"),
        (NOTHING, {"AI_MODEL": "auto"}, ""),
        (NOTHING, {"AI_MODEL": "auto", "AI_PROVIDER": "groq"}, "groq"),
        (NOTHING, {"AI_MODEL_PLAN": "auto", "AI_PROVIDER_PLAN": "groq"}, "groq"),
        (Wanted(preferred="openrouter", its_model="m"), {"AI_MODEL": "auto"}, ""),
    ],
    ids=["flag", "flag-beats-setting", "of-one", "setting", "both", "of-command", "of-talk"],
)
def test_the_best_of_several_is_chosen_where_auto_is_the_model(wanted, settings, among):
    found = chosen(wanted, "claude", **settings)

    assert (found.provider, found.model, found.among) == ("auto", "auto", among)


@pytest.mark.parametrize(
    ("wanted", "settings", "provider", "model"),
    [
        (Wanted(model="opus"), {"AI_MODEL": "auto"}, "claude", "opus"),
        (Wanted("gemini"), {"AI_MODEL": "auto"}, "gemini", ""),
        (NOTHING, {"AI_MODEL": "auto", "AI_PROVIDER_PLAN": "gemini"}, "gemini", ""),
        (NOTHING, {"AI_MODEL": "auto", "AI_MODEL_PLAN": "opus"}, "claude", "opus"),
    ],
    ids=["model", "provider", "provider-of-command", "model-of-command"],
)
def test_who_is_named_is_asked_in_spite_of_auto(wanted, settings, provider, model):
    found = chosen(wanted, "claude", **settings)

    assert (found.provider, found.model) == (provider, model)


@pytest.mark.parametrize("name", POOL_KEYS)
def test_where_nobody_else_is_found_the_key_of_a_pool_is_enough(name):
    assert chosen(**{name: "k"}) == Choice("auto", "auto", name)
    assert chosen(installed="claude", **{name: "k"}).provider == "claude"
    assert chosen(OPENAI_API_KEY="k", **{name: "k"}).provider == "openai"


@pytest.mark.parametrize(
    ("wanted", "settings"), [(Wanted(model="opus"), {}), (NOTHING, {"AI_MODEL": "opus"})]
)
def test_a_model_that_is_of_no_pool_is_not_left_for_the_best(wanted, settings):
    assert chosen(wanted, GROQ_API_KEY="k", **settings).provider == ""


def test_a_slip_in_auto_free_is_no_model_of_anybody():
    with pytest.raises(ConfigError, match="auto:fre: no such choice"):
        chosen(Wanted(model="auto:fre"), "claude")


def test_auto_free_is_told_from_auto():
    assert chosen(Wanted(model="auto:free")).model == "auto:free"
