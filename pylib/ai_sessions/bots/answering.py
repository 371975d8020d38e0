"""The answer of a model to a message, as it comes, and once only whatever happens meanwhile.

The id of the call was stored with the message. So a bot that was killed finds the call on record,
and says what was answered; it never asks a second time by itself for what may have been paid.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from ai_sessions import threads
from ai_sessions.assemble import chats
from ai_sessions.bots import failing
from ai_sessions.bots.events import Button, Draft, Outbound, Say, Working
from ai_sessions.errors import NotFound
from ai_sessions.sessions import latest
from ai_sessions.stopping import Stop

if TYPE_CHECKING:
    from ai_sessions.bots.desk import Asked, Desk
    from ai_sessions.bots.messages import Question
    from ai_sessions.jobs import Result
    from ai_sessions.providers.contract import Event
    from ai_sessions.records import Interaction, Session

#: How long another process may talk in the session before we say that it is in use, in seconds.
_LOCK_WAIT_S = 60.0
#: Data of the button that sends a question again.
AGAIN = "again"


async def answers(desk: Desk, asked: Asked, question: Question) -> AsyncIterator[Outbound]:
    """Ask in the session of a place, and say what was answered."""
    session = await threads.run(desk.begun, asked.event)
    if made := await threads.run(_made, desk, session, asked.event.call):
        await threads.run(desk.spending.add, asked.event.sender.id, made)
        for said in ended(made, is_late=True):
            yield said
        return
    if await threads.run(_is_another, desk, asked, session):
        yield Say("(The last conversation here was over; this is a new one.)", is_quiet=True)
    stop = desk.turns[asked.place.key] = Stop()
    try:
        async for said in _paid(desk, asked, session, question, stop):
            yield said
    finally:
        del desk.turns[asked.place.key]


def _is_another(desk: Desk, asked: Asked, session: Session) -> bool:
    """Whether the message begins a conversation in place of another one; the same at each try."""
    known = asked.memo.known
    if "is_another" not in known:
        known["is_another"] = desk.replaces(asked.event, session)
        if known["is_another"]:  # else it is found again
            asked.memo.keep(is_another=True)
    return bool(known["is_another"])


async def _paid(
    desk: Desk, asked: Asked, session: Session, question: Question, stop: Stop
) -> AsyncIterator[Outbound]:
    """A turn within what the sender may spend; those of one budget are made one after another."""
    person, budget = asked.event.sender.id, await threads.run(desk.budget, asked)
    if budget is None:
        async for said in _turn(desk, asked, session, question, stop):
            yield said
        return
    async with desk.spending.alone[person]:
        left = await threads.run(desk.spending.left, person, budget)
        if not left:
            yield Say(desk.spending.refusal(budget))
            return
        async for said in _turn(desk, asked, session, question, stop, left):
            yield said


def _made(desk: Desk, session: Session, call: str) -> Interaction | None:
    """A call that an earlier try has made, to whichever end it came; None: there was none."""
    if session.calling.get("id") == call:
        desk.parts.settle([session.name])
    try:
        return latest.call(desk.parts.store, session.name, call)
    except NotFound:
        return None


async def _turn(
    desk: Desk,
    asked: Asked,
    session: Session,
    question: Question,
    stop: Stop,
    left_nusd: int | None = None,
) -> AsyncIterator[Outbound]:
    """`left_nusd`: most that the call may cost; None: no limit of the sender's own."""
    yield Working()
    provider, model = await threads.run(desk.choice, asked.event)
    wanted = chats.Asked(
        *(question.text, provider, model),
        parts=question.parts,
        lock_wait_s=_LOCK_WAIT_S,
        may_read_files=asked.is_owner,
        left_nusd=left_nusd,
    )
    turn = await threads.run(chats.prepared, desk.parts, session, wanted, asked.event.call)
    loop = asyncio.get_running_loop()
    pieces: asyncio.Queue[Event | None] = asyncio.Queue()

    def watch(event: Event) -> None:
        loop.call_soon_threadsafe(pieces.put_nowait, event)

    task = asyncio.create_task(threads.call(lambda: turn.ask(watch, stop), stop))
    task.add_done_callback(lambda _task: pieces.put_nowait(None))
    try:
        said = ""
        while (piece := await pieces.get()) is not None:
            if piece.kind == "text":
                said = piece.text if piece.begins else said + piece.text
                yield Draft(said)
        result: Result = await task
    finally:
        stop.set()
    if result.error:
        failing.logged(result.error, result.interaction.id[-8:])
    await threads.run(desk.spending.add, asked.event.sender.id, result.interaction)
    for one in ended(result.interaction, result):
        yield one


def ended(
    call: Interaction, result: Result | None = None, *, is_late: bool = False
) -> list[Outbound]:
    """What is said when a call has come to its end, whichever. `is_late`: after a restart."""
    text = latest.answer(call) or (result.text if result else "")
    if call.status == "ok":
        return [Say(text or "(no words)", is_answer=True)]
    again = (Button("Ask again", AGAIN),)
    if call.status == "interrupted":
        why = "I was restarted meanwhile" if is_late else "stopped"
        return [Say(f"{text}\n\n({why})" if text else f"({why})", again, is_answer=True)]
    told = failing.told(result.error if result else None, call)
    return [Say(f"{text}\n\n{told}" if text else told, again, is_answer=True)]
