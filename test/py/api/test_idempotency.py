"""A request with a key is done once, and answered as often as it is sent."""

import asyncio
from datetime import timedelta

import pytest

from ai_sessions.api.service import Service

PATH = "/v1/sessions/api-1/messages"
HELLO = {"role": "user", "text": "Hello"}


@pytest.fixture(autouse=True)
def session(service):
    return service.core.get_or_create_session(conversation_id="1", interface_type="api")


def say(client, body=HELLO, key="k", path=PATH):
    return client.post(path, json=body, headers={"idempotency-key": key})


def test_a_repeat_gets_the_same_answer_and_nothing_is_done_again(client, service):
    first, again = say(client), say(client)

    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert len(service.core.messages("api-1")) == 1


def test_headers_of_the_answer_are_told_again(client):
    first, again = (say(client, {"name": "x"}, path="/v1/sessions") for _ in range(2))

    assert (again.status_code, again.headers["etag"]) == (201, first.headers["etag"])
    assert again.headers["location"] == first.headers["location"]


@pytest.mark.parametrize(
    ("body", "path"), [({**HELLO, "text": "x"}, PATH), (HELLO, PATH.replace("api-1", "api-2"))]
)
def test_the_key_of_another_request_is_refused(client, service, body, path):
    say(client)
    refused = say(client, body, path=path)

    assert (refused.status_code, refused.json()["code"]) == (422, "key_reused")
    assert len(service.core.messages("api-1")) == 1


def test_other_keys_tokens_and_routes_are_other_requests(client, service):
    say(client)
    say(client, key="other")
    client.post(
        "/v1/sessions/api-1/summaries", json={"text": "x"}, headers={"idempotency-key": "k"}
    )
    client.token = service.access.add("phone", "write", service.now())
    assert "idempotency-replayed" not in say(client).headers

    assert len(service.core.messages("api-1")) == 3


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb"])
def test_a_key_that_is_none_is_refused(client, service, key):
    assert say(client, key=key).status_code == 400
    assert service.core.messages("api-1") == ()


def test_what_failed_may_be_tried_again(client, service):
    result = {"role": "tool", "text": "x", "tool_call_id": "c"}
    assert say(client, result).status_code == 400
    service.core.record_tool_call("api-1", "find", call_id="c")

    assert say(client, result).status_code == 201


def test_an_answer_outlives_the_server(client, environment):
    first = say(client)
    client.__init__(Service(environment), client.token)

    assert say(client).json() == first.json()


def test_of_many_at_once_one_is_done(client, service):
    async def many():
        headers = {"idempotency-key": "k"}
        asked = [client.asked("POST", PATH, json=HELLO, headers=headers) for _ in range(8)]
        return await asyncio.gather(*asked)

    codes = {one.status_code for one in asyncio.run(many())}
    assert codes <= {201, 409}
    assert len(service.core.messages("api-1")) == 1


def test_a_message_is_there_once_also_when_the_server_died_before_it_kept_its_answer(
    client, service, monkeypatch
):
    monkeypatch.setattr(service.kept_answers, "end", lambda *_given: None)
    first = say(client)
    monkeypatch.setattr(service.kept_answers, "_is_gone", lambda *_given: True)

    assert say(client).json()["id"] == first.json()["id"]
    assert len(service.core.messages("api-1")) == 1


def test_an_answer_is_kept_for_a_day(client, service, monkeypatch):
    say(client)
    now = service.now() + timedelta(hours=25)
    monkeypatch.setattr(service.kept_answers, "_now", lambda: now)

    assert "idempotency-replayed" not in say(client, {**HELLO, "text": "x"}).headers
