"""Forks and children over HTTP."""

import pytest


@pytest.fixture
def session(service):
    made = service.core.get_or_create_session(conversation_id="1", interface_type="api")
    for text in ("one", "two", "three"):
        service.core.add_message(made, "user", text)
    return made


def test_a_fork_goes_on_from_a_message(client, service, session):
    made = client.post("/v1/sessions/api-1/fork", json={"at": "2.0", "name": "other"})

    assert (made.status_code, made.json()["name"]) == (201, "other")
    assert made.headers["location"] == f"/v1/sessions/{made.json()['id']}"
    assert [one.text for one in service.core.messages("other")] == ["one", "two"]
    assert [one["id"] for one in client.get("/v1/sessions/other/messages").json()["data"]] == [
        f"{session.uid}:1.0",
        f"{session.uid}:2.0",
    ]


def test_a_fork_without_a_name_gets_one(client, service, session):
    made = client.post("/v1/sessions/api-1/fork").json()

    assert made["name"].startswith("chat-")
    assert [one["id"] for one in client.get("/v1/sessions/api-1/children").json()["data"]] == [
        made["id"]
    ]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"at": "9.0"}, 404, "not_found"),
        ({"at": "x"}, 404, "not_found"),
        ({"name": "api-1"}, 409, "exists"),
        ({"name": "A"}, 400, "usage"),
        ({"more": 1}, 400, "usage"),
    ],
    ids=str,
)
def test_a_fork_that_cannot_be_is_not_made(client, service, session, body, status, code):
    refused = client.post("/v1/sessions/api-1/fork", json=body)

    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert service.store.names() == ["api-1"]


def test_who_has_no_children_has_an_empty_list(client, session):
    assert client.get("/v1/sessions/api-1/children").json() == {"data": []}
    assert client.get("/v1/sessions/nobody/children").status_code == 404
