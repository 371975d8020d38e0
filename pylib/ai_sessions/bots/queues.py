"""One thing at a time in a place, the others after it, in order; and never too many of them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress

#: How many wait in a place beside the one that is under way.
MOST = 5
Work = Callable[[], Awaitable[None]]


class Queues:
    """Belongs to one event loop. Work raises nothing."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._waiting: dict[str, deque[Work]] = {}
        """Key of a place -> what waits there; a place is here while something is under way."""
        self._tasks: set[asyncio.Task[None]] = set()

    def is_full(self, key: str) -> bool:
        """Whether no more should wait there."""
        return len(self._waiting.get(key, ())) >= self._most

    def add(self, key: str, work: Work) -> None:
        """After what waits there already."""
        if key in self._waiting:
            self._waiting[key].append(work)
        else:
            self._waiting[key] = deque([work])
            self._begin(self._serve(key))

    def at_once(self, work: Work) -> None:
        """Beside whatever is under way."""
        self._begin(work())

    async def finish(self, most_s: float | None = None) -> bool:
        """Wait for all that is under way or waits; False: it takes longer than that."""
        with suppress(TimeoutError):
            async with asyncio.timeout(most_s):
                while self._tasks:
                    await asyncio.wait(self._tasks)
        return not self._tasks

    def drop(self) -> None:
        """Begin nothing of what waits."""
        for waiting in self._waiting.values():
            waiting.clear()

    def cancel(self) -> None:
        """End all that is under way; it may take a moment."""
        for task in self._tasks:
            task.cancel()

    def _begin(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, key: str) -> None:
        try:
            while self._waiting[key]:
                await self._waiting[key].popleft()()
        finally:
            del self._waiting[key]
