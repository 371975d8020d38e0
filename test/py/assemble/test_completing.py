"""Who answers a program, and what it can ask."""

import pytest

import anthropic_server
import openai_server
from ai_sessions import config
from ai_sessions.assemble import completing
from ai_sessions.errors import ConfigError
from ai_sessions.providers.choosing import Wanted

NOBODY = "http://127.0.0.1:9/v1"
NO_PATH = {"PATH": ""}


@pytest.fixture
def asked(tmp_path):
    """Names of who is asked, and what the first of them is: its provider and model, or why not."""

    def found(provider="", model="", **values):
        settings = config.load({"SESSION_DIR": str(tmp_path), "OLLAMA_BASE_URL": NOBODY, **values})
        named = Wanted(provider, model)
        answerers = completing.answerers(settings, {**NO_PATH, **values}, named, print)
        try:
            made, chosen = answerers[0].made()
        except ConfigError as error:
            return [one.name for one in answerers], error.message
        return [one.name for one in answerers], (made.name, chosen)

    return found


def test_without_a_name_those_of_llm_fallback_are_asked_in_their_order(asked):
    assert asked() == (["anthropic", "ollama"], ("anthropic", "sonnet"))
    assert asked(LLM_FALLBACK="openai:gpt-5.4") == (["openai:gpt-5.4"], ("openai", "gpt-5.4"))


def test_a_key_of_another_vendor_is_no_reason_to_ask_it(asked):
    names, _first = asked(OPENAI_API_KEY="k", GROQ_API_KEY="k")

    assert names == ["anthropic", "ollama"]


@pytest.mark.parametrize(
    ("named", "settings", "first", "made"),
    [
        (("", "gpt-5.4"), {"OPENAI_API_KEY": "k"}, "gpt-5.4", ("openai", "gpt-5.4")),
        (("", "claude-haiku-4-5"), {}, "claude-haiku-4-5", ("anthropic", "claude-haiku-4-5")),
        (("", "haiku"), {"OPENAI_BASE_URL": NOBODY}, "haiku", ("anthropic", "haiku")),
        (("openai", "my-own"), {}, "openai:my-own", ("openai", "my-own")),
        (("echo", ""), {}, "echo", ("echo", "")),
        (("", "my-own"), {"OPENAI_BASE_URL": NOBODY}, "my-own", ("openai", "my-own")),
        (("", "llama3.2:3b"), {}, "llama3.2:3b", ("ollama", "llama3.2:3b")),
        (("", "groq:x/y"), {"GROQ_API_KEY": "k"}, "groq:x/y", ("groq", "x/y")),
        (("", "x"), {"AI_PROVIDER": "echo"}, "echo:x", ("echo", "x")),
        (("", ""), {"AI_PROVIDER_CHAT": "echo"}, "echo", ("echo", "")),
        (("", ""), {"AI_MODEL": "gpt-5.4"}, "gpt-5.4", ("openai", "gpt-5.4")),
        (("", ""), {"AI_MODEL": "auto", "GROQ_API_KEY": "k"}, "auto", ("auto", "auto")),
        (("", "auto"), {"GROQ_API_KEY": "k"}, "auto", ("auto", "auto")),
    ],
)
def test_the_model_that_is_named_is_asked_first(asked, named, settings, first, made):
    assert asked(*named, **settings) == ([first, "anthropic", "ollama"], made)


def test_a_model_of_openrouter_s_form_is_none_of_its_vendor(asked):
    names, first = asked("", "openai/gpt-oss-120b", LLM_FALLBACK="anthropic")

    assert names == ["openai/gpt-oss-120b", "anthropic"]
    assert first == "nobody is known to have a model 'openai/gpt-oss-120b'"


def test_who_is_named_is_not_asked_twice(asked):
    assert asked("anthropic") == (["anthropic", "ollama"], ("anthropic", "sonnet"))


@pytest.mark.parametrize(
    ("named", "settings", "told"),
    [
        (("antropic", ""), {}, "provider: no provider 'antropic'"),
        (("", ""), {"LLM_FALLBACK": "anthropic olama:x"}, "LLM_FALLBACK: no provider 'olama'"),
        (("", ""), {"LLM_FALLBACK": "none"}, "no model is named, and LLM_FALLBACK=none"),
    ],
)
def test_a_name_that_nobody_has_is_refused(asked, named, settings, told):
    with pytest.raises(ConfigError) as caught:
        asked(*named, **settings)

    assert caught.value.message == told
    assert caught.value.hint


def test_what_can_be_asked_now_is_what_answers(tmp_path):
    models = ("qwen3", "nomic-embed-text")
    with openai_server.server(models=models) as ollama, anthropic_server.server() as anthropic:
        addresses = {"OLLAMA_BASE_URL": ollama.url, "ANTHROPIC_BASE_URL": anthropic.url}
        away = {"OPENAI_BASE_URL": NOBODY, "SESSION_DIR": str(tmp_path)}
        found = completing.available(config.load({**addresses, **away}), NO_PATH)

    assert found == ["anthropic:claude-opus-4-5", "anthropic:claude-haiku-4-5", "ollama:qwen3"]


def test_an_agent_that_is_installed_can_be_asked(tmp_path):
    agent = tmp_path / "codex"
    agent.write_text("#!/bin/sh\n")
    agent.chmod(0o755)
    settings = config.load({"SESSION_DIR": str(tmp_path), "OLLAMA_BASE_URL": NOBODY})

    assert completing.available(settings, {"PATH": str(tmp_path)}) == ["codex"]


def test_models_of_servers_take_tools_and_agents_do_not(tmp_path):
    settings = config.load({"SESSION_DIR": str(tmp_path)})
    names = ["claude", "openai:gpt-5.4", "nobody:x", "echo", "groq:one", "anthropic:sonnet"]

    found = completing.taking_tools(settings, NO_PATH, names)

    assert found == ["openai:gpt-5.4", "groq:one", "anthropic:sonnet"]
