"""`/start`, `/help` and `/id`: what anybody types first."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from ai_sessions import threads
from ai_sessions.bots.events import Outbound, Say

if TYPE_CHECKING:
    from ai_sessions.bots.desk import Asked, Desk


_WRONG = "That code is wrong or too old. Start the bot again to have a new one."
_OWNED = "That code is wrong or too old, and this bot has an owner already."


async def start(desk: Desk, asked: Asked) -> AsyncIterator[Outbound]:
    """With the code that `bot.sh` has shown, make the sender an owner."""
    if asked.event.text:
        if await threads.run(desk.members.claim, asked.event, asked.event.text):
            yield Say("You are the owner of this bot now. /help lists what it does.")
            return
        await threads.run(desk.members.refused, asked.event, "code")
        has_one = await threads.run(desk.members.owners)
        yield Say(_OWNED if has_one else _WRONG)
    elif asked.role == "stranger":
        await threads.run(desk.members.refused, asked.event, "stranger")
        yield Say(
            "This bot is private. If it is yours, send /start with the code that it showed when "
            "it was started."
        )
    else:
        yield Say("Write to me, and I answer. /help lists what else I do.")


async def tell_id(_desk: Desk, asked: Asked) -> AsyncIterator[Outbound]:
    """The ids that the list of who may talk is made of."""
    place = asked.event.place
    topic = f", topic {place.topic}" if place.topic else ""
    yield Say(f"You are {asked.event.sender.id}; this chat is {place.chat}{topic}.")
