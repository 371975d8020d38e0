"""Who a bot is in Discord, and what keeps it from its work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from ai_sessions.bots.discord import failures

if TYPE_CHECKING:
    from ai_sessions.bots.adapter import Hook

_NEEDS = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    attach_files=True,
    read_message_history=True,
)


def lines(application: discord.AppInfo, hook: Hook | None) -> list[str]:
    """Of one that was let in. `hook`: where interactions are to be sent; None: the gateway."""
    count = application.approximate_guild_count
    servers = f"{count} server{'' if count == 1 else 's'}"
    return [
        f"I am {application.name} ({application.id}), in {servers}",
        "Message Content Intent: on",
        f"invite it: {_invitation(application.id)}",
        *elsewhere(application, hook),
    ]


def elsewhere(application: discord.AppInfo, hook: Hook | None) -> list[str]:
    """A line when slash commands and buttons go to another program."""
    url = application.interactions_endpoint_url
    if hook or not url:
        return []
    page = f"{failures.PORTAL}/{application.id}/information"
    return [
        f"slash commands and buttons are sent to {url}: remove that at {page}, or use --webhook"
    ]


def _invitation(application: int) -> str:
    scopes = ("bot", "applications.commands")
    return discord.utils.oauth_url(application, permissions=_NEEDS, scopes=scopes)
