"""What is counted of requests."""

import asyncio

import pytest

from ai_sessions.api.counting import BOUNDS, Requests, Waits


async def told(_message):
    """Of what is sent nothing is kept."""


def ask(requests, inside, **scope):
    asyncio.run(requests.counted(inside)({"type": "http", **scope}, None, told))


async def answered(_scope, _receive, send):
    await send({"type": "http.response.start", "status": 204})


@pytest.fixture
def requests():
    return Requests()


def test_each_is_counted_with_its_route_and_status(requests):
    for _ in range(2):
        ask(requests, answered, **{"ai_sessions.route": "health"})

    assert requests.ended == {("health", 204): 2}
    assert sum(requests.waits["health"].counts) == 2


def test_one_that_is_gone_before_its_answer_is_counted_and_not_under_way(requests):
    async def gone(_scope, _receive, _send):
        assert requests.under_way == 1
        raise ConnectionError

    with pytest.raises(ConnectionError):
        ask(requests, gone)

    assert (requests.ended, requests.waits, requests.under_way) == ({("", 0): 1}, {}, 0)


@pytest.mark.parametrize(
    ("seconds", "place"), [(0.0, 0), (BOUNDS[0], 0), (0.0011, 1), (60.0, -2), (61.0, -1)]
)
def test_a_wait_is_in_the_first_bound_that_it_does_not_pass(seconds, place):
    waits = Waits()
    waits.add(seconds)

    assert waits.counts[place] == 1
    assert waits.seconds == seconds
