"""`/v1/sessions/{id}/messages`."""

import pytest

PATH = "/v1/sessions/api-1/messages"


@pytest.fixture
def session(service):
    return service.core.get_or_create_session(conversation_id="1", interface_type="api")


def texts(answer):
    return [one["text"] for one in answer.json()["data"]]


def test_what_is_said_is_answered_as_it_is_stored(client, service, session):
    body = {"role": "user", "text": "Hello", "metadata": {"a": [1]}, "tokens": 7}
    added = client.post(PATH, json=body)

    assert added.status_code == 201
    told = added.json()
    assert (told["id"], told["session"], told["summarized"]) == ("1.0", session.uid, False)
    assert (told["tokens"], told["tokens_source"], told["metadata"]) == (7, "provider", {"a": [1]})
    (stored,) = service.core.messages(session)
    assert (stored.text, stored.metadata, stored.tokens) == ("Hello", {"a": [1]}, 7)


def test_a_tool_is_called_and_answers(client, session):
    call = {"id": "c", "name": "find", "arguments": {"q": 1}}
    client.post(PATH, json={"role": "assistant", "text": "", "tool_calls": [call]})
    result = {"role": "tool", "text": "no", "tool_call_id": "c", "is_error": True}

    assert client.post(PATH, json=result).json()["name"] == "find"
    assert client.get(PATH).json()["data"][0]["tool_calls"] == [call]


def test_pages_go_from_either_end(client, service, session):
    for number in range(5):
        service.core.add_message(session, "user", str(number))
    first = client.get(f"{PATH}?limit=2").json()
    last = client.get(f"{PATH}?limit=2&order=desc").json()

    assert texts(client.get(f"{PATH}?limit=2&after={first['next']}")) == ["2", "3"]
    assert texts(client.get(f"{PATH}?limit=9&order=desc&before={last['next']}")) == ["2", "1", "0"]
    assert texts(client.get(f"{PATH}?after=1.0&before=4.0")) == ["1", "2"]


def test_a_message_to_a_session_that_has_ended_begins_the_next_one(client, service, session):
    service.core.add_message(session, "user", "before")
    service.core.deactivate(session)
    told = client.post(f"/v1/sessions/{session.uid}/messages", json={"role": "user", "text": "x"})

    assert told.json()["session"] != session.uid
    assert told.json()["session"] == service.store.read("api-1").uid


def test_who_says_enough_is_summarized(client, service):
    service.core.get_or_create_session(conversation_id="1", interface_type="api", token_limit=400)
    told = [
        client.post(PATH, json={"role": "user", "text": f"The port is {number}. " * 8}).json()
        for number in range(14)
    ]

    assert True in [one["summarized"] for one in told]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"role": "user"}, "'text' is a required property"),
        ({"role": "bot", "text": "x"}, "'bot' is not one of"),
        ({"role": "user", "text": 1}, "1 is not of type 'string'"),
        ({"role": "tool", "text": "x", "tool_call_id": "c"}, "no open tool call 'c'"),
        ({"role": "user", "text": "x", "tool_call_id": "c"}, "a user with a tool_call_id"),
        ({"role": "user", "text": "x", "tokens": -1}, "-1 is less than the minimum"),
        ({"role": "user", "text": "x", "more": 1}, "more"),
    ],
    ids=str,
)
def test_what_is_no_message_is_not_stored(client, service, session, body, told):
    refused = client.post(PATH, json=body)

    assert (refused.status_code, told in refused.json()["detail"]) == (400, True)
    assert service.core.messages(session) == ()


def test_a_place_that_is_none_is_told(client, session):
    refused = client.get(f"{PATH}?after=x")

    assert (refused.status_code, "'x'" in refused.json()["detail"]) == (400, True)


def test_a_session_that_is_not_there_has_no_messages(client):
    assert client.get(PATH).status_code == 404
    assert client.post(PATH, json={"role": "user", "text": "x"}).status_code == 404
