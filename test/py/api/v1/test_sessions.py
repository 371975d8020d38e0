"""`/v1/sessions`."""

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from ai_sessions.api.v1 import sessions


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


def test_a_session_of_which_nothing_can_be_read_is_one_clear_problem(client, session, tmp_path):
    for path in (tmp_path / "sessions" / "api-1").glob("*.json*"):
        path.write_bytes(b"\xff\x00" * 40)
    for answer in (
        client.get("/v1/sessions/api-1"),
        client.post("/v1/sessions/api-1/messages", json={"role": "user", "text": "more"}),
    ):
        assert answer.status_code == 507, answer.text
        assert "api-1 is damaged" in answer.json()["detail"]


def test_of_many_at_once_one_is_told_that_the_session_is_new(client, service):
    """Each in a thread of its own, as of servers that share the store."""
    everybody = threading.Barrier(8)
    looked = service.core._hot_session

    def slow(*conversation):
        found = looked(*conversation)
        everybody.wait()
        return found

    service.core._hot_session = slow
    body = {"interface": "shop", "conversation_id": 7}
    made = partial(sessions.find_or_create, service, body, "shop")
    with ThreadPoolExecutor(8) as threads:
        found = [one.result() for one in [threads.submit(made) for _ in range(8)]]

    assert len({session.uid for session, _ in found}) == 1
    assert sum(is_new for _, is_new in found) == 1


def test_one_that_follows_is_new(client, service):
    body = {"interface": "shop", "conversation_id": 7}
    first = client.post("/v1/sessions", json=body)
    service.core.deactivate(first.json()["name"])
    again = [client.post("/v1/sessions", json=body).status_code for _ in range(2)]

    assert (first.status_code, again) == (201, [201, 200])


def test_what_has_not_changed_is_not_sent_again(client, service, session):
    tag = client.get("/v1/sessions/api-1").headers["etag"]
    again = client.get("/v1/sessions/api-1", headers={"if-none-match": tag})
    service.core.add_message("api-1", "user", "Hello")
    after = client.get("/v1/sessions/api-1", headers={"if-none-match": tag})

    assert (again.status_code, again.content) == (304, b"")
    assert after.status_code == 200


def names(answer):
    return [one["name"] for one in answer.json()["data"]]


@pytest.fixture
def several(service):
    for number in range(3):
        service.core.get_or_create_session(
            conversation_id=number, interface_type="telegram", external_user_id=f"u{number % 2}"
        )
        service.core.add_message(f"telegram-{number}", "user", f"the words of {number}")
    return service


def test_pages_follow_each_other(client, several):
    first = client.get("/v1/sessions?limit=2&sort=name").json()
    last = client.get(f"/v1/sessions?limit=2&sort=name&after={first['next']}").json()

    assert (first["has_more"], last["has_more"], last["next"]) == (True, False, None)
    assert [one["name"] for one in [*first["data"], *last["data"]]] == [
        "telegram-0",
        "telegram-1",
        "telegram-2",
    ]
    assert first["data"][0]["id"] == first["data"][0]["uid"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("user=u0", ["telegram-0", "telegram-2"]),
        ("interface=telegram&user=u1", ["telegram-1"]),
        ("interface=", []),
        ("status=inactive", ["telegram-2"]),
        ("status=active", ["telegram-0", "telegram-1"]),
        ("status=expired", []),
        ("tag=b", ["telegram-0"]),
        ("q=words+1", ["telegram-1"]),
        ("model=none", []),
        ("since=2999-01-01T00:00:00%2B01:00", []),
        ("since=2020-01-01&kind=chat", ["telegram-0", "telegram-1", "telegram-2"]),
    ],
)
def test_filters_show_what_fits_alone(client, several, asked, found):
    several.core.deactivate("telegram-2")
    several.core.change("telegram-0", {"tags": ["a", "b"]})

    assert names(client.get(f"/v1/sessions?sort=name&{asked}")) == found


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("limit=201", "limit='201'"),
        ("after=x", "no place in a list: 'x'"),
        ("since=soon", "since='soon': no moment"),
        ("since=9999-12-31T23:59:59-23:59", "no moment"),
        ("status=gone", "status='gone'"),
        ("q=", "q=''"),
        ("q=%2B", "nothing to look for"),
        ("tag=a,b", "tag='a,b'"),
    ],
)
def test_a_filter_that_is_none_is_told(client, asked, told):
    refused = client.get(f"/v1/sessions?{asked}")

    assert (refused.status_code, told in refused.json()["detail"]) == (400, True)


def test_a_session_is_made_with_all_that_it_begins_with(client, service):
    body = {
        "name": "support",
        "title": "Support",
        "system": "Be kind.",
        "tags": ["a"],
        "state": {"plan": "pro"},
        "pins": [{"text": "Her name is Priya.", "key": "name"}],
        "token_limit": 8000,
        "expires_in_ms": 60_000,
    }
    made = client.post("/v1/sessions", json=body)

    assert (made.status_code, made.headers["location"]) == (
        201,
        f"/v1/sessions/{made.json()['id']}",
    )
    assert made.headers["etag"] == client.get("/v1/sessions/support").headers["etag"]
    told = made.json()
    assert (told["title"], told["tags"], told["state"]) == ("Support", ["a"], {"plan": "pro"})
    assert (told["token_limit"], told["expires_in_ms"], list(told["pins"])) == (
        8000,
        60000,
        ["name"],
    )
    assert [one.text for one in service.core.messages("support")] == ["Be kind."]


