"""Paths and methods that are not there."""

import pytest


def test_a_path_that_is_not_there_is_a_problem(client):
    refused = client.get("/v2/nothing")

    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
    assert refused.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("method", ["TRACE", "PUT", "OPTIONS", "HEAD", "QUERY"])
def test_a_method_that_is_not_offered_is_answered_with_those_that_are(client, method):
    refused = client.ask(method, "/healthz")

    assert (refused.status_code, refused.headers["allow"]) == (405, "GET")


@pytest.mark.parametrize("path", ["/v1/sessions/", "/login/", "/v1//sessions", "/healthz//"])
def test_a_path_with_a_slash_too_many_leads_nowhere(client, path):
    answer = client.get(path)

    assert (answer.status_code, "location" in answer.headers) == (404, False)
