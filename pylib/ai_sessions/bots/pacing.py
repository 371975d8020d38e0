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
#: What may be left out takes at most such a part of what the service allows.
_SPARE = 0.5


class _Chat:
    """`sent`: when its last messages went out. `peace`: until when the service wants none."""

    def __init__(self, most: int) -> None:
        self.sent: deque[float] = deque(maxlen=most)
        self.peace = 0.0
        self.turn = asyncio.Lock()


class Pace:
    """Of one bot; belongs to one event loop. A chat that has to wait holds up no other one."""

    def __init__(
        self,
        limits: Limits,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._limits, self._clock, self._sleep = limits, clock, sleep
        self._all: deque[float] = deque(maxlen=limits.a_second)
        self._turn = asyncio.Lock()
        self._chats: dict[str, _Chat] = {}
        """The one that was used last is the last."""

    async def wait(self, place: Place) -> None:
        """Until a message may go to a place; it then counts as sent. Those of one chat go in the
        order in which they came.
        """
        chat = self._chat(place)
        async with chat.turn:
            await self._until(lambda: self._earliest(place, chat))
            async with self._turn:
                await self._until(lambda: self._next(self._limits.a_second))
                self._count(chat)

    def spare(self, place: Place) -> bool:
        """Whether something that may be left out may go to a place now; it then counts as sent."""
        chat, now = self._chat(place), self._clock()
        if chat.turn.locked() or self._turn.locked():
            return False
        a_second = max(1, int(self._limits.a_second * _SPARE))
        if max(self._earliest(place, chat, _SPARE), self._next(a_second)) > now:
            return False
        self._count(chat)
        return True

    def later(self, place: Place, seconds: float) -> None:
        """The service has said that it takes nothing from this place for so long."""
        self._chat(place).peace = self._clock() + seconds

    async def _until(self, at: Callable[[], float]) -> None:
        """`at`: may be later when it is asked again."""
        while (left := at() - self._clock()) > 0:
            await self._sleep(left)

    def _earliest(self, place: Place, chat: _Chat, part: float = 1.0) -> float:
        """When a chat may have its next message, if it may use such a part of what it may have."""
        at = chat.peace
        if chat.sent:
            at = max(at, chat.sent[-1] + self._limits.between_messages_s)
        most = self._limits.a_minute_in_groups and max(
            1, int(self._limits.a_minute_in_groups * part)
        )
        if most and not place.is_private and len(chat.sent) >= most:
            at = max(at, chat.sent[-most] + _MINUTE_S)
        return at

    def _next(self, a_second: int) -> float:
        """When the service takes its next message."""
        return self._all[-a_second] + 1.0 if len(self._all) >= a_second else 0.0

    def _count(self, chat: _Chat) -> None:
        now = self._clock()
        chat.sent.append(now)
        self._all.append(now)

    def _chat(self, place: Place) -> _Chat:
        found = self._chats.pop(place.chat, None)
        found = found or _Chat(max(1, self._limits.a_minute_in_groups))
        self._chats[place.chat] = found
        if len(self._chats) > _MOST_CHATS:
            del self._chats[next(iter(self._chats))]
        return found
