"""Who is turned away before a route sees the request."""

from datetime import UTC, datetime

import pytest

from ai_sessions.api import guard

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


def test_a_token_in_the_address_does_not_count(stranger, service):
    refused = stranger.get(f"/v1/sessions/x?token={service.access.token()}")

    assert refused.status_code == 401


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
        ("0.0.0.0", "https://Box.example", "box.example"),
        ("0.0.0.0", "https://box.example:8443", "box.example:8443"),
    ],
)
def test_hosts_are_those_of_the_address_and_of_the_public_url(host, public, expected):
    assert expected in guard.hosts_of(host, 80, public)


def test_origins_have_the_scheme_of_the_public_url():
    assert "https://box.example" in guard.origins_of("127.0.0.1", 80, "https://box.example/x")
