"""`/v1/sessions`."""

import pytest


@pytest.fixture
def session(service):
    return service.core.get_or_create_session(conversation_id="1", interface_type="api")


def test_a_session_is_found_by_its_id_and_by_its_name(client, session):
    by_id = client.get(f"/v1/sessions/{session.uid}").json()

    assert by_id == client.get("/v1/sessions/api-1").json()
    assert (by_id["id"], by_id["name"], by_id["status"]) == (session.uid, "api-1", "active")


@pytest.mark.parametrize("name", ["nobody", "..%2Fx", "%00", "x" * 200])
def test_a_session_that_is_not_there_is_told(client, name):
    refused = client.get(f"/v1/sessions/{name}")

    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")


def test_what_has_not_changed_is_not_sent_again(client, service, session):
    tag = client.get("/v1/sessions/api-1").headers["etag"]
    again = client.get("/v1/sessions/api-1", headers={"if-none-match": tag})
    service.core.add_message("api-1", "user", "Hello")
    after = client.get("/v1/sessions/api-1", headers={"if-none-match": tag})

    assert (again.status_code, again.content) == (304, b"")
    assert after.status_code == 200
