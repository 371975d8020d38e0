"""Segments, summaries, state, pins, contexts and search over HTTP."""

import threading

import pytest

from ai_sessions.api import checking
from ai_sessions.api.v1.memory import ROUTES

PATH = "/v1/sessions/api-1"


@pytest.fixture(autouse=True)
def session(service):
    made = service.core.get_or_create_session(conversation_id="1", interface_type="api")
    for number in range(12):
        service.core.add_message(made, "user", f"Order {4711 + number} comes on day {number}.")
    return made


def test_segments_are_told(client, service):
    service.core.clear_messages("api-1")
    first, second = client.get(f"{PATH}/segments").json()["data"]

    assert (first["first"], first["last"], first["reason"]) == (1, 12, "clear")
    assert (second["number"], second["reason"]) == (2, "")


def test_a_summary_is_added_and_told_first(client):
    client.post(f"{PATH}/summaries", json={"text": "Old.", "covers_to": 2})
    added = client.post(f"{PATH}/summaries", json={"text": "New.", "model": "m"})

    assert (added.status_code, added.json()["covers_to"]) == (201, 13)
    told = client.get(f"{PATH}/summaries").json()["data"]
    assert [(one["text"], one["kind"], one["model"]) for one in told] == [
        ("New.", "model", "m"),
        ("Old.", "given", None),
    ]


@pytest.mark.parametrize("body", [{}, {"text": ""}, {"text": "x", "covers_to": 99}], ids=str)
def test_what_is_no_summary_is_not_added(client, body):
    assert client.post(f"{PATH}/summaries", json=body).status_code == 400
    assert client.get(f"{PATH}/summaries").json() == {"data": []}


def test_older_messages_are_summarized_in_the_background(client, service, session):
    begun = client.post(f"{PATH}/compact")

    assert (begun.status_code, begun.json()) == (202, {"session": session.uid})
    service.core.finish()
    (summary,) = client.get(f"{PATH}/summaries").json()["data"]
    assert summary["kind"] == "extractive"


def test_who_compacts_while_it_is_under_way_is_told(client, service, monkeypatch):
    go = threading.Event()
    monkeypatch.setattr(service.core._compacting, "_do", lambda _name: go.wait(60))
    assert client.post(f"{PATH}/compact").status_code == 202

    refused = client.post(f"{PATH}/compact")
    go.set()
    assert (refused.status_code, refused.json()["code"]) == (409, "compacting")
    service.core.finish()


def test_state_is_merged(client):
    client.ask("PATCH", f"{PATH}/state", json={"a": 1, "b": {"c": [2]}})
    changed = client.ask("PATCH", f"{PATH}/state", json={"a": None})

    assert changed.json() == client.get(f"{PATH}/state").json() == {"state": {"b": {"c": [2]}}}
    assert client.ask("PATCH", f"{PATH}/state", json=[1]).status_code == 400
    assert client.ask("PATCH", f"{PATH}/state", json={"a=b": 1}).status_code == 400
    assert client.ask("PATCH", f"{PATH}/state", json={"a": "x" * 70_000}).status_code == 400


def put(client, **body):
    return client.ask("PUT", f"{PATH}/pins", json=body)


def test_pins_are_put_replaced_and_taken_away(client):
    put(client, key="name", text="Priya")
    assert put(client, key="name", text="Ada", reason="corrected").json()["text"] == "Ada"
    assert put(client, key="from", message="2.0").json()["text"] == "Order 4712 comes on day 1."

    told = client.get(f"{PATH}/pins").json()["data"]
    assert [(one["key"], one["reason"], one["message"]) for one in told] == [
        ("name", "corrected", ""),
        ("from", "", "2.0"),
    ]
    left = client.delete(f"{PATH}/pins?key=name").json()["data"]
    assert [one["key"] for one in left] == ["from"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"text": "x"}, 400),
        ({"key": "k"}, 400),
        ({"key": "a=b", "text": "x"}, 400),
        ({"key": "k", "message": "99.0"}, 404),
    ],
    ids=str,
)
def test_what_is_no_pin_is_not_put(client, body, status):
    assert put(client, **body).status_code == status
    assert client.get(f"{PATH}/pins").json() == {"data": []}


def test_a_pin_that_is_not_there_is_told(client):
    assert client.delete(f"{PATH}/pins?key=x").json()["code"] == "not_found"
    assert client.delete(f"{PATH}/pins").status_code == 400


def test_a_context_tells_what_each_part_costs(client):
    put(client, key="name", text="Priya")
    told = client.post(f"{PATH}/context", json={"max_messages": 3, "question": "Which?"}).json()

    parts = {one["part"]: one for one in told["parts"]}
    assert [one["text"] for one in parts["tail"]["messages"]][-1] == "Order 4722 comes on day 11."
    assert (len(parts["tail"]["messages"]), parts["pins"]["tokens"] > 0) == (3, True)
    assert sum(one["tokens"] for one in told["parts"]) < told["tokens"] <= told["limit"]
    assert client.post(f"{PATH}/context").status_code == 200


def test_a_context_without_room_for_what_is_never_cut_is_told(client):
    put(client, key="name", text="word " * 200)
    refused = client.post(f"{PATH}/context", json={"limit": 50})

    assert (refused.status_code, refused.json()["code"]) == (422, "no_room")


def test_words_are_found_in_this_conversation_and_in_what_it_shares(client, service):
    service.core.get_or_create_session(conversation_id="2", interface_type="api")
    service.core.add_message("api-2", "user", "Order 4711 is lost.")
    service.core.fork("api-1", "fork", "2.0")

    for name in ("api-1", "fork"):
        found = client.get(f"/v1/sessions/{name}/search?q=order+4711").json()
        assert [(one["session"], one["seq"]) for one in found["data"]] == [("api-1", 1)]
        assert found["exact"] is True
    assert client.get("/v1/sessions/fork/search?q=4715").json()["data"] == []
    assert client.get(f"{PATH}/search?q=%2B").status_code == 400
    assert client.get(f"{PATH}/search").status_code == 400


@pytest.mark.parametrize("route", ROUTES, ids=lambda one: one.name)
def test_a_session_that_is_not_there_has_none_of_it(client, route):
    path = route.path.format(id="nobody")
    body = {"text": "x", "key": "k"} if route.name in ("add_summary", "put_pin") else {}
    body.pop("key", None) if route.name == "add_summary" else None
    asked = "?key=k" if route.name == "delete_pin" else "?q=x" if "search" in path else ""
    more = {"json": body} if route.body is not None else {}

    assert client.ask(route.method, f"{path}{asked}", **more).status_code == 404


def test_answers_fit_what_the_document_says(client, service):
    client.post(f"{PATH}/summaries", json={"text": "x"})
    put(client, key="name", text="Priya")
    for route in ROUTES:
        if route.method == "GET":
            told = client.get(
                route.path.format(id="api-1") + ("?q=order" * ("search" in route.path))
            )
            assert checking.faults(route.answers[200], told.json()) == [], route.name
    context = client.post(f"{PATH}/context").json()
    assert checking.faults({"$ref": "#/components/schemas/Context"}, context) == []
