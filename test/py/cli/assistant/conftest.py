"""A person whose home folder is empty, and a model that answers."""

import json

import pytest
from scripted import Plain

import openrouter_server
from ai_sessions.assemble import providers


@pytest.fixture
def here(root, tmp_path, monkeypatch):
    """The folder of the assistant, not made yet."""
    monkeypatch.setenv("ASSISTANT_DIR", str(tmp_path / "me"))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    return tmp_path / "me"


@pytest.fixture
def met(here, cli):
    """The assistant knows Declan, and is called Brakel."""
    words = ("--name", "Declan", "--assistant", "Brakel", "--model", "2")
    assert cli("assistant", "--init", *words).code == 0
    return here


@pytest.fixture
def openrouter(root, tmp_path, monkeypatch):
    """Begin an account of OpenRouter with the turns of its models, which are all there are."""
    servers = []

    def begin(models, **account):
        server = openrouter_server.server(models, **account).__enter__()
        servers.append(server)
        pools = {"openrouter": {"url": f"{server.url}/api/v1"}}
        (tmp_path / "models.json").write_text(json.dumps({"pools": pools}))
        monkeypatch.setenv("AI_MODELS_FILE", str(tmp_path / "models.json"))
        monkeypatch.setenv("AI_MODELS", " ".join(f"openrouter:{name}" for name in models))
        monkeypatch.setenv("OPENROUTER_API_KEY", openrouter_server.KEY)
        return server

    yield begin
    for server in servers:
        server.__exit__()


@pytest.fixture
def plain(root, monkeypatch):
    """A model that is asked, and the way to give its answers."""
    made = Plain()
    monkeypatch.setitem(providers.PROVIDERS, "plain", lambda _settings, _environment: made)
    monkeypatch.setenv("AI_PROVIDER", "plain")
    return made
