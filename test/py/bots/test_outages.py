"""What does not work for a while is told once."""

import asyncio

import pytest

from ai_sessions.bots.adapter import Away
from ai_sessions.bots.outages import Outage


@pytest.fixture
def slept():
    return []


@pytest.fixture
def outage(slept):
    async def sleep(seconds):
        slept.append(seconds)

    return Outage("telegram", sleep)


def fail(outage, *tries):
    async def tasks():
        for one in tries:
            await outage.passed(Away("no network"), one)

    asyncio.run(tasks())


def test_many_tries_of_many_tasks_are_one_warning(outage, caplog):
    fail(outage, 0, 0, 1, 1, 2)

    assert caplog.messages == ["telegram does not work now, I go on trying: no network"]


def test_the_tries_of_a_task_become_seldom(outage, slept):
    fail(outage, *range(8), 10_000)

    assert slept == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_its_end_is_told_once_and_the_next_one_again(outage, caplog):
    outage.over()
    fail(outage, 0)
    outage.over()
    outage.over()
    fail(outage, 0)

    assert [message.split()[1] for message in caplog.messages] == ["does", "works", "does"]
