"""`ai-session.sh models`: what is here, and fetching more."""

import hashlib
import json

import pytest

import openai_server
import openrouter_server
from ai_sessions.store.files import FileStore
from file_server import FileServer

DATA = b"GGUF and so on"
SHA256 = hashlib.sha256(DATA).hexdigest()


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("LOCAL_MODELS_DIR", raising=False)
    for name in ("HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    return tmp_path / "cache" / "ai-sessions" / "models"


@pytest.fixture
def server():
    with FileServer(DATA) as running:
        yield running


def test_a_model_is_pulled_from_a_url_and_listed(cli, server, cache):
    pulled = cli("models", "pull", f"{server.url}/tiny.gguf", "--sha256", SHA256)
    listed = cli("models", "list")

    assert (pulled.code, pulled.out) == (0, f"{cache / 'tiny.gguf'}\n")
    assert "AI_MODEL=tiny" in pulled.err
    assert listed.out.splitlines()[0].split() == ["tiny", "0", "MB", "here"]


def test_a_name_of_the_catalog_is_fetched_from_the_mirror_and_checked(cli, server, cache):
    told = cli("models", "pull", "qwen2.5-coder-0.5b", "--base-url", server.url)

    assert told.code == 1
    assert "thrown away" in told.err
    assert server.asked[0][0].endswith("/qwen2.5-coder-0.5b-instruct-q8_0.gguf")
    assert list(cache.glob("*.gguf")) == []


def test_the_list_is_one_object_with_json(cli):
    said = json.loads(cli("models", "list", "--json").out)

    names = [model["name"] for model in said["models"]]
    assert "qwen2.5-coder-0.5b" in names
    assert {model["path"] for model in said["models"]} == {""}


@pytest.fixture
def openrouter(tmp_path, monkeypatch):
    """OpenRouter's address is that of a server on this machine; returns how to name it."""

    def at(url):
        file = tmp_path / "models.json"
        file.write_text(json.dumps({"pools": {"openrouter": {"url": url}}}))
        monkeypatch.setenv("AI_MODELS_FILE", str(file))
        monkeypatch.setenv("OPENROUTER_API_KEY", "k-1")

    return at


def rows(said):
    return {line.split()[0]: " ".join(line.split()[1:]) for line in said.splitlines() if line}


def test_models_of_pools_are_listed_with_what_they_need(cli):
    listed = rows(cli("models", "list").out)

    assert listed["groq:openai/gpt-oss-20b"].startswith("131,072 free plan needs GROQ_API_KEY")
    assert "free gone since 2026-03-22" in listed["openrouter:deepseek/deepseek-r1:free"]


def test_with_a_key_its_list_is_asked_for_and_what_costs_something_is_left_out(cli, openrouter):
    with openrouter_server.server({"new/one:free": (), "dear/one": ()}) as server:
        openrouter(f"{server.url}/api/v1")
        listed = rows(cli("models", "list").out)
        everything = rows(cli("models", "list", "--all").out)

    assert "free ready" in listed["openrouter:new/one:free"]
    assert "free last resort" in listed["openrouter:openrouter/free"]
    assert "gone since" in listed["openrouter:openai/gpt-oss-20b:free"]
    assert "openrouter:dear/one" not in listed
    assert "openrouter:dear/one" in everything


def test_only_those_that_cost_nothing_are_listed_with_free(cli, tmp_path, monkeypatch):
    file = tmp_path / "models.json"
    file.write_text('{"models": [{"pool": "groq", "id": "dear"}]}')
    monkeypatch.setenv("AI_MODELS_FILE", str(file))

    assert "groq:dear" in rows(cli("models", "list").out)
    assert "groq:dear" not in rows(cli("models", "list", "--free").out)


def test_a_provider_that_does_not_list_its_models_is_named_beside_what_is_known(cli, openrouter):
    openrouter("http://127.0.0.1:9/v1")
    told = cli("models", "list", "--refresh")

    assert told.code == 0
    assert "openrouter: http://127.0.0.1:9/v1 lists no models" in told.err
    assert "openrouter:openrouter/free" in rows(told.out)


def test_pools_and_their_models_are_in_the_json(cli, openrouter):
    with openrouter_server.server({"new/one:free": ()}) as server:
        openrouter(f"{server.url}/api/v1")
        said = json.loads(cli("models", "list", "--json").out)

    (new,) = [one for one in said["served"] if one["key"] == "openrouter:new/one:free"]
    assert (new["free"], new["is_listed"], new["retired"]) == (True, True, "")
    pools = {one["name"]: one for one in said["pools"]}
    assert (pools["openrouter"]["has_key"], pools["groq"]["has_key"]) == (True, False)
    assert pools["openrouter"]["limits"][0]["amount"] == 20
    assert "k-1" not in json.dumps(said)


def test_a_wrong_value_in_the_file_of_models_is_one_line(cli, tmp_path, monkeypatch):
    file = tmp_path / "models.json"
    file.write_text('{"pools": {"groq": {"url": "nowhere"}}}')
    monkeypatch.setenv("AI_MODELS_FILE", str(file))
    told = cli("models", "list")

    assert told.code == 3
    assert told.err.splitlines()[0] == (
        f"error: {file}: pools: groq: url: 'nowhere' is not a URL such as http://127.0.0.1:8080/v1"
    )


def test_openrouter_answers_without_a_model_named(cli, openrouter, root):
    with openai_server.server() as server:
        openrouter(f"{server.url}/v1")
        told = cli("chat", "notes", "What is a heron?", "--provider", "openrouter")

    assert (told.code, told.out) == (0, "OK\n")
    (seen,) = server.seen
    assert seen.body["model"] == "openrouter/free"
    assert seen.headers["authorization"] == "Bearer k-1"
    last = list(FileStore(root).entries("notes"))[-1]
    assert (last.provider, last.status) == ("openrouter", "ok")


def test_openrouter_without_its_key_says_what_to_set(cli, monkeypatch):
    monkeypatch.delenv("OPENROUTER_API_KEY", raising=False)
    told = cli("chat", "notes", "Hello", "--provider", "openrouter")

    assert told.code == 3
    assert "openrouter needs a key: OPENROUTER_API_KEY is not set" in told.err


def test_a_url_without_a_sum_is_a_usage_error(cli):
    told = cli("models", "pull", "https://models.example/x.gguf")

    assert told.code == 2
    assert "--sha256" in told.err
