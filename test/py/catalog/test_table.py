"""Which entry of the table a model's name means, in every spelling we have met."""

import pytest

from ai_sessions import catalog
from ai_sessions.catalog.table import Table, plain_name
from ai_sessions.errors import ConfigError


@pytest.fixture(scope="module")
def table() -> Table:
    return catalog.load()


@pytest.mark.parametrize(
    ("name", "provider", "model"),
    [
        ("sonnet", "anthropic", "claude-sonnet-5-5"),
        ("opus", "anthropic", "claude-opus-5-5"),
        ("haiku", "anthropic", "claude-haiku-5-5"),
        ("Sonnet[1m]", "anthropic", "claude-sonnet-5-5"),
        ("claude-sonnet-4-5", "anthropic", "claude-sonnet-4-5"),
        ("claude-sonnet-4-5-20250929", "anthropic", "claude-sonnet-4-5"),
        ("claude-sonnet-4-5@20250929", "anthropic", "claude-sonnet-4-5"),
        ("claude-sonnet-4-5-20250929[1m]", "anthropic", "claude-sonnet-4-5"),
        ("anthropic/claude-sonnet-4.5", "anthropic", "claude-sonnet-4-5"),
        ("anthropic/claude-fable-5.2", "anthropic", "claude-fable-5-2"),
        ("claude-fable-5.2", "anthropic", "claude-fable-5-2"),
        ("claude-fable-5-2@20261001", "anthropic", "claude-fable-5-2"),
        ("claude-opus-4-1-20250805", "anthropic", "claude-opus-4-1"),
        ("openai/gpt-5", "openai", "gpt-5"),
        ("gpt-5-2025-08-07", "openai", "gpt-5"),
        ("gpt-5.2-20251211", "openai", "gpt-5.2"),
        ("gpt-5.1-codex-max", "openai", "gpt-5.1"),
        ("codex-mini-latest", "openai", "codex-mini"),
        ("gemini/gemini-2.5-pro", "google", "gemini-2.5-pro"),
        ("models/gemini-2.5-pro", "google", "gemini-2.5-pro"),
        ("google/gemini-2.5-flash", "google", "gemini-2.5-flash"),
        ("vertex_ai/claude-sonnet-4-5@20250929", "google", "claude-sonnet-4-5"),
        ("azure/gpt-5", "openai", "gpt-5"),
        (
            "anthropic.claude-sonnet-4-5-20250929-v1:0",
            "aws",
            "regional.anthropic.claude-sonnet-4-5-20250929-v1:0",
        ),
        (
            "bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0",
            "aws",
            "regional.anthropic.claude-sonnet-4-5-20250929-v1:0",
        ),
        (
            "arn:aws:bedrock:eu-west-1:1:inference-profile/"
            "eu.anthropic.claude-sonnet-4-5-20250929-v1:0",
            "aws",
            "regional.anthropic.claude-sonnet-4-5-20250929-v1:0",
        ),
        ("qwen/qwen3-coder:free", "openrouter", "qwen/qwen3-coder:free"),
        (
            "google/gemini-2.0-flash-exp:free",
            "openrouter",
            "google/gemini-2.0-flash-exp:free",
        ),
        (
            "openrouter/anthropic/claude-sonnet-4.5",
            "openrouter",
            "anthropic/claude-sonnet-4.5",
        ),
        (
            "meta-llama/llama-3.3-70b-instruct",
            "openrouter",
            "meta-llama/llama-3.3-70b-instruct",
        ),
    ],
)
def test_a_name_is_found_in_every_spelling(table, name, provider, model):
    found = table.model(name)

    assert found is not None
    assert (found.provider, found.id) == (provider, model)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/",
        ":",
        "claude-of-tomorrow-9",
        "gpt-99",
        "openai/gpt-99",
        "nobody/nothing",
        "nobody/nothing:free",
        "<synthetic>",
        "demo",
        "llama3.2:3b",
        "deepseek-r1:7b",
        "gpt-oss:20b",
        "qwen2.5-coder:7b",
        "ollama/llama3.2:3b",
        "/models/qwen2.5-coder-0.5b.gguf",
        "mistral",
    ],
)
def test_an_unknown_or_local_model_is_not_taken_for_another(table, name):
    assert table.model(name) is None


def test_an_answer_does_not_depend_on_what_was_asked_before(table):
    assert table.model("gpt-99") is table.model("gpt-99") is None
    assert table.model("gpt-5").id == table.model("GPT-5 ").id == "gpt-5"


def test_the_window_is_known(table):
    found = table.model("claude-sonnet-4-5")

    assert found is not None
    assert found.window == 200_000


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        (" Claude-Sonnet-4-5[1M] ", "claude-sonnet-4-5"),
        ("publishers/anthropic/models/claude-opus-4-1", "claude-opus-4-1"),
        ("a/b", "a/b"),
    ],
)
def test_case_variant_and_path_are_left_out(name, plain):
    assert plain_name(name) == plain


def test_every_alias_means_a_model_that_is_in_the_table(table):
    aliases = catalog._read("aliases.json")

    assert len(aliases) > 5
    assert [alias for alias in aliases if table.model(alias) is None] == []


def test_a_rule_may_ask_for_several_things_at_once():
    entry = {"owns": ["&", "^a", "$z"], "models": [["a-to-z", None, None, {"input": "1"}]]}
    table = Table({"date": "2026-01-01", "source": "test", "providers": {"p": entry}}, {})

    assert table.model("a-to-z") is not None
    assert table.model("a-to-y") is None


def test_a_damaged_table_is_an_error_that_names_the_file():
    with pytest.raises(ConfigError, match="no-such-table"):
        catalog._read("no-such-table.json")
