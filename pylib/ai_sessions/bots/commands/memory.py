"""`/remember`, `/forget`, `/state`, `/context` and `/summary`: what a model is told."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from ai_sessions import threads
from ai_sessions.bots.events import Outbound, Say, Working
from ai_sessions.conversations import state

if TYPE_CHECKING:
    from ai_sessions.bots.desk import Asked, Desk
    from ai_sessions.conversations.context import Context
    from ai_sessions.records import Session

#: Kinds of what is told, in a reader's words.
_WORDS = {
    "system": "system texts",
    "pins": "what is remembered",
    "state": "state",
    "summary": "summary",
    "recall": "recalled",
    "tail": "the newest messages",
}
_NOTHING = "Nothing has been said here yet."


async def remember(desk: Desk, asked: Asked) -> AsyncIterator[Outbound]:
    """Pin words, which every model is told verbatim; without any, list them."""
    if not asked.event.text:
        session = await threads.run(desk.session, asked.event)
        pins = [f"{key}: {pin.text}" for key, pin in session.pins.items()] if session else []
        yield Say("\n".join(pins) or "Nothing is remembered. For example: /remember Be brief.")
        return
    session = await threads.run(desk.begun, asked.event)
    pin = await threads.run(desk.parts.core.remember, session, asked.event.text)
    yield Say(f"Remembered as {pin.key}; /forget {pin.key} takes it away.")


async def forget(desk: Desk, asked: Asked) -> AsyncIterator[Outbound]:
    """Take a pin away."""
    session, key = await threads.run(desk.session, asked.event), asked.event.text
    if session is None or not key:
        yield Say(_NOTHING if session is None else "Which one? /remember lists them.")
        return
    await threads.run(desk.parts.core.forget, session, key)
    yield Say(f"Forgotten: {key}")


async def tell_state(desk: Desk, asked: Asked) -> AsyncIterator[Outbound]:
    """Show the variables, or set one: `plan=pro`; `plan=null` takes it away."""
    if "=" in asked.event.text:
        key, value = state.assigned(asked.event.text)
        begun = await threads.run(desk.begun, asked.event)
        await threads.run(desk.parts.core.update_state, begun, {key.strip(): value})
    session = await threads.run(desk.session, asked.event)
    known = session.state if session else {}
    lines = (f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in known.items())
    yield Say("\n".join(lines) or "There is no state. For example: /state plan=pro")


async def tell_context(desk: Desk, asked: Asked) -> AsyncIterator[Outbound]:
    """What the next answer would be told, part by part, in tokens."""
    session = await threads.run(desk.session, asked.event)
    yield Say(await threads.run(_context, desk, session) if session else _NOTHING)


def _context(desk: Desk, session: Session) -> str:
    told: Context = desk.parts.core.build_context(session)
    lines = [f"{_WORDS[part.name]}: {part.tokens:,} tokens" for part in told.parts]
    limit = f" of {told.limit:,}" if told.limit else ""
    lines.append(f"together {told.tokens:,}{limit} tokens")
    if told.left_out:
        lines.append(f"{told.left_out:,} older messages have no room; they can be searched for")
    return "\n".join(lines)


async def summary(desk: Desk, asked: Asked) -> AsyncIterator[Outbound]:
    """Summarize the older messages now, and show the summary that counts."""
    session = await threads.run(desk.session, asked.event)
    if session is None:
        yield Say(_NOTHING)
        return
    person, budget = asked.event.sender.id, await threads.run(desk.budget, asked)
    if budget is not None and not await threads.run(desk.spending.left, person, budget):
        yield Say(desk.spending.refusal(budget))
        return
    yield Working()
    made = await threads.call(lambda: desk.parts.core.summarize_session(session))
    found = [made] if made else list(await threads.run(desk.parts.core.summaries, session))
    yield Say(found[0].text if found else "There are too few messages for a summary.")
