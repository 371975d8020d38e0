"""`/api/sessions`, call by call."""

from datetime import UTC, datetime

import pytest

from ai_sessions.api import checking
from ai_sessions.api.actions import ROUTES

PATH = "/api/sessions"


def do(client, action, **values):
    return client.post(PATH, json={"action": action, **values})


@pytest.fixture
def session(client):
    created = do(client, "create", conversation_id=123, interface_type="telegram")
    return created.json()["session"]["id"]


def test_a_conversation_is_created_once(client):
    values = {"conversationId": "5", "interfaceType": "discord", "externalUserId": 7}
    first, again = (do(client, "create", **values) for _ in range(2))

    assert (first.status_code, again.status_code) == (201, 200)
    told = first.json()["session"]
    assert told["id"] == again.json()["session"]["id"]
    assert (told["conversation_id"], told["interface_type"]) == ("5", "discord")
    assert (told["external_user_id"], told["is_active"]) == ("7", True)


@pytest.mark.parametrize("number", [0, -1001234567890, 2**63])
def test_any_whole_number_is_a_conversation(client, number):
    values = {"conversationId": number, "interfaceType": "telegram"}
    first, again = (do(client, "create", **values) for _ in range(2))
    found = client.get(f"{PATH}?conversationId={number}&interfaceType=telegram")

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["session"]["conversation_id"] == str(number)
    assert found.json()["session"]["id"] == first.json()["session"]["id"]


def test_two_numbers_are_never_taken_for_one_conversation(client):
    refused = do(client, "create", conversationId=10**29, interfaceType="telegram")

    assert refused.status_code == 400


def test_a_key_in_both_spellings_is_refused(client, session):
    values = {"sessionId": session, "session_id": "another", "role": "user", "content": "x"}
    refused = do(client, "addMessage", **values)

    assert refused.status_code == 400
    assert refused.json()["detail"] == "session_id is there in both spellings"


def test_what_a_new_session_may_be_given_is_taken(client):
    values = {"conversation_id": 1, "interface_type": "api", "external_chat_id": "c"}
    told = do(client, "create", **values, token_limit=800, expiresInMs=5000).json()["session"]

    assert (told["token_limit"], told["expires_in_ms"]) == (800, 5000)
    assert told["external_chat_id"] == "c"


def test_a_message_is_added_with_its_tokens(client, session):
    values = {"role": "user", "content": "What is the weather?", "metadata": {"a": 1}}
    told = do(client, "addMessage", sessionId=session, **values).json()

    message = told["message"]
    assert (message["role"], message["content"]) == ("user", "What is the weather?")
    assert (message["metadata"], message["id"]) == ({"a": 1}, "1.0")
    assert told["tokens"]["total"] == told["tokens"]["input"] == message["tokens"] > 0
    assert (told["summarized"], told["session_id"]) == (False, session)


@pytest.mark.parametrize("count", [1, 2])
def test_a_tool_may_tell_its_result_without_an_id(client, service, session, count):
    for _ in range(count):
        told = do(client, "addMessage", session_id=session, role="tool", content="sunny")
        assert told.json()["message"]["content"] == "sunny"

    assert service.core.get_stats(session).tool_calls == count
    assert service.core.read("telegram-123").open_calls == {}


def test_messages_are_cleared_and_the_log_stays(client, service, session):
    do(client, "addMessage", session_id=session, role="user", content="x")
    assert do(client, "clearMessages", sessionId=session).json() == {"ok": True}

    assert do(client, "buildContext", sessionId=session).json()["messages"] == []
    assert len(service.core.messages(session)) == 1


def test_state_is_merged_and_null_takes_a_key_away(client, session):
    do(client, "updateState", sessionId=session, state={"a": 1, "b": [2]})
    told = do(client, "updateState", session_id=session, state={"a": None, "c": {"d": 3}})

    assert told.json() == {"state": {"b": [2], "c": {"d": 3}}}


def test_a_session_is_deactivated(client, session):
    assert do(client, "deactivate", sessionId=session).json() == {"ok": True, "status": "inactive"}

    told = client.get(f"{PATH}?id={session}").json()["session"]
    assert (told["status"], told["is_active"]) == ("inactive", False)
    assert client.get(PATH).json() == {"sessions": [], "count": 0}


def test_a_cleanup_counts_what_expired_and_what_was_ended(client, service):
    for number, life in enumerate((1000, 1000, 0)):
        do(client, "create", conversation_id=number, interface_type="api", expires_in_ms=life)
    do(client, "deactivate", sessionId="api-2")
    service.core._now = lambda: datetime(2999, 1, 1, tzinfo=UTC)

    assert do(client, "cleanup").json() == {"expired": 2, "inactive": 1}


def test_a_context_is_built_of_messages_and_summaries(client, service, session):
    for number in range(4):
        do(client, "addMessage", sessionId=session, role="user", content=f"number {number}")
    service.core.add_summary(session, "They counted.", covers_to=2)
    told = do(client, "buildContext", sessionId=session, maxMessages=1).json()

    assert told["messages"][-1]["content"] == "number 3"
    assert "number 2" not in str(told["messages"])
    assert ("They counted." in told["summaries"][0], told["tokens"] > 0) == (True, True)


