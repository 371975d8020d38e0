"""What a bot tells by itself: how runs go and end, questions whose time is over, and pushes.

All of it is told once, and goes on after a restart: what is told has keys, as answers have.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ai_sessions import threads, times
from ai_sessions.bots import approving, telling, waiting
from ai_sessions.bots.adapter import Unreachable
from ai_sessions.bots.delivery import Talk
from ai_sessions.bots.events import Button, Inbound, Outbound, Person, Place, Say, Update
from ai_sessions.bots.pushes import Pushes
from ai_sessions.bots.telling import Progress
from ai_sessions.bots.work import ask_of
from ai_sessions.errors import AiSessionsError, NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ai_sessions.bots.delivery import Mail
    from ai_sessions.bots.desk import Desk
    from ai_sessions.bots.work import Begun

_LOG = logging.getLogger("ai_sessions")
#: Seconds between two looks at runs, and at what else there is to push.
LOOK_S, PUSH_S = 2.0, 30.0
#: Seconds between two edits of a message that tells how a run goes: when it is in another phase,
#: and when only time has passed.
_PHASE_S, _STILL_S = 5.0, 30.0
#: A run that is not known any more is given up after so many seconds.
_GONE_S = 24 * 3600.0


class Watcher:
    """Belongs to one event loop."""

    def __init__(self, desk: Desk, mail: Mail, clock: Callable[[], float] = time.monotonic) -> None:
        self._desk, self._mail, self._clock = desk, mail, clock
        self._pushes = Pushes(desk)
        self._progress: dict[str, Progress] = {}
        self._shown: dict[str, tuple[float, str]] = {}
        """Id of a run -> when its message was edited last, and in which phase it was."""
        self._pushed_s = float("-inf")
        self._end_of_run: asyncio.Event | None = None

    async def run(self) -> None:
        """Until `stop`; what is being told then is told to its end."""
        end = self._end_of_run = asyncio.Event()
        while not end.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await end.wait()
                    return
            await self.look()

    def stop(self) -> None:
        """Begin nothing any more."""
        if self._end_of_run:
            self._end_of_run.set()

    async def look(self) -> None:
        """Tell all that is new. What fails is for the log, and is tried again at the next look."""
        for begun in await threads.run(self._desk.work.open):
            await self._tried(self._follow(begun), begun.ask.title)
        await self._tried(self._deny_late(), "questions")
        await self._tried(self._begin_late(), "runs for later")
        if self._clock() - self._pushed_s >= PUSH_S:
            self._pushed_s = self._clock()
            await self._tried(self._push(), "pushes")

    async def _tried(self, work: Any, what: str) -> None:
        try:
            await work
        except Exception:
            _LOG.exception("%s", what)

    async def _tell(self, place: Place, cause: str, said: Iterable[Outbound]) -> None:
        """Say it in a place, once for a `cause`."""
        talk = Talk(self._mail, Inbound(cause, place, Person(""), ""))
        try:
            with suppress(Unreachable):
                for one in said:
                    await talk.tell(one)
        finally:
            await talk.end()

    # --- runs

    async def _follow(self, begun: Begun) -> None:
        runs = self._desk.work.runs
        try:
            facts = await threads.run(runs.read, begun.id)
        except NotFound:  # it is not begun yet, or forgotten
            if self._lasted_s(begun) > _GONE_S:
                await threads.run(self._desk.work.end, begun.id)
            return
        progress = self._progress.setdefault(begun.id, Progress())
        while lines := await threads.run(runs.lines, begun.id, progress.after):
            progress.add(lines)
        if facts["state"] == "running":
            await self._show(begun, progress)
        else:
            await self._end(begun, facts)

    async def _show(self, begun: Begun, progress: Progress) -> None:
        at_s, phase = self._shown.get(begun.id, (float("-inf"), ""))
        pause_s = _STILL_S if phase == progress.phase else _PHASE_S
        if self._clock() - at_s < pause_s:
            return
        self._shown[begun.id] = self._clock(), progress.phase
        text = await threads.run(self._how_it_goes, begun, progress)
        stop = Button("Stop", f"{approving.STOP}:{begun.id}")
        update = Update(approving.about(begun.id), text, (stop,))
        await self._tell(begun.place, f"run:{begun.id}", [update])

    def _how_it_goes(self, begun: Begun, progress: Progress) -> str:
        cost = telling.so_far(self._desk.work.space(begun.ask), begun.at)
        return progress.told(begun.ask, self._lasted_s(begun), cost)

    async def _end(self, begun: Begun, facts: dict[str, Any]) -> None:
        """One message: what it came to, and what it waits for or what comes next."""
        said = await threads.run(self._told_of_end, begun, facts)
        lasted = times.lasting(self._lasted_s(begun))
        update = Update(approving.about(begun.id), f"{begun.ask.title}: ended after {lasted}")
        await self._tell(begun.place, f"end:{begun.id}", [update, *said])
        await threads.run(self._desk.work.end, begun.id)
        self._progress.pop(begun.id, None)
        self._shown.pop(begun.id, None)

    def _told_of_end(self, begun: Begun, facts: dict[str, Any]) -> list[Outbound]:
        try:
            space = self._desk.work.space(begun.ask)
        except AiSessionsError as error:  # the repository is not listed any more
            return [Say(f"{begun.ask.title} has ended. {telling.error(error)}")]
        head = telling.ended(begun.ask, facts, space)
        self._pushes.seen(space)
        settings = self._desk.parts.settings()
        now = self._desk.parts.now()
        ended = waiting.Ended(begun.ask, facts, space, settings["SESSION_DIR"], now=now)
        try:
            found = waiting.of(ended)
        except AiSessionsError as error:
            return [Say(f"{head}\n\n{telling.error(error)}")]
        if found is None:
            return [Say(head)]
        if approving.is_allowed(self._desk, begun.place, found):
            return approving.allowed(self._desk, begun.place, found, begun.id, head)
        return approving.ask(self._desk, begun.place, found, begun.id, head)

    def _lasted_s(self, begun: Begun) -> float:
        at = times.read(begun.at)
        return (self._desk.parts.now() - at).total_seconds() if at else 0.0

    # --- questions

    async def _deny_late(self) -> None:
        """Told first, so that it is not lost should we be killed in between; who presses a button
        meanwhile is too late already.
        """
        for question in await threads.run(self._desk.questions.late):
            place = Place(**question.told["place"])
            await self._tell(place, f"late:{question.id}", [approving.expired(question)])
        await threads.run(self._desk.questions.expired)

    async def _begin_late(self) -> None:
        """Go on where a limit has ended by now, as somebody wanted."""
        now = self._desk.parts.now()
        for id_, told in (await threads.run(self._desk.facts.all, approving.LATE)).items():
            until = times.read(told["until"])
            if until and until > now:
                continue
            place, ask = Place(**told["place"]), ask_of(told["ask"])
            said = await threads.run(self._begun_late, id_, told)
            over = Say(f"{ask.title}: the limit has ended.")
            await self._tell(place, f"later:{id_}", [over, *said])
            await threads.run(self._desk.facts.forget, approving.LATE, id_)

    def _begun_late(self, id_: str, told: dict[str, Any]) -> list[Outbound]:
        place, ask = Place(**told["place"]), ask_of(told["ask"])
        try:
            self._desk.work.begin(told["run"], place, Person(**told["person"]), ask)
        except AiSessionsError as error:
            found = waiting.again(ask)
            return approving.ask(self._desk, place, found, id_, telling.error(error))
        return [approving.begun(told["run"], ask)]

    # --- pushes

    async def _push(self) -> None:
        found = await threads.run(self._pushes.found)
        for push in found.pushes:
            for place in await threads.run(self._pushes.places):
                said = await threads.run(self._said, place, push)
                await self._tell(place, f"push:{place.key}:{push.key}", said)
        await threads.run(self._pushes.keep, found)

    def _said(self, place: Place, push: Any) -> list[Outbound]:
        if push.waiting is None:
            return [Say(push.text)]
        return approving.ask(self._desk, place, push.waiting, push.key, push.text)
