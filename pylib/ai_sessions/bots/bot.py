"""A bot: takes what comes in, has it handled in order, and sends what is said."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from ai_sessions import ids, threads
from ai_sessions.bots.adapter import Unreachable
from ai_sessions.bots.answering import AGAIN
from ai_sessions.bots.commands.table import COMMANDS
from ai_sessions.bots.core import Core
from ai_sessions.bots.delivery import Mail, Talk
from ai_sessions.bots.events import Say
from ai_sessions.bots.outages import Outage
from ai_sessions.bots.pacing import Pace
from ai_sessions.bots.queues import Queues
from ai_sessions.bots.watching import Watcher
from ai_sessions.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ai_sessions.bots.adapter import Adapter
    from ai_sessions.bots.desk import Desk
    from ai_sessions.bots.events import Inbound

_LOG = logging.getLogger("ai_sessions")
#: Seconds that answers under way are given when the bot is told to end.
_FINISH_S = 20.0
#: Seconds that they are given then to say how far they came, and once more to let go of it.
_CUT_OFF_S = 5.0


class Bot:
    """Belongs to one event loop."""

    def __init__(
        self,
        desk: Desk,
        adapter: Adapter,
        mail: Mail | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.desk, self.adapter = desk, adapter
        self.core, self.queues = Core(desk), Queues()
        self.disk = Outage("the disk", sleep)
        self.mail = mail or Mail(adapter, desk.outbox, Pace(adapter.limits), desk.moved)
        self.watcher = Watcher(desk, self.mail)

    async def run(self) -> None:
        """Go on until `received` comes to its end or this task is cancelled; answers that are
        under way then come to theirs.
        """
        for event in await threads.run(self.desk.inbox.left):
            await self._queue(event)
        watching = asyncio.create_task(self.watcher.run())
        try:
            async with contextlib.aclosing(self.adapter.received(self._latest)) as received:
                async for event in received:
                    await self.take(event)
        finally:
            try:
                await asyncio.gather(self._watched(watching), self._finish())
            finally:
                await self.adapter.close()

    async def _latest(self) -> list[Inbound]:
        return await threads.run(self.desk.inbox.latest)

    async def take(self, event: Inbound) -> None:
        """Store an event and have it handled; one that is known is left alone, and what people say
        to each other is not kept.
        """
        if event.kind == "message" and not event.is_addressed:
            return
        stored = await self._stored(replace(event, call=ids.new()))
        if stored is None:
            return
        if self.queues.is_full(event.place.key) and not _is_at_once(event):
            self.queues.at_once(partial(self._refuse, stored))
        else:
            await self._queue(stored)

    async def _stored(self, event: Inbound) -> Inbound | None:
        """As soon as the disk takes it; until then the service keeps it. None: it is known."""
        tries = 0
        while True:
            try:
                stored = await threads.run(self.desk.inbox.take, event)
            except StorageError as error:
                await self.disk.passed(error, tries)
                tries += 1
            else:
                self.disk.over()
                return stored

    async def _queue(self, event: Inbound) -> None:
        work = partial(self._do, event)
        if event.kind == "moved":
            await work()  # before what was said where the chat is now
        elif _is_at_once(event):
            self.queues.at_once(work)
        else:
            self.queues.add(event.place.key, work)

    async def _do(self, event: Inbound) -> None:
        """Handle an event, again when the disk did not take what was done for it. Whatever else
        goes wrong is for the log, since nobody waits for this.
        """
        tries = 0
        while True:
            try:
                await self._handle(event)
            except StorageError as error:
                await self.disk.passed(error, tries)
                tries += 1
            except Exception:
                return _LOG.exception("event %s", event.id)
            else:
                return self.disk.over()

    async def _handle(self, event: Inbound) -> None:
        talk = Talk(self.mail, event)
        try:
            memo = await threads.run(self.desk.inbox.begin, event)
            async with contextlib.aclosing(self.core.handle(event, memo)) as saying:
                async for said in saying:
                    await talk.tell(said)
        except Unreachable as error:
            _LOG.warning("nothing can be sent to %s: %s", event.place.key, error)
        finally:
            await talk.end()
        await threads.run(self.desk.inbox.end, event)

    async def _refuse(self, event: Inbound) -> None:
        """Too many wait here, of which a stranger hears nothing."""
        talk = Talk(self.mail, event)
        try:
            with contextlib.suppress(Unreachable):
                if await threads.run(self.core.role, event) != "stranger":
                    told = "I am busy, and more messages wait here. /cancel ends what I do."
                    await talk.tell(Say(told))
            await threads.run(self.desk.inbox.end, event)
        except StorageError as error:  # it is answered after a restart
            _LOG.warning("%s", error)

    async def _watched(self, watching: asyncio.Task[None]) -> None:
        """Let what is being told come to its end, or it would be told twice."""
        await asyncio.sleep(0)  # a task that has just begun has to run to hear of it
        self.watcher.stop()
        if (await asyncio.wait([watching], timeout=_FINISH_S))[1]:
            watching.cancel()
            await asyncio.wait([watching])

    async def _finish(self) -> None:
        """What is under way comes to its end, is cut off, or goes on after the next start."""
        if await self.queues.finish(_FINISH_S):
            return
        self.queues.drop()
        for stop in list(self.desk.turns.values()):
            stop.set()
        if not await self.queues.finish(_CUT_OFF_S):
            _LOG.warning("not all could be answered: the next start goes on with it")
            self.queues.cancel()
            await self.queues.finish(_CUT_OFF_S)


def _is_at_once(event: Inbound) -> bool:
    command = COMMANDS.get(event.command)
    if event.button == AGAIN:  # a turn as any other
        return False
    return event.kind in ("button", "moved") or bool(command and command.at_once)
