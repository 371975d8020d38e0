"""Clients list what they may name as a model."""

import pytest

from ai_sessions.assemble import providers


@pytest.fixture
def listed(client, model, monkeypatch):
    """The ids of the list; only what is scripted is there."""
    monkeypatch.setattr(providers, "PROVIDERS", {"scripted": lambda *_: model})

    def names():
        return [one["id"] for one in client.get("/v1/models").json()["data"]]

    return names


def test_the_list_has_what_can_be_asked_and_the_choice_of_the_settings(listed, client):
    assert listed() == ["default", "scripted:model-1", "scripted:model-2"]
    first, second, _ = client.get("/v1/models").json()["data"]
    assert (first["owned_by"], second["owned_by"]) == ("ai-sessions", "scripted")


def test_servers_are_not_asked_for_each_list(listed, model, service):
    before = listed()
    model.models = None

    assert listed() == before


def test_agents_are_listed_for_admins_alone(client, listed, service):
    service._models = (service._models[0], [])
    listed()
    service._models = (service._models[0], ["claude", "scripted:model-1"])
    client.token = service.access.add("phone", "write", service.now())

    assert listed() == ["default", "scripted:model-1"]


def test_what_stands_for_the_best_is_listed_where_a_pool_has_a_key(listed, service):
    service.environment["GROQ_API_KEY"] = "x" * 20

    assert listed()[:3] == ["default", "auto", "auto:free"]


@pytest.mark.parametrize("given", ["scripted:model-2", "model-2", "scripted%3Amodel-2"])
def test_a_model_is_found_by_its_id_and_by_its_own_name(client, listed, given):
    assert client.get(f"/v1/models/{given}").json()["id"] == "scripted:model-2"


@pytest.mark.parametrize("given", ["nobody", "a/b", "a%2Fb"])
def test_a_model_that_is_not_there_gets_openais_error(client, listed, given):
    refused = client.get(f"/v1/models/{given}")

    assert (refused.status_code, refused.json()["error"]["code"]) == (404, "not_found")


def test_what_is_listed_can_be_asked(client, listed):
    for name in listed():
        body = {"model": name, "messages": [{"role": "user", "content": "Hi"}]}
        assert client.post("/v1/chat/completions", json=body).status_code == 200
