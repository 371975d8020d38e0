"""The connection by which Discord tells what is said; more of it is in `test_missed`."""

import asyncio
import contextlib
from types import SimpleNamespace

import discord
import pytest

from ai_sessions.bots.adapter import Away
from ai_sessions.bots.discord import gateway
from ai_sessions.bots.discord.gateway import Gateway
from ai_sessions.errors import ConfigError


class Client:
    """One whose connections end so, one after the other."""

    application_id = 5

    def __init__(self, *ends):
        self.ends, self.closed = list(ends), []
        self.ws = SimpleNamespace(close=self._close)

    async def _close(self, code):
        self.closed.append(code)

    async def connect(self, *, reconnect=True):
        if not self.ends:
            await asyncio.Event().wait()
        end = self.ends.pop(0)
        if end:
            raise end


def closed(code):
    return discord.ConnectionClosed(SimpleNamespace(close_code=code), shard_id=None)


def stay(*ends):
    """Why it ended, how long it waited between, and how often it left."""
    slept, why = [], []

    async def sleep(seconds):
        slept.append(seconds)

    client = Client(*ends)
    asyncio.run(Gateway(client, sleep).stay(why.append))
    return str(why[0]), slept, client.closed


def test_a_connection_that_cannot_be_is_tried_again_later_and_later():
    ends = [OSError("no network")] * 9

    _why, slept, closed_by_us = stay(*ends, closed(4004))
    assert slept == [1, 2, 4, 8, 16, 32, 64, 120, 120]
    assert closed_by_us == [1000] * 9


def test_one_that_ended_without_a_reason_is_made_again():
    _why, slept, _closed = stay(None, closed(4004))

    assert slept == [1]


@pytest.mark.parametrize("error", [closed(4014), discord.PrivilegedIntentsRequired(None)])
def test_what_needs_another_setting_is_the_end(error):
    why, slept, _closed = stay(error)

    assert (why, slept) == ("Discord lets this bot read no messages", [])


def let_in(client, *, is_connected=False):
    async def tried():
        connected = asyncio.Event()
        if is_connected:
            connected.set()
        await Gateway(client, asyncio.sleep).let_in(connected)

    asyncio.run(tried())


def test_who_is_let_in_is_let_in():
    let_in(Client(), is_connected=True)


@pytest.mark.parametrize(
    ("end", "kind"),
    [(closed(4014), ConfigError), (closed(4004), ConfigError), (OSError("x"), Away)],
)
def test_who_is_not_let_in_is_told_why(end, kind):
    with pytest.raises(kind):
        let_in(Client(end))


def test_one_who_was_never_connected_has_nothing_to_leave():
    client = Client()
    client.ws = None

    asyncio.run(Gateway(client, asyncio.sleep).leave())


def test_a_task_that_forgets_that_it_was_cancelled_is_cancelled_again():
    async def forgets():
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        await asyncio.Event().wait()

    async def ended():
        task = asyncio.create_task(forgets())
        await asyncio.sleep(0)
        await gateway.end(task)
        return task.cancelled()

    assert asyncio.run(ended())


def test_a_task_that_failed_has_ended():
    async def failed():
        raise OSError

    async def ended():
        task = asyncio.create_task(failed())
        await gateway.end(task)
        return task.done()

    assert asyncio.run(ended())
