"""Paths and methods that are not there."""

import pytest


def test_a_path_that_is_not_there_is_a_problem(client):
    refused = client.get("/v2/nothing")

    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
    assert refused.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("method", ["TRACE", "PUT", "OPTIONS", "QUERY"])
def test_a_method_that_is_not_offered_is_answered_with_those_that_are(client, method):
    refused = client.ask(method, "/healthz")

    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("path", ["/v1/sessions/", "/login/", "/v1//sessions", "/healthz//"])
def test_a_path_with_a_slash_too_many_leads_nowhere(client, path):
    answer = client.get(path)

    assert (answer.status_code, "location" in answer.headers) == (404, False)


@pytest.mark.parametrize("path", ["/healthz", "/v1/sessions", "/metrics", "/features"])
def test_head_is_answered_as_get_is(client, path):
    got, headed = client.get(path), client.ask("HEAD", path)

    assert headed.status_code == got.status_code == 200
    assert headed.headers["content-type"] == got.headers["content-type"]


@pytest.mark.parametrize("path", ["/v1/events", "/v1/export?format=jsonl"])
def test_the_head_of_a_stream_comes_without_it(client, path):
    client.post("/v1/sessions", json={"name": "a"})

    headed = client.ask("HEAD", path)

    assert (headed.content, "content-length" in headed.headers) == (b"", False)


@pytest.mark.parametrize(("path", "status"), [("/v1/none", 404), ("/v1/sessions/none", 404)])
def test_head_fails_as_get_does(client, path, status):
    assert client.ask("HEAD", path).status_code == status


def test_who_may_not_get_it_may_not_have_its_head(stranger):
    assert stranger.ask("HEAD", "/v1/sessions").status_code == 401


def test_there_is_no_head_where_there_is_no_get(client):
    refused = client.ask("HEAD", "/v1/chat/completions")

    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")
