"""Who is asked next for `auto`, and models that are to pause."""

import pytest

from ai_sessions.assemble import model_lists

KEY = "openrouter:openai/gpt-oss-20b:free"
OTHER = "openrouter:openrouter/free"


@pytest.fixture(autouse=True)
def two_models(service, monkeypatch):
    monkeypatch.setattr(model_lists, "refresh", lambda *_given, **_more: {})
    service.environment.update(OPENROUTER_API_KEY="x" * 20, AI_MODELS=f"{KEY} {OTHER}")


def rank(client, **query):
    return client.get("/v1/models/rank", params=query).json()


def excluded(client):
    return {one["id"]: one["excluded"] for one in rank(client)["data"]}


def test_models_are_ranked_with_their_scores(client):
    found = rank(client)

    assert found["strategy"] == "paced"
    assert [one["id"] for one in found["data"]] == [KEY, OTHER]
    assert {*found["data"][0]} == {"id", "name", "score", "excluded"}


def test_each_strategy_explains_its_scores(client):
    first, *_ = rank(client, explain=1, strategy="seed")["data"]

    assert first["score"] == pytest.approx(sum(first["terms"].values()))
    assert (first["state"]["success_rate"], first["state"]["paused_until"]) == (1.0, None)


def test_a_strategy_that_is_none_is_told(client):
    refused = client.get("/v1/models/rank?strategy=best")

    assert (refused.status_code, refused.json()["code"]) == (503, "config")


def test_a_prompt_that_a_model_does_not_hold_excludes_it(client):
    found = rank(client, prompt_tokens=9_000_000)["data"]

    assert all(one["excluded"] for one in found if one["id"] == KEY)


def test_without_a_key_there_is_nobody_to_rank(client, service):
    del service.environment["OPENROUTER_API_KEY"]

    assert client.get("/v1/models/rank").status_code == 503


def test_a_model_pauses_and_is_asked_again(client):
    paused = client.post(f"/v1/models/{KEY}/cooldown", json={"seconds": 600})
    while_paused = excluded(client)
    client.post(f"/v1/models/{KEY}/enable")

    assert paused.json()["id"] == KEY
    assert "paused by owner" in while_paused[KEY]
    assert while_paused[OTHER] is None
    assert excluded(client)[KEY] is None


def test_a_pause_lasts_an_hour_where_nothing_is_said(client, service):
    client.post("/v1/models/openai/gpt-oss-20b:free/cooldown")
    first = next(one for one in rank(client, explain=1)["data"] if one["id"] == KEY)

    assert (first["why"], first["excluded"] is None) == ("paused by owner", False)
    assert first["state"]["paused_until"]


def test_what_a_model_has_taught_is_forgotten(client):
    client.post(f"/v1/models/{KEY}/cooldown")

    assert client.post(f"/v1/models/{KEY}/reset").json() == {"id": KEY, "paused_until": None}
    assert excluded(client)[KEY] is None


@pytest.mark.parametrize("until", ["2001-01-01T00:00:00Z", "soon", "9999-01-01T00:00:00Z"])
def test_a_pause_ends_within_a_year(client, until):
    refused = client.post(f"/v1/models/{KEY}/cooldown", json={"until": until})

    assert (refused.status_code, refused.json()["code"]) == (400, "usage")


@pytest.mark.parametrize("action", ["enable", "cooldown", "reset"])
def test_models_are_changed_by_admins_alone_and_only_known_ones(client, service, action):
    assert client.post(f"/v1/models/nobody/{action}").status_code == 404
    client.token = service.access.add("phone", "write", service.now())
    assert client.post(f"/v1/models/{KEY}/{action}").status_code == 403
