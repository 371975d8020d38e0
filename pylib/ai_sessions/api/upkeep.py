"""What a server does beside its requests: what the first of them would wait for is loaded when it
begins, and now and then conversations that are over go to the trash.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING

from ai_sessions import threads

if TYPE_CHECKING:
    from ai_sessions.api.service import Service
    from ai_sessions.sessions.cleaning import Cleaned

#: Seconds between two looks whether it is due.
_LOOK_S = 20.0


@contextlib.asynccontextmanager
async def kept(service: Service) -> AsyncIterator[None]:
    """While the block lasts: no request does it, and none waits for it."""
    service.core.cleans_by_itself = False
    task = asyncio.create_task(_keep(service))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def _keep(service: Service) -> None:
    await once(service.warm)
    await once(service.core.cleanup)
    while True:
        await service.pause(_LOOK_S)
        await once(service.core.cleanup_if_due)


async def once(work: Callable[[], Cleaned | None]) -> None:
    """Do it in a thread. A fault is logged; the next time may go better."""
    log = logging.getLogger("ai_sessions")
    try:
        done = await threads.run(work)
    except Exception:
        log.exception("%s failed", work.__name__)
        return
    for told in done.failed if done else ():
        log.warning("not cleaned up: %s", told)