def test_sessions_are_listed_those_that_are_active_the_newest_first(client, service, session):
    do(client, "create", conversation_id=2, interface_type="api")
    do(client, "addMessage", sessionId=session, role="user", content="x")
    told = client.get(PATH).json()

    assert told["count"] == 2
    assert told["sessions"][0]["id"] == session
    assert client.get(f"{PATH}?limit=1").json()["count"] == 1


@pytest.mark.parametrize("key", ["conversationId", "conversation_id"])
def test_a_session_is_found_by_its_conversation(client, session, key):
    assert client.get(f"{PATH}?{key}=123").json()["session"]["id"] == session
    assert client.get(f"{PATH}?{key}=123&interface_type=telegram").status_code == 200
    assert client.get(f"{PATH}?{key}=123&interface_type=api").status_code == 404
    assert client.get(f"{PATH}?{key}=0").json()["code"] == "not_found"


def test_a_session_tells_how_long_it_has_lasted(client, service, session):
    do(client, "addMessage", sessionId=session, role="user", content="x")
    told = client.get(f"{PATH}?id={session}").json()["session"]
    listed = client.get(PATH).json()["sessions"][0]
    lasted = service.core.get_stats(session).duration_ms

    assert (told["duration_ms"], listed["duration_ms"]) == (lasted, lasted)


def test_a_session_is_found_by_its_id_or_name(client, session):
    assert client.get(f"{PATH}?id=telegram-123").json() == client.get(f"{PATH}?id={session}").json()
    assert client.get(f"{PATH}?id=nobody").status_code == 404


def test_statistics_count_all_sessions(client, session):
    do(client, "addMessage", sessionId=session, role="user", content="Hello there")
    told = client.get(f"{PATH}?stats=true").json()["stats"]

    assert (told["total_sessions"], told["active_sessions"], told["total_messages"]) == (1, 1, 1)
    assert (told["total_tokens"] > 0, told["average_session_length"]) == (True, 1.0)
    assert told["sessions_by_interface"] == {"telegram": 1}
    assert (told["cacheSize"] >= 1, 0 <= told["cacheHitRate"] <= 1) == (True, True)


def test_of_several_parameters_the_first_counts(client, session):
    both = "id=nobody&conversationId=123&limit=5"
    assert list(client.get(f"{PATH}?stats=true&{both}").json()) == ["stats"]
    assert client.get(f"{PATH}?stats=false&{both}").status_code == 404
    assert list(client.get(f"{PATH}?conversationId=123&limit=5").json()) == ["session"]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, "'action' is a required property"),
        ({"action": "fly"}, "'fly' is not one of"),
        ({"action": "create", "interface_type": "api"}, "'conversation_id' is a required property"),
        ({"action": "create", "conversation_id": 1}, "'interface_type' is a required property"),
        ({"action": "addMessage", "role": "user", "content": "x"}, "'sessionId' is a required"),
        ({"action": "addMessage", "sessionId": "a", "role": "user"}, "'content' is a required"),
        ({"action": "updateState", "sessionId": "a"}, "'state' is a required property"),
        ({"action": "deactivate"}, "'sessionId' is a required property"),
        ({"action": "buildContext", "sessionId": "a", "maxMessages": 0}, "0 is less than"),
        ({"action": "cleanup", "more": 1}, "more"),
    ],
    ids=str,
)
def test_what_is_missing_is_told_with_the_list_of_actions(client, body, told):
    refused = client.post(PATH, json=body)

    assert (refused.status_code, told in refused.json()["detail"]) == (400, True)
    assert refused.json()["hint"].startswith("actions: create, addMessage, clearMessages")


@pytest.mark.parametrize("action", ["addMessage", "clearMessages", "deactivate", "buildContext"])
def test_an_action_on_a_session_that_is_not_there_is_told(client, action):
    refused = do(client, action, sessionId="nobody", role="user", content="x")

    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")


def test_into_a_damaged_session_nothing_is_written(client, session, tmp_path):
    folder = tmp_path / "sessions" / "telegram-123"
    for path in folder.glob("*.json*"):
        path.write_bytes(b"\xff\x00" * 40)
    values = {"sessionId": "telegram-123", "role": "user", "content": "more", "state": {}}
    answers = [client.get(f"{PATH}?id=telegram-123"), client.delete(f"{PATH}?id=telegram-123")]
    answers += [do(client, name, **values) for name in ("addMessage", "updateState", "deactivate")]

    for answer in answers:
        assert (answer.status_code, answer.json()["code"]) == (507, "storage"), answer.text
        assert "telegram-123 is damaged" in answer.json()["detail"]
    assert [path.read_bytes()[:2] for path in folder.glob("*.json*")] == [b"\xff\x00"] * 2


def test_a_session_is_deleted_forks_only_on_request(client, service, session):
    do(client, "addMessage", sessionId=session, role="user", content="x")
    service.core.fork(session, "fork")

    assert client.delete(f"{PATH}?id={session}").status_code == 409
    assert client.delete(f"{PATH}?id={session}&cascade=true").json() == {"deleted": True}
    assert client.delete(f"{PATH}?id={session}").status_code == 404
    assert client.delete(PATH).status_code == 400
    assert service.store.names() == []


def test_answers_fit_what_the_document_says(client, session):
    (schema,) = [one.answers[200] for one in ROUTES if one.method == "GET"]
    for asked in ("", "?stats=true", f"?id={session}", "?conversationId=123"):
        assert checking.faults(schema, client.get(f"{PATH}{asked}").json()) == []
