"""When the next message may go out."""

import asyncio

import pytest

from ai_sessions.bots.adapter import Limits
from ai_sessions.bots.pacing import Pace
from chat_service import GROUP, HERE


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now

    async def sleep(self, seconds):
        self.now += seconds


@pytest.fixture
def clock():
    return Clock()


def pace(clock, **limits):
    found = {"between_messages_s": 0.0, **limits}
    return Pace(Limits(100, counts_utf_16=False, **found), clock, clock.sleep)


def times(clock, made, places):
    async def sent():
        found = []
        for place in places:
            await made.wait(place)
            found.append(clock.now - 1000.0)
        return found

    return asyncio.run(sent())


def test_two_messages_of_a_chat_have_time_between_them_those_of_others_none(clock):
    made = pace(clock, between_messages_s=1.0)

    assert times(clock, made, [HERE, GROUP, HERE, HERE]) == [0.0, 0.0, 1.0, 2.0]


def test_a_group_gets_so_many_in_a_minute(clock):
    made = pace(clock, a_minute_in_groups=3)

    assert times(clock, made, [GROUP] * 4) == [0.0, 0.0, 0.0, 60.0]
    assert times(clock, made, [HERE] * 4)[-1] == 60.0


def test_all_chats_together_get_so_many_in_a_second(clock):
    made = pace(clock, a_second=2)

    assert times(clock, made, [HERE, GROUP, HERE, GROUP, HERE]) == [0.0, 0.0, 1.0, 1.0, 2.0]


def test_what_the_service_wants_is_waited_for_in_that_chat(clock):
    made = pace(clock)
    made.later(HERE, 7.0)

    assert times(clock, made, [GROUP, HERE, HERE]) == [0.0, 7.0, 7.0]