def test_a_session_without_a_name_gets_one(client):
    made = client.post("/v1/sessions").json()

    assert made["name"].startswith("chat-")
    assert client.get(f"/v1/sessions/{made['name']}").json()["id"] == made["id"]


def test_a_name_that_is_taken_is_a_conflict(client, session):
    refused = client.post("/v1/sessions", json={"name": "api-1"})

    assert (refused.status_code, refused.json()["code"]) == (409, "exists")


def test_the_conversation_of_an_interface_is_begun_once(client):
    body = {"interface": "telegram", "conversation_id": 7, "external_user_id": "u"}
    first, second = (client.post("/v1/sessions", json=body) for _ in range(2))

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["id"] == second.json()["id"]
    assert (first.json()["name"], first.json()["conversation_id"]) == ("telegram-7", "7")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"name": "A b"}, "A b"),
        ({"name": "a..b"}, "not a session name"),
        ({"title": "a\nb"}, "title"),
        ({"tags": ["a,b"]}, "tags"),
        ({"state": {"": 1}}, "state"),
        ({"pins": [{"key": "x"}]}, "text"),
        ({"token_limit": 0}, "0"),
        ({"interface": "A b"}, "A b"),
        ({"interface": "api", "system": "x"}, "system is not for the conversation"),
        ({"conversation_id": True}, "true"),
        ({"conversation_id": ""}, "''"),
        ({"more": 1}, "more"),
    ],
    ids=str,
)
def test_a_session_that_cannot_be_is_not_made(client, service, body, told):
    refused = client.post("/v1/sessions", json=body)

    assert (refused.status_code, told in refused.json()["detail"]) == (400, True)
    assert service.store.names() == []


def patch(client, body, **headers):
    return client.ask("PATCH", "/v1/sessions/api-1", json=body, headers=headers)


def test_facts_are_changed_and_taken_away(client, session):
    body = {"title": "T", "tags": ["x"], "pinned": True, "token_limit": None, "status": "inactive"}
    changed = patch(client, body).json()

    assert (changed["title"], changed["tags"], changed["pinned"]) == ("T", ["x"], True)
    assert ("token_limit" in changed, changed["status"]) == (False, "inactive")
    assert patch(client, {"title": None}).json().get("title", "") == ""
    assert patch(client, {"uid": "x"}).status_code == 400


def test_who_read_an_older_version_changes_nothing(client, service, session):
    tag = client.get("/v1/sessions/api-1").headers["etag"]
    changed = patch(client, {"title": "Ours"}, **{"if-match": tag})
    for stale in (tag, f"W/{changed.headers['etag']}", '"x"'):
        refused = patch(client, {"title": "Theirs"}, **{"if-match": stale})
        assert (refused.status_code, refused.json()["code"]) == (412, "changed")
        assert client.delete("/v1/sessions/api-1", headers={"if-match": stale}).status_code == 412

    assert service.store.read("api-1").about.title == "Ours"
    assert patch(client, {"title": "Any"}, **{"if-match": "*"}).status_code == 200


def test_who_wrote_between_the_look_and_the_write_is_noticed(client, service, session, monkeypatch):
    tag = client.get("/v1/sessions/api-1").headers["etag"]
    found = service.core.find_by_id("api-1")
    service.core.add_message("api-1", "user", "meanwhile")
    monkeypatch.setattr(service.core, "find_by_id", lambda _id: found)

    assert patch(client, {"title": "x"}, **{"if-match": tag}).status_code == 412
    assert client.delete("/v1/sessions/api-1", headers={"if-match": tag}).status_code == 412
    assert service.store.names() == ["api-1"]


def test_a_session_is_removed(client, service, session):
    tag = client.get("/v1/sessions/api-1").headers["etag"]
    removed = client.delete("/v1/sessions/api-1", headers={"if-match": tag})

    assert (removed.status_code, removed.content) == (204, b"")
    assert client.delete("/v1/sessions/api-1").status_code == 404
    assert service.store.discarded() == ["api-1"]


def test_what_a_fork_shares_goes_only_with_it(client, service, session):
    service.core.add_message("api-1", "user", "Hello")
    service.core.fork("api-1", "fork")
    refused = client.delete("/v1/sessions/api-1")

    assert (refused.status_code, refused.json()["code"]) == (409, "needed")
    assert client.delete("/v1/sessions/api-1?cascade=true").status_code == 204
    assert service.store.names() == []


def test_a_token_that_may_read_changes_nothing(client, service, session):
    client.token = service.access.add("reader", "read", service.now())
    assert client.get("/v1/sessions").status_code == 200

    assert client.post("/v1/sessions").status_code == 403
    assert patch(client, {"title": "x"}).status_code == 403
    assert client.delete("/v1/sessions/api-1").status_code == 403


def test_a_list_has_what_was_written_before_it_was_asked_for(client, service):
    for number in range(3):
        service.core.get_or_create_session(conversation_id=number, interface_type="api")
        assert len(client.get("/v1/sessions").json()["data"]) == number + 1
