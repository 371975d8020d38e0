"""The turns that this server has under way. Each goes on when the client that began it is gone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from ai_sessions import threads
from ai_sessions.api.problems import Refused
from ai_sessions.jobs import Result
from ai_sessions.providers.contract import Event
from ai_sessions.stopping import Stop

#: Seconds that turns are given to come to their end when the server is told to stop.
_FINISH_S = 20.0
Line = dict[str, Any]


class Turn:
    """One call of a model. `id`: of its record. `session`: the name of the one it is in."""

    def __init__(self, id_: str, session: str, *, keeps_words: bool) -> None:
        """`keeps_words` False: no draft of it is kept, so that its words are only here."""
        self.id, self.session = id_, session
        self.stop = Stop()
        self.words: list[Line] | None = None if keeps_words else []
        self._loop = asyncio.get_running_loop()
        self._changed: set[asyncio.Event] = set()
        self._task: asyncio.Task[Result] | None = None

    @property
    def is_over(self) -> bool:
        return self._task is not None and self._task.done()

    def begin(self, work: Callable[[Turn], Result]) -> None:
        """Have `work` done in a thread for calls."""
        self._task = asyncio.create_task(threads.call(lambda: work(self), self.stop))
        self._task.add_done_callback(self._ended)

    async def result(self) -> Result:
        """What came of it. Raises what its work raised; giving up the wait does not end it."""
        if self._task is None:
            raise RuntimeError("the turn was not begun")
        return await asyncio.shield(self._task)

    def watch(self, event: Event) -> None:
        """In the thread of its work: something has come."""
        if self.words is not None and event.kind == "text":
            self.words.append({"text": event.text, "begins": event.begins})
        elif self.words is not None and event.call:
            self.words.append({"call": event.call})
        self._loop.call_soon_threadsafe(self.tell)

    async def wait(self, most_s: float) -> bool:
        """Until something has come, or it is over. False: so many seconds have passed."""
        if self.is_over:
            return True
        changed = asyncio.Event()
        self._changed.add(changed)
        try:
            async with asyncio.timeout(most_s):
                return await changed.wait()
        except TimeoutError:
            return False
        finally:
            self._changed.discard(changed)

    def _ended(self, task: asyncio.Task[Result]) -> None:
        if not task.cancelled():
            task.exception()  # somebody may have asked already; nobody has to
        self.tell()

    def tell(self) -> None:
        """Wake who waits for it, in the event loop."""
        for changed in self._changed:
            changed.set()


class Turns:
    """By session: of each at most one is under way, and any number beside it."""

    def __init__(self) -> None:
        self._by_session: dict[str, Turn] = {}
        self._beside: set[Turn] = set()
        self.is_stopping = False
        """No further turn is begun."""

    def of(self, session: str) -> Turn | None:
        """The one that is under way, or was the last."""
        return self._by_session.get(session)

    def begin(self, turn: Turn, work: Callable[[Turn], Result]) -> None:
        """Raises `Refused` while another turn is under way in the session, and at the end."""
        self._refuse_late()
        before = self._by_session.get(turn.session)
        if before and not before.is_over:
            raise busy(turn.session, before.id)
        self._forget_old()
        self._by_session[turn.session] = turn
        turn.begin(work)

    def begin_beside(self, turn: Turn, work: Callable[[Turn], Result]) -> None:
        """For one that needs nothing of others in its session. Raises `Refused` at the end."""
        self._refuse_late()
        self._beside = {one for one in self._beside if not one.is_over}
        self._beside.add(turn)
        turn.begin(work)

    def under_way(self) -> list[Turn]:
        return [turn for turn in (*self._by_session.values(), *self._beside) if not turn.is_over]

    def _refuse_late(self) -> None:
        if self.is_stopping:
            raise Refused(
                503, "stopping", "the server is about to end", headers={"retry-after": "5"}
            )

    def stop(self) -> None:
        """Begin no further turn; who follows one looks up."""
        self.is_stopping = True
        for turn in self.under_way():
            turn.tell()

    def interrupt(self) -> int:
        """Stop those that are under way, which are recorded as interrupted. How many are they?"""
        turns = self.under_way()
        for turn in turns:
            turn.stop.set()
        return len(turns)

    async def finish(self, wait_s: float = _FINISH_S) -> None:
        """Let all of them come to their end; those that need longer are stopped, and recorded as
        interrupted.
        """
        self.is_stopping = True
        await self._over(wait_s)
        self.interrupt()
        await self._over(None)

    async def _over(self, most_s: float | None) -> None:
        """Until none is under way, or so many seconds have passed."""
        if left := self.under_way():
            waits = [asyncio.ensure_future(_over(turn)) for turn in left]
            await asyncio.wait(waits, timeout=most_s)

    def _forget_old(self) -> None:
        """Only the last of a session that is over is of use, and not for long."""
        if len(self._by_session) >= _MOST_KEPT:
            left = self._by_session.items()
            self._by_session = {name: turn for name, turn in left if not turn.is_over}


_MOST_KEPT = 1_000


async def _over(turn: Turn) -> None:
    while not turn.is_over:
        await turn.wait(60.0)


def busy(session: str, call: str) -> Refused:
    return Refused(
        409,
        "turn_under_way",
        f"a turn is under way in {session}: call {call}",
        "GET its /turn to follow it, DELETE it to end it",
        headers={"retry-after": "1"},
    )
