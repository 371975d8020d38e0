"""When the next message may go out: a chat's own time between two, and the service's in all."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ai_sessions.bots.adapter import Limits
    from ai_sessions.bots.events import Place

_MINUTE_S = 60.0
#: Chats whose last messages are known; those of the others are long past.
_MOST_CHATS = 10_000


class Pace:
    """Of one bot; belongs to one event loop."""

    def __init__(
        self,
        limits: Limits,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._limits, self._clock, self._sleep = limits, clock, sleep
        self._all: deque[float] = deque(maxlen=limits.a_second)
        self._chats: dict[str, deque[float]] = {}
        """Chat -> when its last messages went out, or will go out; the one that was used last is
        the last."""
        self._peace: dict[str, float] = {}
        """Chat -> until when the service wants nothing there; empty: of all."""

    async def wait(self, place: Place) -> None:
        """Until a message may go to a place; it then counts as sent."""
        now = self._clock()
        at = max(now, *self._earliest(place, now))
        self._count(place, at)
        while (left := at - self._clock()) > 0:
            await self._sleep(left)

    def later(self, place: Place, seconds: float) -> None:
        """The service has said that it takes nothing from this place for so long."""
        self._peace[place.chat] = self._clock() + seconds

    def _earliest(self, place: Place, now: float) -> list[float]:
        sent = self._chats.get(place.chat, ())
        times = [now, self._peace.pop(place.chat, 0.0)]
        if len(self._all) == self._limits.a_second:
            times.append(self._all[0] + 1.0)
        if sent:
            times.append(sent[-1] + self._limits.between_messages_s)
        most = self._limits.a_minute_in_groups
        if most and not place.is_private and len(sent) >= most:
            times.append(sent[-most] + _MINUTE_S)
        return times

    def _count(self, place: Place, at: float) -> None:
        most = max(1, self._limits.a_minute_in_groups)
        sent = self._chats.pop(place.chat, None) or deque(maxlen=most)
        sent.append(at)
        self._chats[place.chat] = sent
        self._all.append(at)
        if len(self._chats) > _MOST_CHATS:
            del self._chats[next(iter(self._chats))]
