"""The connection to Discord: the client of discord.py, with what arrives put in one line."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import discord
from discord.http import Route

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import aiohttp

    Arrived = discord.Message | discord.Interaction | None

#: Seconds between two connections that begin anew.
_BETWEEN_S = 5.0
#: Seconds of a rate limit that discord.py sits out by itself; it takes no less.
_SITS_OUT_S = 30.0


class Client(discord.Client):
    """`arrived` is called with each message and interaction, in order, and with None when a new
    connection begins: what was said before it is not sent again.
    """

    def __init__(
        self,
        arrived: Callable[[Arrived], None],
        sleep: Callable[[float], Awaitable[None]],
        address: str = "",
    ) -> None:
        """`address`: of another server than Discord's, `http://127.0.0.1:8080`, for tests."""
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # we do not call
        logging.getLogger("discord.client").addFilter(_without_trace)
        super().__init__(
            intents=discord.Intents(
                guilds=True, guild_messages=True, dm_messages=True, message_content=True
            ),
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_ratelimit_timeout=_SITS_OUT_S,
        )
        self._arrived, self._sleep = arrived, sleep
        if address:
            self._move(address)

    def _move(self, address: str) -> None:
        """Ask this server in place of Discord's: the library keeps its own in its classes."""
        request, connect = self.http.request, self.http.ws_connect

        async def requested(route: Route, **more: Any) -> Any:
            route.url = f"{address}/api/v10{route.url.removeprefix(Route.BASE)}"
            return await request(route, **more)

        async def connected(url: str, *, compress: int = 0) -> aiohttp.ClientWebSocketResponse:
            return await connect(f"{address}/gateway?{url.partition('?')[2]}", compress=compress)

        self.http.request = requested  # type: ignore[method-assign]
        self.http.ws_connect = connected  # type: ignore[method-assign]

    async def before_identify_hook(self, _shard_id: int | None, *, initial: bool = False) -> None:
        if not initial:
            await self._sleep(_BETWEEN_S)

    async def on_connect(self) -> None:
        self._arrived(None)

    async def on_message(self, message: discord.Message) -> None:
        self._arrived(message)

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        self._arrived(interaction)

    def interaction(self, told: Any) -> discord.Interaction:
        """From what Discord sends over HTTP."""
        return discord.Interaction(data=told, state=self._connection)


def _without_trace(record: logging.LogRecord) -> bool:
    """A lost connection is one line, and not where in the library it was noticed."""
    if record.exc_info and record.exc_info[1]:
        record.msg, record.args = f"{record.getMessage()}: {record.exc_info[1]!r}", ()
        record.exc_info = None
    return True
