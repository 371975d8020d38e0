"""Every command there is, a line each, in the order in which help lists them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from ai_sessions.bots.commands import general
from ai_sessions.bots.commands.command import Command
from ai_sessions.bots.events import Outbound, Say

if TYPE_CHECKING:
    from ai_sessions.bots.desk import Asked, Desk


async def tell_help(_desk: Desk, asked: Asked) -> AsyncIterator[Outbound]:
    """All that the sender may use."""
    known = (one for one in COMMANDS.values() if asked.is_owner or not one.for_owners)
    yield Say(
        "\n".join(f"{' '.join((f'/{one.name}', one.takes)).strip()} - {one.tells}" for one in known)
    )


COMMANDS = {
    one.name: one
    for one in (
        Command(
            "start",
            "[CODE]",
            "say hello; with the code, become the owner",
            general.start,
            for_strangers=True,
        ),
        Command("help", "", "this list", tell_help, at_once=True),
        Command(
            "id",
            "",
            "the ids of you and of this chat",
            general.tell_id,
            at_once=True,
            for_strangers=True,
        ),
    )
}
