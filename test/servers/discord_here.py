"""The adapter of Discord at the address of `DISCORD_HERE`, for bots that are processes."""

import os

from ai_sessions.bots.adapter import Hook
from ai_sessions.bots.discord.adapter import Discord


def adapter(settings, hook=None):
    """As `ai_sessions.bots.discord.adapter.adapter`."""
    hook = Hook(hook.url, 0) if hook else None
    return Discord(settings["DISCORD_BOT_TOKEN"], hook, address=os.environ["DISCORD_HERE"])
