"""Pools are asked for their models at most daily, and whoever waits for it goes on without."""

import json
from datetime import UTC, datetime, timedelta

import pytest

import openrouter_server
from ai_sessions import config
from ai_sessions.assemble import known_models, model_lists, pools
from ai_sessions.providers import list_cache

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
GONE = "google/gemini-2.0-flash-exp:free"


@pytest.fixture
def server():
    with openrouter_server.server({GONE: (), "new/one:free": (), "dear/one": ()}) as running:
        yield running


@pytest.fixture
def at(tmp_path):
    """Settings with this address for OpenRouter."""

    def settings(url, key="k-1"):
        file = tmp_path / "models.json"
        file.write_text(json.dumps({"pools": {"openrouter": {"url": url}}}))
        return config.load(
            {
                "AI_MODELS_FILE": str(file),
                "SESSION_DIR": str(tmp_path / "sessions"),
                "OPENROUTER_API_KEY": key,
            }
        )

    return settings


@pytest.fixture
def asked(monkeypatch):
    """The addresses that were asked."""
    seen = []
    fetched = model_lists.model_lists.fetched

    def fetch(url, key, timeout_s):
        seen.append(url)
        return fetched(url, key, timeout_s)

    monkeypatch.setattr(model_lists.model_lists, "fetched", fetch)
    return seen


def test_what_is_listed_can_be_chosen_and_what_is_not_is_left_out(server, at):
    settings = at(f"{server.url}/api/v1")

    assert model_lists.refresh(settings, {}, NOW) == {}

    assert [place.model.id for place in pools.places(settings, {})] == [
        GONE,
        "new/one:free",
        "openrouter/free",
    ]
    known = known_models.catalog(settings, {})
    assert known.find("meta-llama/llama-3.2-3b-instruct:free").retired == "2026-11-29"
    assert not known.find("dear/one").free


@pytest.mark.parametrize(
    ("later", "times"),
    [
        (timedelta(hours=23), 1),
        (timedelta(hours=25), 2),
        (timedelta(hours=-1), 1),
        (timedelta(days=-40), 2),
    ],
)
def test_a_list_holds_for_a_day_of_whichever_clock(server, at, asked, later, times):
    settings = at(f"{server.url}/api/v1")
    for now in (NOW, NOW + later):
        model_lists.refresh(settings, {}, now)

    assert len(asked) == times


def test_it_is_asked_for_at_once_when_that_is_wanted(server, at, asked):
    settings = at(f"{server.url}/api/v1")
    model_lists.refresh(settings, {}, NOW)
    model_lists.refresh(settings, {}, NOW, at_once=True)

    assert len(asked) == 2


def test_without_a_key_nobody_is_asked(server, at, asked):
    settings = at(f"{server.url}/api/v1", key="")

    assert model_lists.refresh(settings, {}, NOW, at_once=True) == {}
    assert asked == []


def test_a_server_that_is_not_there_is_told_and_asked_again_after_an_hour(at, asked):
    settings = at("http://127.0.0.1:9/v1")

    told = model_lists.refresh(settings, {}, NOW)
    model_lists.refresh(settings, {}, NOW + timedelta(minutes=59))
    model_lists.refresh(settings, {}, NOW + timedelta(minutes=61))

    assert "http://127.0.0.1:9/v1 lists no models" in told["openrouter"]
    assert len(asked) == 2
    assert len(pools.places(settings, {})) > 1


def test_while_another_process_asks_nobody_waits(server, at, asked):
    settings = at(f"{server.url}/api/v1")
    with list_cache.asking(settings["SESSION_DIR"]):
        told = model_lists.refresh(settings, {}, NOW)

    assert (list(told), asked) == (["openrouter"], [])


def test_a_folder_that_cannot_be_written_is_told(server, at, tmp_path):
    (tmp_path / "sessions").write_text("a file")

    assert list(model_lists.refresh(at(f"{server.url}/api/v1"), {}, NOW)) == ["openrouter"]


def test_another_key_has_a_list_of_its_own(server, at):
    model_lists.refresh(at(f"{server.url}/api/v1"), {}, NOW)
    other = at(f"{server.url}/api/v1", key="k-2")

    assert known_models.catalog(other, {}).find(GONE).retired
