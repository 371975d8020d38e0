"""Turns over HTTP: they go on without their client, and are told from any place."""

import asyncio
import json
import threading

import pytest

from ai_sessions.api import following
from ai_sessions.api.service import Service
from ai_sessions.assemble import providers
from ai_sessions.providers.contract import Event, Failure, Quirks, Reply
from ai_sessions.records import Change


class Scripted:
    """Says pieces, each when it is let; stops when it is told to."""

    name = "scripted"
    quirks = Quirks(keeps_context=False, edits_files=False)

    def __init__(self):
        self.pieces = ["Hel", "lo"]
        self.failure = None
        self.began, self.go = threading.Event(), threading.Event()
        self.after_first = None

    def default_model(self):
        return "model-1"

    def run(self, request, watch):
        watch(Event("started", self.name))
        said = []
        for number, piece in enumerate(self.pieces):
            if number == 1:
                self.began.set()
                while not self.go.wait(0.005):
                    if request.stop and request.stop.is_set():
                        return Reply("".join(said), "model-1", failure=Failure("interrupted", "x"))
            said.append(piece)
            watch(Event("text", piece))
        return Reply("".join(said), "model-1", failure=self.failure)


@pytest.fixture
def model(monkeypatch, service):
    found = Scripted()
    monkeypatch.setitem(providers.PROVIDERS, "scripted", lambda _settings, _environment: found)
    service.environment["AI_PROVIDER"] = "scripted"
    service.core.get_or_create_session(conversation_id="1", interface_type="api")
    return found


@pytest.fixture
def quick(model):
    model.go.set()
    return model


def events(text):
    """(event, data, id) of each."""
    found = []
    for block in text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if "event" in lines:
            found.append((lines["event"], json.loads(lines["data"]), lines.get("id", "")))
    return found


def said(found):
    return "".join(data["text"] for name, data, _ in found if name == "delta")


def test_an_answer_comes_with_what_it_cost(client, quick):
    answer = client.post("/v1/sessions/api-1/chat", json={"text": "Hi"}).json()

    assert (answer["text"], answer["call"]["model"]) == ("Hello", "model-1")
    messages = [(one["id"], one["text"]) for one in answer["call"]["messages"]]
    seq = answer["call"]["seq"]
    assert messages == [(f"{seq}.0", "Hi"), (f"{seq}.1", "Hello")]
    assert seq > 0


def test_a_stream_tells_each_piece_and_the_end(client, quick):
    answer = client.post("/v1/sessions/api-1/chat", json={"text": "Hi", "stream": True})
    found = events(answer.text)

    assert answer.headers["content-type"].startswith("text/event-stream")
    assert (said(found), found[-1][0]) == ("Hello", "done")
    assert found[-1][1]["text"] == "Hello"


@pytest.mark.parametrize("body", [{}, {"text": ""}, {"text": "x", "url": "http://10.0.0.1"}])
def test_a_turn_needs_a_text_and_names_no_address(client, quick, body):
    assert client.post("/v1/sessions/api-1/chat", json=body).status_code == 400


def test_nobody_talks_in_a_session_that_is_not_there(client, quick):
    assert client.post("/v1/sessions/nobody/chat", json={"text": "Hi"}).status_code == 404


def test_a_provider_that_is_none_is_told_before_anything_is_recorded(client, service, quick):
    refused = client.post("/v1/sessions/api-1/chat", json={"text": "Hi", "provider": "none"})

    assert (refused.status_code, refused.json()["code"]) == (400, "usage")
    assert service.store.read("api-1").totals.interactions == 0


def test_an_agent_is_asked_by_admins_alone(client, service, quick):
    quick.quirks = Quirks(keeps_context=True, edits_files=True)
    client.token = service.access.add("phone", "write", service.now())

    refused = client.post("/v1/sessions/api-1/chat", json={"text": "Hi"})

    assert (refused.status_code, refused.json()["code"]) == (403, "scope")


def test_a_call_that_failed_is_a_problem_with_the_call(client, quick):
    quick.failure = Failure("rate_limit", "too many")

    failed = client.post("/v1/sessions/api-1/chat", json={"text": "Hi"})
    streamed = client.post("/v1/sessions/api-1/chat", json={"text": "Hi", "stream": True})

    assert (failed.status_code, failed.json()["call"]["status"]) == (429, "rate_limit")
    name, told, _ = events(streamed.text)[-1]
    assert (name, told["call"]["status"]) == ("failed", "rate_limit")
    problem = ("status", "code", "detail", "hint")
    assert [told.get(key) for key in problem] == [failed.json().get(key) for key in problem]


async def begun(client, model):
    """A turn that has said its first piece; the task of its client."""
    asked = asyncio.create_task(
        client.asked("POST", "/v1/sessions/api-1/chat", json={"text": "Hi"})
    )
    await asyncio.to_thread(model.began.wait, 10)
    return asked


def test_a_second_turn_is_refused_while_one_is_under_way(client, model):
    async def twice():
        asked = await begun(client, model)
        second = await client.asked("POST", "/v1/sessions/api-1/chat", json={"text": "And?"})
        model.go.set()
        return (await asked), second

    first, second = asyncio.run(twice())

    assert (first.status_code, second.status_code) == (200, 409)
    assert second.json()["code"] == "turn_under_way"


def test_a_turn_goes_on_when_its_client_is_gone(client, service, model):
    async def left():
        asked = await begun(client, model)
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
        model.go.set()
        await service.turns.finish()

    asyncio.run(left())

    assert service.core.messages("api-1")[-1].text == "Hello"


