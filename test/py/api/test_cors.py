"""Pages of other sites, listed and not."""

import pytest

from ai_sessions.api.application import application

APP = "https://app.example"
ASKS = {"access-control-request-method": "POST"}


@pytest.fixture
def client(client):
    client.app = application(client.service, ["testserver"], [], cors_origins=[APP])
    return client


def allowed(answer):
    return answer.headers.get("access-control-allow-origin")


def test_a_page_that_is_listed_may_read_and_write(client):
    read = client.get("/healthz", headers={"origin": APP})
    written = client.post("/v1/nothing", headers={"origin": APP})

    assert (read.status_code, written.status_code) == (200, 404)
    assert (allowed(read), allowed(written)) == (APP, APP)


def test_a_browser_that_asks_first_is_told_what_may_be_sent(client):
    client.token = ""  # browsers send none with it
    told = client.ask("OPTIONS", "/v1/sessions", headers={"origin": APP, **ASKS})

    assert (told.status_code, allowed(told)) == (204, APP)
    assert "authorization" in told.headers["access-control-allow-headers"]


def test_cookies_never_count_for_another_site(client):
    told = client.get("/healthz", headers={"origin": APP})

    assert "access-control-allow-credentials" not in told.headers


def test_a_refusal_can_be_read_by_the_page(client):
    client.token = "wrong"
    refused = client.get("/openapi.json", headers={"origin": APP})

    assert (refused.status_code, allowed(refused)) == (401, APP)


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://app.example.evil"])
def test_a_page_that_is_not_listed_reads_and_writes_nothing(client, origin):
    read = client.get("/healthz", headers={"origin": origin})
    asked = client.ask("OPTIONS", "/healthz", headers={"origin": origin, **ASKS})
    written = client.post("/v1/sessions", headers={"origin": origin})

    assert [allowed(one) for one in (read, asked, written)] == [None] * 3
    assert (asked.status_code, written.status_code) == (405, 403)
    assert read.headers["vary"] == "origin"


def test_without_a_list_nothing_is_said_of_origins(stranger):
    assert allowed(stranger.get("/healthz", headers={"origin": APP})) is None


@pytest.mark.parametrize("name", ["x-session", "x-request-id", "x-ignored", "etag"])
def test_a_page_that_is_listed_may_read_our_headers(client, name):
    told = client.get("/healthz", headers={"origin": APP})

    assert name in told.headers["access-control-expose-headers"].split(", ")
