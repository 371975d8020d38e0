"""What does not work for a while: told once when that begins and once when it is over."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

_LOG = logging.getLogger("ai_sessions")
#: Seconds between two tries: at first, and at most.
FIRST_S, LONGEST_S = 1.0, 60.0


class Outage:
    """Of one thing that many tasks try. Belongs to one event loop."""

    def __init__(
        self, what: str, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        """`what`: in a message, such as `telegram`."""
        self._what, self._sleep = what, sleep
        self._is_told = False

    async def passed(self, error: Exception, tries: int) -> None:
        """Wait until it may be tried again. `tries`: how many of this task's failed before."""
        if not self._is_told:
            self._is_told = True
            _LOG.warning("%s does not work now, I go on trying: %s", self._what, error)
        await self._sleep(min(LONGEST_S, FIRST_S * 2 ** min(tries, 10)))

    def over(self) -> None:
        """A try of any task has worked."""
        if self._is_told:
            self._is_told = False
            _LOG.warning("%s works again", self._what)
