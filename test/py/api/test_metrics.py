"""`/metrics` as Prometheus reads it."""

import re

import pytest

LINE = re.compile(r'[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? [-+.e\d]+')


@pytest.fixture
def told(client, service):
    """Its values, by what stands before them."""

    def read():
        lines = client.get("/metrics").text.splitlines()
        return dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))

    return read


def test_each_line_is_of_the_format_and_each_name_has_its_kind(client):
    answer = client.get("/metrics")
    values = [line for line in answer.text.splitlines() if not line.startswith("#")]

    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert answer.text.endswith("\n")
    assert [line for line in values if not LINE.fullmatch(line)] == []
    assert answer.text.count("# TYPE ") == answer.text.count("# HELP ") >= 12


def test_requests_are_told_by_route_and_status(client, stranger, told):
    for _ in range(2):
        client.get("/healthz")
    client.get("/nowhere")

    assert told()['ai_sessions_requests_total{route="health",status="200"}'] == "2"
    assert told()['ai_sessions_requests_total{route="",status="404"}'] == "1"
    assert told()['ai_sessions_request_wait_seconds_bucket{route="health",le="+Inf"}'] == "2"
    assert told()['ai_sessions_request_wait_seconds_count{route="health"}'] == "2"


def test_buckets_count_those_below_too(service, client, told):
    service.requests.wait({"ai_sessions.route": "a"}).add(0.002)
    service.requests.wait({"ai_sessions.route": "a"}).add(2.0)
    bucket = 'ai_sessions_request_wait_seconds_bucket{{route="a",le="{}"}}'.format

    assert [told()[bucket(bound)] for bound in ("0.001", "0.0025", "1.0", "2.5")] == list("0112")


def test_sessions_and_the_cache_are_told(service, told):
    session = service.core.get_or_create_session(conversation_id=1, interface_type="api")
    service.core.add_message(session, "user", "hello")
    service.core.deactivate(session)
    service.core.read(session.name)
    service.core.read(session.name)
    found = told()

    assert found['ai_sessions_sessions{status="over"}'] == "1"
    assert found["ai_sessions_messages"] == "1"
    assert found["ai_sessions_cache_sessions"] == "1"
    assert float(found['ai_sessions_cache_reads_total{found="yes"}']) >= 1


def test_it_needs_a_token(stranger):
    assert stranger.get("/metrics").status_code == 401
