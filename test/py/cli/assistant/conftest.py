"""A person whose home folder is empty, and a model that answers."""

import pytest
from scripted import Plain

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
def plain(root, monkeypatch):
    """A model that is asked, and the way to give its answers."""
    made = Plain()
    monkeypatch.setitem(providers.PROVIDERS, "plain", lambda _settings, _environment: made)
    monkeypatch.setenv("AI_PROVIDER", "plain")
    return made
