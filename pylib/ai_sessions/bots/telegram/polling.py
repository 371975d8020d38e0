"""Asking Telegram for updates, one after the other; an update is confirmed when it is stored.

The library's own loop confirms updates when it has them, so that those of a killed process are
lost. Here the next offset is sent when who takes the updates has asked for the next one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from ai_sessions.bots.adapter import Away, RetryAfter
from ai_sessions.bots.telegram.client import Busy, calling
from ai_sessions.bots.telegram.updates import KINDS
from ai_sessions.errors import LockBusy

if TYPE_CHECKING:
    from telegram import Bot, Update

_LOG = logging.getLogger("ai_sessions")
#: Seconds for which Telegram waits for an update.
_POLL_S = 50
#: Seconds in which the rest of an album comes: Telegram makes an update of each of its pictures.
_ALBUM_S = 1.0
#: Seconds between two tries while it is away: at first, and at most.
_FIRST_S, _LONGEST_S = 1.0, 60.0
#: A poll of ours that was cut off may be in the way for a moment; another bot is so each time.
_CONFLICTS = 3


async def polled(
    bot: Bot, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> AsyncGenerator[Sequence[Update], None]:
    """Updates, until it is closed: those of one album together, the others alone.

    Raises `LockBusy` when somebody else takes them, `ConfigError` when the token is no longer good.
    """
    offset: int | None = None
    while True:
        found = await _asked(bot, offset, sleep)
        if found and _album(found[-1])[1]:
            await sleep(_ALBUM_S)
            found = await _asked(bot, offset, sleep, poll_s=0)
        for _album_id, some in groupby(found, _album):
            together = list(some)
            yield together
            offset = together[-1].update_id + 1
        if not found:
            # all are confirmed; after a quiet week the next number may be smaller than the last
            offset = None


def _album(update: Update) -> tuple[int, str]:
    """What those that belong together have in common; an empty name: it belongs to none."""
    message = update.message
    if message and message.media_group_id:
        return message.chat_id, message.media_group_id
    return update.update_id, ""


async def _asked(
    bot: Bot,
    offset: int | None,
    sleep: Callable[[float], Awaitable[None]],
    poll_s: int = _POLL_S,
) -> tuple[Update, ...]:
    """What has come, as often as it takes."""
    conflicts, wait_s = 0, _FIRST_S
    while True:
        try:
            with calling(bot):
                return await bot.get_updates(offset, timeout=poll_s, allowed_updates=KINDS)
        except RetryAfter as told:
            await sleep(told.seconds)
        except Away as told:
            conflicts += isinstance(told, Busy)
            if conflicts >= _CONFLICTS:
                raise _busy() from None
            _LOG.warning("telegram is away: %s", told)
            await sleep(wait_s)
            wait_s = min(_LONGEST_S, 2 * wait_s)


def _busy() -> LockBusy:
    return LockBusy(
        "another program takes the messages of this Telegram bot",
        "stop it, or give it a bot of its own with @BotFather",
    )
