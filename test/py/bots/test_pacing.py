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


class Patient(Clock):
    """Time passes when everybody sleeps: to the end of the shortest sleep."""

    def __init__(self):
        super().__init__()
        self.sleeping = []

    async def sleep(self, seconds):
        ended = asyncio.get_running_loop().create_future()
        self.sleeping.append((self.now + seconds, ended))
        await ended

    async def pass_to_the_next(self):
        for _ in range(20):
            await asyncio.sleep(0)
        if self.sleeping:
            first = min(self.sleeping, key=lambda one: one[0])
            self.sleeping.remove(first)
            self.now = first[0]
            first[1].set_result(None)


def together(made, clock, places, most):
    """The first of them that went out, and when; they were there at the same time."""

    async def sent():
        found = []

        async def one(place):
            await made.wait(place)
            found.append((place.chat, clock.now - 1000.0))

        tasks = [asyncio.create_task(one(place)) for place in places]
        await asyncio.sleep(0)
        while len(found) < most:
            await clock.pass_to_the_next()
        for task in tasks:
            task.cancel()
        return found

    return asyncio.run(sent())


def test_a_chat_from_which_the_service_wants_nothing_holds_up_no_other_one():
    clock = Patient()
    made = pace(clock, a_second=2, between_messages_s=1.0)
    made.later(HERE, 600.0)

    found = together(made, clock, [HERE, *[GROUP] * 5], 5)

    assert found == [(GROUP.chat, float(at)) for at in range(5)]


def test_those_that_wait_for_a_chat_go_one_after_the_other_when_it_is_free_again():
    clock = Patient()
    made = pace(clock, between_messages_s=1.0)
    made.later(HERE, 7.0)

    assert together(made, clock, [HERE] * 3, 3) == [(HERE.chat, at) for at in (7.0, 8.0, 9.0)]


def test_one_that_gives_up_waiting_takes_no_place(clock):
    made = pace(clock, between_messages_s=5.0)

    async def scene():
        await made.wait(HERE)
        for _ in range(3):
            task = asyncio.create_task(made.wait(HERE))
            task.cancel()
            await asyncio.wait({task})
        await made.wait(HERE)
        return clock.now - 1000.0

    assert asyncio.run(scene()) == 5.0


def test_what_may_be_left_out_goes_only_when_nothing_waits(clock):
    made = pace(clock, between_messages_s=1.0)

    assert [made.spare(HERE), made.spare(HERE), made.spare(GROUP)] == [True, False, True]
    clock.now += 1.0
    made.later(GROUP, 5.0)
    assert [made.spare(HERE), made.spare(GROUP)] == [True, False]


def test_what_may_be_left_out_leaves_half_for_messages(clock):
    made = pace(clock, a_second=4, a_minute_in_groups=6)

    assert [made.spare(GROUP) for _ in range(3)] == [True, True, False]
    clock.now += 2.0
    assert [made.spare(GROUP) for _ in range(2)] == [True, False]
    assert times(clock, made, [GROUP] * 3) == [2.0, 2.0, 2.0]
