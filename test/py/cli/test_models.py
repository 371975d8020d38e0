"""`ai-session.sh models`: what is here, and fetching more."""

import hashlib
import json

import pytest

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


def test_a_url_without_a_sum_is_a_usage_error(cli):
    told = cli("models", "pull", "https://models.example/x.gguf")

    assert told.code == 2
    assert "--sha256" in told.err
