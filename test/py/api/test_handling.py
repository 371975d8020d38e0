"""Requests that do not fit what a route takes, and failures inside of one."""

import asyncio
import errno
import threading

import pytest

from ai_sessions.api import handling
from ai_sessions.api.answers import Answer
from ai_sessions.api.application import application
from ai_sessions.api.routes import Query, Route, object_of
from ai_sessions.errors import StorageError


def echo(_service, asked):
    return Answer({"query": dict(asked.query), "body": asked.body})


def broken(_service, _asked):
    raise RuntimeError("a secret")


def full(_service, _asked):
    raise StorageError("No space left on device")


ROUTES = (
    Route(
        "GET",
        "/echo",
        "echo",
        "",
        echo,
        query=(
            Query("limit", {"type": "integer", "minimum": 1, "default": 50}, ""),
            Query("flag", {"type": "boolean"}, ""),
            Query("word", {"enum": ["a", "b"]}, ""),
        ),
    ),
    Route(
        "POST",
        "/echo",
        "say",
        "",
        echo,
        scope="write",
        body=object_of({"text": {"type": "string"}}, "text"),
        most_bytes=100,
    ),
    Route("GET", "/need", "need", "", echo, query=(Query("q", {}, "", required=True),)),
    Route("GET", "/broken", "broken", "", broken),
    Route("GET", "/full", "full", "", full),
)


@pytest.fixture
def client(client):
    client.app = application(client.service, ["testserver"], [], ROUTES)
    return client


def test_values_are_read_as_their_schemas_say(client):
    answer = client.get("/echo?flag=true&word=b")

    assert answer.json()["query"] == {"limit": 50, "flag": True, "word": "b"}


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("limit=0", "limit='0': 0 is less than the minimum of 1"),
        ("limit=x", "limit='x': 'x' is not of type 'integer'"),
        ("limit=", "limit='': '' is not of type 'integer'"),
        ("flag=maybe", "flag='maybe': 'maybe' is not of type 'boolean'"),
        ("word=c", "word='c': 'c' is not one of ['a', 'b']"),
        ("limits=1", "no parameter 'limits'"),
    ],
)
def test_a_parameter_that_does_not_fit_is_told_with_its_value(client, asked, told):
    refused = client.get(f"/echo?{asked}")

    assert (refused.status_code, refused.json()["detail"]) == (400, told)


def test_a_parameter_that_is_needed_is_asked_for(client):
    assert client.get("/need").json()["detail"] == "the parameter q is missing"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "json"),
        (b"{", 400, "json"),
        (b'{"text": 1}', 400, "usage"),
        (b'{"text": "x", "more": 1}', 400, "usage"),
        (b"[]", 400, "usage"),
        (b'{"text": "%s"}' % (b"x" * 100), 413, "too_large"),
    ],
)
def test_a_body_that_does_not_fit_is_refused(client, body, status, code):
    refused = client.post("/echo", content=body, headers={"content-type": "application/json"})

    assert (refused.status_code, refused.json()["code"]) == (status, code)


def test_a_body_whose_length_nobody_told_is_refused_once_it_is_too_large(client):
    async def pieces():
        for _ in range(20):
            yield b"x" * 10

    refused = client.post("/echo", content=pieces(), headers={"content-type": "application/json"})

    assert refused.status_code == 413


def test_a_body_of_another_type_is_refused(client):
    refused = client.post("/echo", content=b"x", headers={"content-type": "text/plain"})

    assert (refused.status_code, refused.json()["detail"]) == (415, "a body of text/plain")


def test_all_faults_of_a_body_are_told(client):
    refused = client.post("/echo", json={"text": 1, "more": 2})

    assert len(refused.json()["errors"]) == 2


def test_what_broke_inside_is_in_the_log_alone(client, caplog):
    failed = client.get("/broken")

    assert (failed.status_code, failed.json()["code"]) == (500, "bug")
    assert "secret" not in failed.text
    assert "a secret" in caplog.text


def test_a_full_disk_is_one_clear_problem(client):
    failed = client.get("/full")

    assert (failed.status_code, failed.json()["code"]) == (507, "storage")
    assert failed.json()["detail"] == "No space left on device"


def test_what_the_disk_itself_refuses_is_no_mistake_of_ours(client, service, monkeypatch):
    def full(*_anything):
        raise OSError(errno.ENOSPC, "No space left on device", "/store/logins.json")

    monkeypatch.setattr(service.logins, "begin", full)
    client.app = application(service, ["testserver"], ["http://testserver"])
    failed = client.post("/login", data={"token": service.access.token()})

    assert failed.status_code == 507
    assert "/store/logins.json: No space left on device" in failed.text


def test_an_answer_of_bytes_is_sent_as_it_is():
    assert handling.response(Answer(b"x", media="text/plain")).body == b"x"


def test_requests_of_one_line_are_done_one_after_another(client, service):
    at_once, most, gate = [], [], threading.Event()

    def slow(_service, _asked):
        at_once.append(1)
        most.append(len(at_once))
        gate.wait(0.005)
        at_once.pop()
        return Answer({})

    routes = [Route("GET", f"/{name}", name, "", slow, scope="", line="one") for name in "abcd"]

    async def crowd():
        client.app = application(service, ["testserver"], [], routes)
        await asyncio.gather(*(client.asked("GET", f"/{name}") for name in "abcd"))

    asyncio.run(crowd())
    assert most == [1, 1, 1, 1]


def test_a_client_that_goes_while_it_sends_is_no_failure(client, caplog):
    sent = []

    async def gone():
        return {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "path": "/echo",
        "query_string": b"",
        "scheme": "http",
        "headers": [
            (b"host", b"testserver"),
            (b"authorization", f"Bearer {client.token}".encode()),
        ],
    }
    asyncio.run(client.app(scope, gone, send))

    assert not caplog.records
