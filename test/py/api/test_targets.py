"""A whole address in the first line of a request."""

import asyncio

import pytest

from ai_sessions.api import targets


def scope_of(raw, host=b"testserver"):
    """As uvicorn makes it of such a line: the path is what comes before `?`, whatever it is."""
    path, _, query = raw.partition(b"?")
    return {
        **{"type": "http", "http_version": "1.1", "method": "GET", "scheme": "http", "state": {}},
        **{"path": path.decode(), "raw_path": path, "query_string": query, "root_path": ""},
        "headers": [(b"host", host)],
    }


def status(client, scope):
    """That of what the server answers."""
    told = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        told.append(message)

    asyncio.run(client.app(scope, receive, send))
    return told[0]["status"]


@pytest.mark.parametrize("raw", [b"http://testserver/healthz", b"HTTPS://TestServer/healthz"])
def test_the_whole_address_leads_where_its_path_does(client, raw):
    assert status(client, scope_of(raw)) == 200


@pytest.mark.parametrize(
    ("raw", "host", "expected"),
    [
        (b"http://evil.example/healthz", b"testserver", 421),
        (b"http://testserver@evil.example/healthz", b"testserver", 421),
        (b"http://testserver/healthz", b"evil.example", 200),  # the header's does not count
        (b"http:///healthz", b"testserver", 421),
        (b"ftp://testserver/healthz", b"testserver", 404),
        (b"http://testserver/healthz?token=x", b"testserver", 400),
    ],
)
def test_its_host_is_looked_at_in_place_of_the_headers(client, raw, host, expected):
    assert status(client, scope_of(raw, host)) == expected


def test_an_address_without_a_path_is_that_of_the_root():
    scope = scope_of(b"http://testserver")
    targets.as_path(scope)

    assert (scope["path"], scope["raw_path"]) == ("/", b"/")


def test_a_path_alone_stays_as_it_is():
    scope = scope_of(b"/v1/sessions/a%2Fb")
    targets.as_path(scope)

    assert scope["raw_path"] == b"/v1/sessions/a%2Fb"
