"""Which place a message is in, and which channel a place is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord

from ai_sessions.bots.adapter import Away, RetryAfter, Unreachable
from ai_sessions.bots.discord import reading
from ai_sessions.bots.discord.failures import told

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ai_sessions.bots.discord.client import Client
    from ai_sessions.bots.discord.rest import Rest
    from ai_sessions.bots.events import Place

#: Seconds between two tries: at first, and at most.
_FIRST_S, _LONGEST_S = 1.0, 60.0


class Places:
    """Of one bot."""

    def __init__(
        self, client: Client, rest: Rest, sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        self._client, self._rest, self._sleep = client, rest, sleep
        self._found: dict[int, Any] = {}
        """By id: threads and channels that the library has not heard of."""

    async def of(self, said: discord.Message) -> Place:
        """A thread of which the library knows only the number is asked for."""
        channel: Any = said.channel
        server = said.guild.id if said.guild else None
        if isinstance(channel, discord.PartialMessageable):
            server = channel.guild_id
            channel = await self._asked(channel)
        return reading.place(channel, said.author, server)

    async def channel(self, place: Place) -> int:
        """Where a message to that place goes."""
        if place.is_private:
            return await self._rest.direct(place.chat)
        return int(place.topic or place.chat)

    async def _asked(self, channel: discord.PartialMessageable) -> Any:
        """As often as it takes: in another place, the message would be of another session."""
        wait_s = _FIRST_S
        while channel.id not in self._found:
            try:
                self._found[channel.id] = await self._fetched(channel)
            except (Away, RetryAfter) as error:
                await self._sleep(error.seconds if isinstance(error, RetryAfter) else wait_s)
                wait_s = min(_LONGEST_S, 2 * wait_s)
        return self._found[channel.id]

    async def _fetched(self, channel: discord.PartialMessageable) -> Any:
        """One that Discord does not show us is not asked for again: it counts what it refuses."""
        try:
            with told():
                return await self._client.fetch_channel(channel.id)
        except (Unreachable, discord.InvalidData):
            return channel
