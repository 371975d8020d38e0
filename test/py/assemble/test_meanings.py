"""What finds by meaning: by the setting SEMANTIC, and by what is installed."""

import pytest

from ai_sessions import config, embeddings
from ai_sessions.assemble import meanings
from ai_sessions.config import extras
from ai_sessions.errors import ConfigError


@pytest.fixture
def made(monkeypatch):
    """Whether there is any with a value of SEMANTIC, where the extra is there or not."""

    def make(setting, installed, folder="/sessions"):
        monkeypatch.setattr(embeddings, "is_installed", lambda: installed)
        settings = config.load({"SEMANTIC": setting} if setting else {})
        return meanings.meaning(settings, folder) is not None

    return make


@pytest.mark.parametrize(
    ("setting", "installed", "there"),
    [("", True, True), ("", False, False), ("true", True, True), ("false", True, False)],
)
def test_it_is_there_where_it_is_installed_and_not_turned_off(made, setting, installed, there):
    assert made(setting, installed) is there


def test_where_nothing_is_kept_there_is_none(made):
    assert not made("true", True, folder="")


def test_who_asks_for_it_is_told_what_to_install(made, monkeypatch):
    with pytest.raises(ConfigError, match="SEMANTIC=true needs the extra `semantic`") as caught:
        made("true", False)

    assert caught.value.hint == extras.how_to_install("semantic", config.ROOT, installed=False)
    with pytest.raises(ConfigError, match="--by meaning needs the extra"):
        meanings.required("/sessions", "--by meaning")
