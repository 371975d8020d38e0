"""What was said while we were not connected: Discord tells it nobody, and has to be asked."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import discord

from ai_sessions.bots.adapter import Away, RetryAfter, Unreachable
from ai_sessions.bots.discord import reading
from ai_sessions.bots.discord.failures import told

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from ai_sessions.bots.discord.client import Client
    from ai_sessions.bots.discord.places import Places
    from ai_sessions.bots.events import Inbound, Place

_LOG = logging.getLogger("ai_sessions")
#: Older messages are not answered any more: so long does Telegram keep them, too.
_KEPT_S = 24 * 3600.0
#: Messages of one place that are looked at.
_MOST = 1000
#: What came at about the same time as the last one may have overtaken it.
_OVERLAP_S = 5.0
_FIRST_S, _LONGEST_S = 1.0, 60.0
#: Ids of Discord are times: milliseconds since 2015, by so many bits more.
_BITS = 22


class Missed:
    """Of one bot. `clock`: seconds since 1970."""

    def __init__(
        self,
        client: Client,
        places: Places,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._client, self._places, self._clock, self._sleep = client, places, clock, sleep

    async def after(self, latest: list[Inbound], me: int) -> AsyncIterator[Inbound]:
        """What was said to us since then, in the places of these events; some of it is known."""
        for event in sorted(latest, key=lambda one: int(one.id)):
            async for found in self._in(event, me):
                yield found

    async def _in(self, last: Inbound, me: int) -> AsyncIterator[Inbound]:
        """As often as it takes: what comes in now waits behind it, in order."""
        oldest = _id_at(self._clock() - _KEPT_S)
        after = max(int(last.id) - (int(_OVERLAP_S * 1000) << _BITS), oldest)
        wait_s = _FIRST_S
        while True:
            try:
                async for said in self._said(last.place, after):
                    after = said.id
                    if not reading.is_for(said, me):
                        continue
                    if event := reading.message(said, last.place, me):
                        yield event
            except Unreachable as error:
                _LOG.warning("what was said in %s cannot be read: %s", last.place.key, error)
            except (Away, RetryAfter) as error:
                await self._sleep(error.seconds if isinstance(error, RetryAfter) else wait_s)
                wait_s = min(_LONGEST_S, 2 * wait_s)
                continue
            except Exception:  # a message that the library cannot read, with those after it
                _LOG.exception("what was said in %s cannot be read", last.place.key)
            return

    async def _said(self, place: Place, after: int) -> AsyncIterator[discord.Message]:
        channel = self._client.get_partial_messageable(
            await self._places.channel(place), guild_id=int(place.server) if place.server else None
        )
        since = discord.Object(after)
        with told():
            async for said in channel.history(after=since, limit=_MOST, oldest_first=True):
                yield said


def _id_at(seconds: float) -> int:
    """The first id of a moment."""
    return discord.utils.time_snowflake(datetime.fromtimestamp(seconds, UTC))
