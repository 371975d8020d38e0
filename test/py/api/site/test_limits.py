"""Limits of providers and models that pause are on the overview."""

from datetime import timedelta

import pytest

from ai_sessions.api.v1.models import _quotas
from ai_sessions.assemble import model_lists
from ai_sessions.catalog.rotation import ModelEntry, Pool
from ai_sessions.records import Told
from ai_sessions.rotation.records import Place

KEY = "openrouter:openai/gpt-oss-20b:free"


@pytest.fixture
def models(service, monkeypatch):
    monkeypatch.setattr(model_lists, "refresh", lambda *_given, **_more: {})
    service.environment.update(OPENROUTER_API_KEY="x" * 20, AI_MODELS=KEY)


def test_without_any_limit_the_page_says_nothing_of_them(browser):
    assert "Limits of providers" not in browser.get("/").text


def test_what_is_used_of_a_limit_is_there(browser, service):
    place = Place(Pool("claude", "Claude", ""), ModelEntry("sonnet", "Sonnet", "claude"))
    told = Told("percent", "rolling", 100, 37, rolling_s=18_000, origin="event")
    _quotas(service).note(place, [told], service.now())

    assert '<th scope="row">claude 5 h</th><td>37 % used</td>' in browser.get("/").text


def test_a_model_that_pauses_is_there_until_it_is_asked_again(browser, client, models):
    client.post(f"/v1/models/{KEY}/cooldown", json={"seconds": 600})
    page = browser.get("/").text

    assert f'<th scope="row">{KEY}</th>' in page
    assert "paused by owner" in page
    client.post(f"/v1/models/{KEY}/enable")
    assert "Models that pause" not in browser.get("/").text


def test_a_pause_that_is_over_is_not_told(browser, client, models, service, monkeypatch):
    client.post(f"/v1/models/{KEY}/cooldown", json={"seconds": 600})
    later = service.now() + timedelta(seconds=601)
    monkeypatch.setattr(service, "now", lambda: later)

    assert "Models that pause" not in browser.get("/").text


def test_a_wrong_setting_costs_no_page(browser, client, models, service):
    client.post(f"/v1/models/{KEY}/cooldown", json={"seconds": 600})
    service.environment.update(AI_MODELS="nobody:nothing")

    assert browser.get("/").status_code == 200
