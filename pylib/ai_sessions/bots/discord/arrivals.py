"""What has arrived and is not handled yet, in order; an interaction is acknowledged at once."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import discord

from ai_sessions.bots.adapter import Away, RetryAfter, Unformatted, Unreachable
from ai_sessions.bots.discord.handles import Handle
from ai_sessions.bots.discord.listener import DEFERRED

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ai_sessions.bots.discord.client import Arrived
    from ai_sessions.errors import ConfigError

_LOG = logging.getLogger("ai_sessions")


class Arrivals:
    """Belongs to one event loop."""

    def __init__(self, defer: Callable[[Handle, int], Awaitable[None]]) -> None:
        """`defer`: tells Discord that we have an interaction, by the kind of what comes later."""
        self._defer = defer
        self._came: asyncio.Queue[Arrived | ConfigError] = asyncio.Queue()
        self._is_any = asyncio.Event()
        self._why: ConfigError | None = None
        self._deferring: dict[str, asyncio.Task[None]] = {}
        """By `Handle.text`."""

    def put(self, came: Arrived) -> None:
        """From the gateway: an interaction has three seconds to be acknowledged in."""
        if isinstance(came, discord.Interaction):
            handle, kind = Handle.of(came), DEFERRED.get(came.type.value)
            if kind is None:
                return
            task = asyncio.create_task(self._acknowledge(handle, kind))
            self._deferring[handle.text] = task
            task.add_done_callback(lambda _task: self._deferring.pop(handle.text, None))
        self._came.put_nowait(came)
        self._is_any.set()

    def put_acknowledged(self, came: discord.Interaction) -> None:
        """One that came over HTTP, where it was answered."""
        self._came.put_nowait(came)

    def end(self, why: ConfigError) -> None:
        """Nothing more will come."""
        self._why = why
        self._came.put_nowait(why)
        self._is_any.set()

    async def begun(self) -> None:
        """Wait until the gateway has told something. Raises `ConfigError` when that is the end."""
        await self._is_any.wait()
        if self._why:
            raise self._why

    async def next(self) -> Arrived:
        """Raises `ConfigError` when it is the end."""
        came = await self._came.get()
        if came is None or isinstance(came, discord.Message | discord.Interaction):
            return came
        raise came

    async def acknowledged(self, handle: Handle) -> None:
        """Wait until Discord knows that we have it."""
        if task := self._deferring.get(handle.text):
            await asyncio.wait([task])

    def close(self) -> None:
        """Acknowledge nothing more."""
        for task in self._deferring.values():
            task.cancel()

    async def _acknowledge(self, handle: Handle, kind: int) -> None:
        """A failure is no end: what is said goes out as a message then."""
        try:
            await self._defer(handle, kind)
        except (Away, RetryAfter, Unformatted, Unreachable) as error:
            _LOG.warning("interaction %s was not acknowledged: %s", handle.interaction, error)
