"""Who is turned away before a route sees the request."""

import asyncio
import errno
from datetime import UTC, datetime

import httpx
import pytest

from ai_sessions.api import guard
from ai_sessions.api.table import ROUTES

NOW = datetime(2026, 11, 30, tzinfo=UTC)


def test_without_a_token_there_is_health_alone(stranger):
    assert stranger.get("/healthz").json() == {"status": "ok"}
    refused = stranger.get("/v1/sessions/x")

    assert (refused.status_code, refused.json()["code"]) == (401, "token")
    assert refused.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("given", ["Bearer wrong", "Bearer ", "Basic x", "x"])
def test_a_wrong_token_lets_nobody_in_anywhere(stranger, given):
    refused = stranger.get("/healthz", headers={"authorization": given})

    assert (refused.status_code, refused.json()["code"]) == (401, "token")


def test_who_is_turned_away_is_told_so_in_the_way_of_what_was_asked_for(stranger):
    refused = stranger.get("/v1/models/x", headers={"authorization": "Bearer wrong"})

    assert (refused.status_code, refused.json()["error"]["type"]) == (401, "authentication_error")
    assert refused.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "path",
    [
        "/healthz?token=x",
        "/healthz?Access_Token=x",
        "/healthz?q={token}",
        "/healthz?{token}",
        "/v1/sessions/{token}",
        "/v1/sessions/%61is_{rest}",
        "/?q=%61is_{rest}",
    ],
)
def test_a_token_in_the_address_is_refused_and_not_repeated(client, stranger, service, path):
    token = service.access.token()
    for one in (client, stranger):
        refused = one.get(path.format(token=token, rest=token[4:]))

        assert (refused.status_code, "must not be in an address" in refused.text) == (400, True)
        assert token[4:] not in refused.text


def test_a_file_of_tokens_that_cannot_be_read_is_told(client, service, monkeypatch):
    def unreadable(_token):
        raise PermissionError(errno.EACCES, "Permission denied", "/store/.api/token")

    monkeypatch.setattr(service.access, "find", unreadable)
    refused = client.get("/v1/sessions")

    assert (refused.status_code, refused.json()["code"]) == (507, "storage")
    assert refused.json()["detail"] == "/store/.api/token: Permission denied"


@pytest.mark.parametrize("name", ["host", "origin", "authorization"])
def test_two_of_a_header_that_decides_are_refused(client, name):
    headers = [*client_headers(client), (name, "testserver")]
    if name == "origin":
        headers.append((name, "http://testserver"))
    refused = asked(client, headers)

    assert (refused.status_code, refused.json()["code"]) == (400, "http")


@pytest.mark.parametrize(
    ("version", "name"),
    [("1.1", "content-length"), ("1.0", "x-more"), ("1.0", "content-length")],
)
def test_a_body_whose_end_is_not_clear_is_refused_and_nothing_after_it_read(client, version, name):
    headers = {"transfer-encoding": "chunked", name: "5"}
    raw = [(one.encode(), value.encode()) for one, value in headers.items()]
    told = asyncio.run(said_to(client, raw, version))

    assert (told["status"], (b"connection", b"close") in told["headers"]) == (400, True)


async def said_to(client, headers, version):
    """How the answer to a request begins."""
    told = []
    scope = {
        **{"type": "http", "http_version": version, "method": "GET", "scheme": "http"},
        **{"path": "/healthz", "raw_path": b"/healthz", "query_string": b"", "root_path": ""},
        "headers": [(b"host", b"testserver"), *headers],
    }

    async def receive():
        raise AssertionError("the body was read")

    async def send(message):
        told.append(message)

    await client.app(scope, receive, send)
    return told[0]


def client_headers(client):
    return [("host", "testserver"), ("authorization", f"Bearer {client.token}")]


def asked(client, headers):
    async def ask():
        transport = httpx.ASGITransport(client.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
            return await http.request("GET", "/healthz", headers=headers)

    return asyncio.run(ask())


def test_a_token_that_was_revoked_lets_nobody_in(client, service):
    client.token = service.access.add("phone", "admin", NOW)
    before = client.get("/openapi.json").status_code
    service.access.revoke("phone")

    assert (before, client.get("/openapi.json").status_code) == (200, 401)


def test_a_token_for_reading_writes_nothing_anywhere(client, service):
    client.token = service.access.add("phone", "read", NOW)
    told = {
        (route.method, route.path): client.ask(route.method, route.path.replace(":path", ""))
        for route in ROUTES
        if route.scope in ("write", "admin")
    }

    assert {found.status_code for found in told.values()} == {403}


def test_without_a_token_nothing_that_needs_one_answers(stranger):
    told = {
        stranger.ask(route.method, route.path.replace(":path", "")).status_code
        for route in ROUTES
        if route.scope
    }

    assert told <= {401, 303}  # browsers are sent to the login


def test_a_list_of_tokens_that_cannot_be_read_lets_nobody_in(client, service):
    service.access.add("phone", "read", NOW)
    (service.access._folder / "tokens.json").write_text("{")
    client.token = "x" * 40
    refused = client.get("/healthz")

    assert (refused.status_code, refused.json()["code"]) == (503, "config")


@pytest.mark.parametrize("host", ["evil.example", "testserver.evil.example", "", "127.0.0.1:1"])
def test_another_name_for_this_server_is_refused(client, host):
    refused = client.get("/healthz", headers={"host": host})

    assert (refused.status_code, refused.json()["code"]) == (421, "host")


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://testserver:1"])
def test_a_page_of_another_site_cannot_write(client, origin):
    refused = client.post("/v1/sessions/x", headers={"origin": origin})

    assert (refused.status_code, refused.json()["code"]) == (403, "origin")


def test_a_page_of_ours_can(client):
    answer = client.post("/v1/sessions/x", headers={"origin": "http://testserver"})

    assert answer.status_code == 405


def test_a_token_for_reading_cannot_write(service):
    token = service.access.find(service.access.add("phone", "read", NOW))

    with pytest.raises(guard.Refused, match="'phone' allows read, this needs write") as refused:
        guard.allowed(token, "write")
    assert refused.value.status == 403


def test_answers_tell_browsers_to_keep_and_guess_nothing(stranger):
    headers = stranger.get("/healthz").headers

    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("host", "public", "expected"),
    [
        ("127.0.0.1", "", "localhost:80"),
        ("::1", "", "[::1]:80"),
        ("::1", "", "[::1]"),
        ("127.0.0.1", "", "localhost"),
        ("0.0.0.0", "https://box.example", "box.example:443"),
        ("0.0.0.0", "http://box.example:80", "box.example"),
        ("0.0.0.0", "https://Box.example", "box.example"),
        ("0.0.0.0", "https://box.example:8443", "box.example:8443"),
    ],
)
def test_hosts_are_those_of_the_address_and_of_the_public_url(host, public, expected):
    assert expected in guard.hosts_of(host, 80, public)


def test_origins_have_the_scheme_of_the_public_url():
    assert "https://box.example" in guard.origins_of("127.0.0.1", 80, "https://box.example/x")
