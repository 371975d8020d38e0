"""The connection by which Discord tells what is said: made, kept, and given up."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from ai_sessions.bots.adapter import Away
from ai_sessions.bots.discord import failures

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ai_sessions.bots.discord.client import Client
    from ai_sessions.errors import ConfigError

_LOG = logging.getLogger("ai_sessions")
#: Seconds between two tries: at first, and at most. Discord takes 1,000 a day, and then the token.
_FIRST_S, _LONGEST_S = 1.0, 120.0
#: Seconds after which a task that goes on is cancelled once more.
_FORGOTTEN_S = 0.2


async def end(task: asyncio.Task[None]) -> None:
    """Cancel it, and wait for its end. In Python 3.11 a `wait_for`, as the library has one, forgets
    that it was cancelled when what it waits for has come in that moment.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=_FORGOTTEN_S)
    if not task.cancelled():
        task.exception()  # which nobody else asks for


class Gateway:
    """Of a client that has logged in."""

    def __init__(self, client: Client, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._client, self._sleep = client, sleep

    async def stay(self, ended: Callable[[ConfigError], None]) -> None:
        """Be connected until Discord wants no more of us; `ended` is told why. The library connects
        again by itself, but neither for the first time nor after what it could not read.
        """
        wait_s = _FIRST_S
        while True:
            try:
                await self._client.connect()
            except Exception as error:
                if refused := failures.refused(error, self._client.application_id):
                    ended(refused)
                    return
                _LOG.warning("the gateway of discord is not there: %r", error)
            await self.leave()
            await self._sleep(wait_s)
            wait_s = min(_LONGEST_S, 2 * wait_s)

    async def leave(self) -> None:
        if self._client.ws:
            await self._client.ws.close(1000)

    async def let_in(self, is_connected: asyncio.Event) -> None:
        """Connect and leave again: whether Discord lets us in is known to nobody else.

        `is_connected`: set by the client. Raises `ConfigError` and `Away`.
        """
        connection = asyncio.create_task(self._client.connect(reconnect=False))
        connected = asyncio.create_task(is_connected.wait())
        try:
            await asyncio.wait([connection, connected], return_when=asyncio.FIRST_COMPLETED)
            if connection.done() and (error := connection.exception()):
                refused = failures.refused(error, self._client.application_id)
                raise refused or Away(repr(error)) from error
        finally:
            connected.cancel()
            await end(connection)
