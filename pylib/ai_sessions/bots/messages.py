"""A person's message as a model is told it: who said it, its text, and what was attached."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ai_sessions.bots.desk import Asked, Desk


async def text(desk: Desk, asked: Asked) -> str:
    """With the sender's name where several talk in one session: in the message and not in the
    system text, which models keep in a cache.
    """
    event = asked.event
    is_shared = not (event.place.is_private or desk.parts.settings()["BOT_PER_USER"])
    return f"{event.sender.name}: {event.text}" if is_shared and event.sender.name else event.text
