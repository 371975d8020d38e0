"""What has arrived and is not handled yet."""

import asyncio
from types import SimpleNamespace

import discord
import pytest

from ai_sessions.bots.adapter import Unreachable
from ai_sessions.bots.discord.arrivals import Arrivals
from ai_sessions.bots.discord.handles import Handle
from ai_sessions.errors import ConfigError


def interaction(kind=2):
    made = object.__new__(discord.Interaction)
    made.application_id, made.id, made.token = 1000, 5, "token"
    made.type = SimpleNamespace(value=kind)
    return made


def play(scenario, defer=None):
    told = []

    async def noted(handle, kind):
        told.append((handle.text, kind))

    async def played():
        return await scenario(Arrivals(defer or noted), told)

    return asyncio.run(played())


def test_an_interaction_is_acknowledged_before_anybody_takes_it():
    async def scenario(arrivals, told):
        came = interaction()
        arrivals.put(came)
        await arrivals.acknowledged(Handle.of(came))
        return told, await arrivals.next() is came

    assert play(scenario) == ([("1000/5/token", 5)], True)


def test_whoever_answers_waits_until_it_is_acknowledged():
    gate = asyncio.Event()

    async def slow(_handle, _kind):
        await gate.wait()

    async def scenario(arrivals, _told):
        came = interaction()
        arrivals.put(came)
        waiting = asyncio.create_task(arrivals.acknowledged(Handle.of(came)))
        for _ in range(9):
            await asyncio.sleep(0)
        was_done = waiting.done()
        gate.set()
        await waiting
        return was_done

    assert play(scenario, slow) is False


def test_one_that_came_over_http_is_not_acknowledged_again():
    async def scenario(arrivals, told):
        arrivals.put_acknowledged(interaction())
        await arrivals.next()
        return told

    assert play(scenario) == []


def test_what_is_neither_a_command_nor_a_button_is_left_out():
    async def scenario(arrivals, told):
        arrivals.put(interaction(kind=4))
        arrivals.put(None)
        return await arrivals.next(), told

    assert play(scenario) == (None, [])


def test_all_is_given_in_the_order_in_which_it_came_and_the_end_is_the_end():
    async def scenario(arrivals, _told):
        arrivals.put(None)
        arrivals.end(ConfigError("no more"))
        first = await arrivals.next()
        with pytest.raises(ConfigError, match="no more"):
            await arrivals.next()
        return first

    assert play(scenario) is None


def test_it_has_begun_when_the_gateway_has_told_something():
    async def scenario(arrivals, _told):
        waiting = asyncio.create_task(arrivals.begun())
        await asyncio.sleep(0)
        was_done = waiting.done()
        arrivals.put(None)
        await waiting
        return was_done, await arrivals.next()

    assert play(scenario) == (False, None)


def test_what_ends_at_once_has_not_begun():
    async def scenario(arrivals, _told):
        arrivals.end(ConfigError("no more"))
        with pytest.raises(ConfigError, match="no more"):
            await arrivals.begun()

    play(scenario)


def test_one_that_was_not_acknowledged_is_given_all_the_same(caplog):
    async def late(_handle, _kind):
        raise Unreachable("unknown interaction")

    async def scenario(arrivals, _told):
        came = interaction()
        arrivals.put(came)
        await arrivals.acknowledged(Handle.of(came))
        return await arrivals.next() is came

    assert play(scenario, late)
    assert "interaction 5 was not acknowledged: unknown interaction" in caplog.text


def test_what_is_being_acknowledged_ends_with_the_bot():
    async def never(_handle, _kind):
        await asyncio.Event().wait()

    async def scenario(arrivals, _told):
        arrivals.put(interaction())
        await asyncio.sleep(0)
        arrivals.close()
        await arrivals.acknowledged(Handle.of(interaction()))
        return True

    assert play(scenario, never)
