"""How many requests a token may make."""

import pytest

from ai_sessions.api.problems import Refused
from ai_sessions.api.rates import count
from ai_sessions.api.scopes import Token
from ai_sessions.rates import Rates

PHONE, CI = Token("phone", "read", "a"), Token("ci", "read", "b")


@pytest.fixture
def clock():
    return [100.0]


@pytest.fixture
def rates(clock):
    return Rates(3, lambda: clock[0])


def made(rates, token, times):
    for _ in range(times):
        count(rates, token)


def test_one_more_than_it_may_is_refused_with_the_seconds_to_wait(rates):
    made(rates, PHONE, 3)

    with pytest.raises(Refused, match="'phone' has made 3 requests in a minute") as refused:
        count(rates, PHONE)
    assert (refused.value.status, refused.value.headers) == (429, {"retry-after": "20"})


def test_each_token_has_its_own(rates):
    made(rates, PHONE, 3)

    count(rates, CI)


def test_there_may_be_no_limit():
    made(Rates(0), PHONE, 10_000)


def test_a_request_too_many_is_answered_with_429(client, monkeypatch):
    monkeypatch.setattr(client.service, "rates", Rates(1))
    client.restart()
    client.get("/openapi.json")
    refused = client.get("/openapi.json")

    assert (refused.status_code, refused.json()["code"]) == (429, "rate")
    assert refused.headers["retry-after"] == "60"