def test_who_comes_in_the_middle_is_told_all_of_it(client, service, model):
    async def reloaded():
        asked = await begun(client, model)
        follower = asyncio.create_task(client.asked("GET", "/v1/sessions/api-1/turn"))
        while not service.turns.of("api-1")._changed:  # it waits for what comes
            await asyncio.sleep(0.001)
        model.go.set()
        return (await asked).json(), events((await follower).text)

    answer, found = asyncio.run(reloaded())

    assert said(found) == answer["text"] == "Hello"
    assert [name for name, _, _ in found].count("done") == 1


@pytest.mark.parametrize("seen", [0, 1, 2])
def test_who_lost_the_connection_is_told_each_event_once(client, quick, seen):
    whole = events(client.post("/v1/sessions/api-1/chat", json={"text": "Hi", "stream": True}).text)
    call = whole[-1][1]["call"]["id"]
    place = following.Place(call, whole[0][2].split(".")[1], seen, len("Hello"[: 3 * seen]))

    again = client.get("/v1/sessions/api-1/turn", headers={"last-event-id": str(place)})
    found = events(again.text)

    assert "Hello"[: 3 * seen] + said(found) == "Hello"
    assert found[-1][0] == "done"


def test_a_stream_tells_where_it_can_be_followed_also_a_repeat_of_its_request(client, quick):
    headers, body = {"idempotency-key": "once"}, {"text": "Hi", "stream": True}
    first = client.post("/v1/sessions/api-1/chat", json=body, headers=headers)
    again = client.post("/v1/sessions/api-1/chat", json=body, headers=headers)

    assert (again.status_code, again.json()["code"]) == (409, "done")
    assert again.headers["location"] == first.headers["location"]
    assert said(events(client.get(again.headers["location"]).text)) == "Hello"


def test_a_turn_of_a_session_that_is_over_is_followed_where_it_went(client, service, quick):
    over = service.core.read("api-1")
    service.core.deactivate("api-1")
    told = client.post(f"/v1/sessions/{over.uid}/chat", json={"text": "Hi", "stream": True})

    assert client.get(f"/v1/sessions/{over.uid}/turn").status_code == 204
    assert said(events(client.get(told.headers["location"]).text)) == "Hello"
    assert service.core.read("api-1").uid != over.uid


@pytest.mark.parametrize("query", ["", "?call={call}"])
@pytest.mark.parametrize("failure", [None, Failure("server", "broken")])
def test_who_has_had_the_end_is_not_told_it_again(client, quick, query, failure):
    quick.failure = failure
    found = events(client.post("/v1/sessions/api-1/chat", json={"text": "Hi", "stream": True}).text)
    name, told, last = found[-1]
    path = "/v1/sessions/api-1/turn" + query.format(call=told["call"]["id"])
    again = client.get(path, headers={"last-event-id": last})

    assert (name, again.status_code) == ("failed" if failure else "done", 204)


def test_who_asks_for_a_call_that_is_none_is_told_once(client, quick):
    found = events(client.get("/v1/sessions/api-1/turn?call=none").text)
    headers = {"last-event-id": found[-1][2]}

    assert (found[-1][0], found[-1][1]["code"]) == ("failed", "not_found")
    assert client.get("/v1/sessions/api-1/turn?call=none", headers=headers).status_code == 204


def test_nothing_under_way_is_no_content(client, quick):
    assert client.get("/v1/sessions/api-1/turn").status_code == 204


def test_a_turn_that_is_cancelled_keeps_what_was_said(client, service, model):
    async def cancelled():
        asked = await begun(client, model)
        ended = await client.asked("DELETE", "/v1/sessions/api-1/turn")
        return ended, await asked

    ended, answer = asyncio.run(cancelled())

    assert ended.status_code == 202
    assert (answer.status_code, answer.json()["code"]) == (409, "interrupted")
    assert answer.json()["call"]["status"] == "interrupted"
    assert [one.text for one in service.core.messages("api-1")] == ["Hi", "Hel"]


def test_without_a_turn_there_is_nothing_to_cancel(client, quick):
    assert client.delete("/v1/sessions/api-1/turn").json()["code"] == "no_turn"


def test_a_turn_whose_process_is_gone_is_recorded_as_cut_off_and_another_can_begin(
    client, service, quick
):
    intended = {"id": "c1", "at": "2026-11-30T00:00:00.000Z", "provider": "openai"}
    service.store.append("api-1", [Change("calling", {**intended, "purpose": "chat"})])

    found = events(client.get("/v1/sessions/api-1/turn").text)
    answer = client.post("/v1/sessions/api-1/chat", json={"text": "Hi"})

    assert (found[-1][0], found[-1][1]["code"]) == ("failed", "interrupted")
    assert answer.status_code == 200


def test_words_that_are_not_kept_reach_who_is_there(client, environment, quick):
    none = Service({**environment, "AI_PROVIDER": "scripted", "SESSION_CONTENT": "none"})
    asking = type(client)(none, none.access.token())

    told = asking.post("/v1/sessions/api-1/chat", json={"text": "Hi", "stream": True})
    found = events(told.text)

    assert [name for name, _, _ in found] == ["delta", "delta", "done"]
    assert (said(found), found[-1][1]["text"]) == ("Hello", "Hello")
    assert list(none.core.messages("api-1")) == []


def test_the_end_of_the_server_is_told_and_ends_no_turn(client, service, model):
    async def ending():
        streamed = asyncio.create_task(
            client.asked("POST", "/v1/sessions/api-1/chat", json={"text": "Hi", "stream": True})
        )
        await asyncio.to_thread(model.began.wait, 10)
        service.stop()
        found = events((await streamed).text)
        model.go.set()
        await service.turns.finish()
        return found

    found = asyncio.run(ending())

    assert found[-1][0] == "stopping"
    assert service.core.messages("api-1")[-1].text == "Hello"
