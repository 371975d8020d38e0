"""Ollama: an address, no key, no bill."""

import pytest

import openai_server
from ai_sessions.errors import ConfigError
from ai_sessions.providers.ollama import Ollama
from ai_sessions.records import Cost
from loopback import Turn


@pytest.fixture
def ask(request_of):
    """One call with this address (`{}`: the server's); the reply and the server."""

    def call(address="{}/v1", **more):
        with openai_server.server([Turn("4")]) as server:
            reply = Ollama(address.format(server.url)).run(request_of(model="qwen3", **more), print)
        return reply, server.seen

    return call


def test_an_answer_costs_nothing_and_needs_no_key(ask):
    reply, seen = ask()

    assert (reply.text, reply.cost, reply.failure) == ("4", Cost(0, "ollama"), None)
    assert reply.usage.total_tokens == 3520
    assert "authorization" not in seen[0].headers


@pytest.mark.parametrize("address", ["{}", "{}/", "{}/v1/"])
def test_an_address_may_be_that_of_ollama_itself(ask, address):
    assert ask(address)[1][0].path == "/v1/chat/completions"


def test_without_a_name_it_is_the_model_that_was_fetched_last():
    with openai_server.server(models=("nomic-embed-text", "qwen3:8b", "llama3.2")) as server:
        assert Ollama(server.url).default_model() == "qwen3:8b"


def test_one_without_a_model_says_how_to_get_one():
    with (
        openai_server.server(models=()) as server,
        pytest.raises(ConfigError, match="has no model") as caught,
    ):
        Ollama(server.url).default_model()

    assert caught.value.hint == "fetch one: ollama pull NAME"


def test_an_empty_address_is_never_that_of_somebody_else(request_of):
    for ask in (Ollama("").default_model, lambda: Ollama("").run(request_of(model="m"), print)):
        with pytest.raises(ConfigError, match="OLLAMA_BASE_URL is not set"):
            ask()


def test_a_server_that_is_away_is_told_with_its_address(request_of):
    reply = Ollama("http://127.0.0.1:9").run(request_of(model="m"), print)

    assert (reply.failure.status, reply.failure.refused) == ("network", True)
    assert reply.failure.hint == "check OLLAMA_BASE_URL, and that the server runs"
