"""Lists of models in the forms of their servers."""

import pytest

import openai_server
import openrouter_server
from ai_sessions.errors import ProviderError
from ai_sessions.providers import model_lists

#: As openrouter.ai/docs/models describes a model, 2026-11-29.
OPENROUTER = {
    "id": "nvidia/nemotron-3-super-120b-a12b:free",
    "canonical_slug": "nvidia/nemotron-3-super-120b-a12b",
    "name": "NVIDIA: Nemotron 3 Super (free)",
    "created": 1773187200,
    "description": "A model.",
    "context_length": 262144,
    "architecture": {
        "modality": "text->text",
        "input_modalities": ["text"],
        "output_modalities": ["text"],
        "tokenizer": "Other",
        "instruct_type": None,
    },
    "pricing": {"prompt": "0", "completion": "0", "request": "0", "image": "0"},
    "top_provider": {"context_length": 262144, "max_completion_tokens": None},
    "per_request_limits": None,
    "supported_parameters": ["max_tokens", "response_format", "tools", "tool_choice"],
}


def row(**more):
    (found,) = model_lists.parsed({"data": [{**OPENROUTER, **more}]})
    return found


def test_openrouter_tells_name_window_price_and_what_a_model_can_do():
    assert row() == {
        "id": "nvidia/nemotron-3-super-120b-a12b:free",
        "display_name": "NVIDIA: Nemotron 3 Super",
        "window": 262144,
        "capabilities": ["text", "tools", "json"],
        "free": True,
    }


def test_a_model_that_takes_images_can_see():
    architecture = {"input_modalities": ["image", "text"], "output_modalities": ["text"]}

    assert row(architecture=architecture)["capabilities"] == ["text", "tools", "vision", "json"]


def test_a_model_of_which_nothing_more_is_told_can_write_text_alone():
    assert row(supported_parameters=["max_tokens"])["capabilities"] == ["text"]


@pytest.mark.parametrize(
    "pricing",
    [
        {"prompt": "0.0000001", "completion": "0"},
        {"prompt": "0", "completion": "0.0000004"},
        {"prompt": "0", "completion": "0", "request": "0.01"},
        {"prompt": "-1", "completion": "-1"},
        {"prompt": "free", "completion": "free"},
    ],
)
def test_a_price_that_is_not_0_or_varies_is_not_free(pricing):
    assert row(pricing=pricing)["free"] is False


def test_what_costs_nothing_under_a_name_that_promises_nothing_may_be_billed_tomorrow():
    preview = row(id="stealth/preview")

    assert (preview["free"], preview["free_tier"]) == (False, True)


@pytest.mark.parametrize("pricing", [None, {}, {"prompt": "0"}])
def test_without_prices_nobody_knows_whether_it_is_free(pricing):
    assert "free" not in row(pricing=pricing)


def test_groq_tells_the_window_and_mistral_what_a_model_can_do():
    told = [
        {"id": "openai/gpt-oss-20b", "object": "model", "active": True, "context_window": 131072},
        {
            "id": "mistral-small-latest",
            "name": "mistral-small-latest",
            "max_context_length": 262144,
            "capabilities": {"completion_chat": True, "function_calling": True, "vision": False},
        },
    ]

    assert model_lists.parsed({"data": told}) == [
        {"id": "openai/gpt-oss-20b", "window": 131072},
        {
            "id": "mistral-small-latest",
            "window": 262144,
            "capabilities": ["text", "tools", "json"],
        },
    ]


def test_googles_names_lose_their_folder():
    (found,) = model_lists.parsed({"data": [{"id": "models/gemini-3.5-flash-lite"}]})

    assert found == {"id": "gemini-3.5-flash-lite"}


@pytest.mark.parametrize(
    "other",
    [
        {"id": "text-embedding-3-small"},
        {"id": "whisper-large-v3"},
        {"id": "nvidia/nemotron-3.5-content-safety:free"},
        {"id": "meta-llama/llama-guard-4-12b"},
        {"id": "m", "active": False},
        {"id": "m", "architecture": {"output_modalities": ["image", "text"]}},
        {"id": "m", "capabilities": {"completion_chat": False}},
        {"id": ""},
        {"id": 7},
        {"id": "two\nlines"},
        {"name": "no id"},
        "m",
        None,
    ],
)
def test_what_does_not_chat_and_what_is_no_row_is_left_out(other):
    assert model_lists.parsed({"data": [other, {"id": "kept"}]}) == [{"id": "kept"}]


@pytest.mark.parametrize("window", [0, -1, "many", True, None, 1 << 50])
def test_a_window_that_is_none_is_not_known(window):
    assert "window" not in row(context_length=window)


@pytest.mark.parametrize("body", [None, 7, "x", {}, {"data": None}, {"data": {}}, []])
def test_what_is_no_list_has_no_models(body):
    assert model_lists.parsed(body) == []


def test_a_model_that_stands_twice_counts_once():
    assert model_lists.parsed([{"id": "m"}, {"id": "m", "context_window": 5}]) == [
        {"id": "m", "window": 5}
    ]


def test_a_server_is_asked_with_the_key():
    with openrouter_server.server({"a/b:free": (), "c/d": ()}) as server:
        found = model_lists.fetched(f"{server.url}/api/v1", "k-1", 5.0)

    assert [(one["id"], one["free"]) for one in found] == [("a/b:free", True), ("c/d", False)]


def test_a_server_that_lists_nothing_is_an_error():
    with openai_server.server(models=()) as server, pytest.raises(ProviderError, match="is one"):
        model_lists.fetched(f"{server.url}/v1", "", 5.0)


def test_a_server_that_is_not_there_is_an_error_in_one_line():
    with pytest.raises(ProviderError, match="lists no models: ") as caught:
        model_lists.fetched("http://127.0.0.1:9/v1", "k-1", 5.0)

    assert "\n" not in caught.value.message


def test_a_key_that_no_header_can_hold_is_not_sent():
    with openai_server.server() as server, pytest.raises(ProviderError, match="no key has"):
        model_lists.fetched(f"{server.url}/v1", "k…", 5.0)


def test_a_key_that_is_in_what_went_wrong_is_not_shown():
    with openai_server.server() as server, pytest.raises(ProviderError) as caught:
        model_lists.fetched(f"{server.url}/k-secret#", "k-secret", 5.0)

    _url, _, why = caught.value.message.partition(" lists no models: ")
    assert "404" in why
    assert "k-secret" not in why


def test_a_list_that_does_not_end_is_given_up(monkeypatch):
    monkeypatch.setattr(model_lists, "_MOST_BYTES", 10)
    with openai_server.server() as server, pytest.raises(ProviderError, match="too long"):
        model_lists.fetched(f"{server.url}/v1", "", 5.0)
