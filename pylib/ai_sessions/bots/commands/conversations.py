"""`/new`, `/reset`, `/clear` and `/cancel`: where a conversation begins and ends."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from ai_sessions import threads
from ai_sessions.bots import approving
from ai_sessions.bots.commands import work
from ai_sessions.bots.events import Outbound, Say

if TYPE_CHECKING:
    from ai_sessions.bots.desk import Asked, Desk
    from ai_sessions.records import Session


async def new(desk: Desk, asked: Asked) -> AsyncIterator[Outbound]:
    """End the conversation and begin another one, which knows nothing of it."""
    session = await threads.run(_begun_anew, desk, asked)
    await threads.run(approving.disallow, desk, asked.place)  # it was for that session
    await threads.run(desk.replaces, asked.event, session)
    yield Say(f"A new conversation: {session.name}. The one before is kept.")


def _begun_anew(desk: Desk, asked: Asked) -> Session:
    """Once, also when we were killed in between."""
    if asked.memo.known.get("ended"):
        return desk.begun(asked.event)
    if before := desk.session(asked.event):
        desk.parts.core.deactivate(before)
    asked.memo.keep(ended=True)
    return desk.begun(asked.event)


async def reset(desk: Desk, asked: Asked) -> AsyncIterator[Outbound]:
    """Let the next answer know nothing of what was said; summaries, pins and state stay."""
    if session := await threads.run(desk.session, asked.event):
        await threads.run(desk.parts.core.clear_messages, session)
        yield Say(
            "Cleared: the next answer begins afresh. Summaries, what I remember and the log stay."
        )
    else:
        yield Say("There is nothing to clear yet.")


async def cancel(desk: Desk, asked: Asked) -> AsyncIterator[Outbound]:
    """End the answer that is under way; its words so far are said by whoever asked for it."""
    runs = await threads.run(work.stopped, desk, asked) if asked.is_owner else []
    if runs:
        yield Say(f"Stopping {', '.join(runs)}.")
    if stop := desk.turns.get(asked.place.key):
        stop.set()
        yield Say("Stopping.")
    elif not runs:
        yield Say("Nothing is under way here.")
