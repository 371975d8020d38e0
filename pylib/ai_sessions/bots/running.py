"""Begin a bot, and go on until the process is told to end."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import signal
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ai_sessions.assemble.parts import Parts
from ai_sessions.bots.adapter import Away
from ai_sessions.bots.adapters import adapter, token_of
from ai_sessions.bots.bot import Bot
from ai_sessions.bots.database import FOLDER, Database
from ai_sessions.bots.desk import Desk
from ai_sessions.bots.members import Members
from ai_sessions.disk import files, locks
from ai_sessions.errors import ProviderError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ai_sessions.bots.adapter import Adapter, Hook
    from ai_sessions.config import Settings

_LOG = logging.getLogger("ai_sessions")
#: Seconds between two tries to reach the service at the beginning: at first, and at most.
_FIRST_S, _LONGEST_S = 1.0, 60.0


def run(
    environment: Mapping[str, str],
    service: str,
    started: Callable[[Members], None],
    hook: Hook | None = None,
) -> None:
    """Be a bot of a service until SIGTERM or SIGINT; what was accepted by then is answered.

    `started`: called when messages are taken. `hook`: where the service calls us; None: we ask it.
    Raises `ConfigError` without a token or its extra, `LockBusy` while another process is this bot.
    """
    parts = Parts(environment)
    settings = parts.settings()
    made = adapter(settings, service, hook)
    database = _database(settings, service)
    files.make_folders(database.parent)
    desk = Desk(parts, service, Database(database), made.fetch)
    with locks.held(database.with_suffix(".lock"), 0.0, f"this {service} bot"):
        asyncio.run(_run(Bot(desk, made), lambda: started(desk.members)))


def check(settings: Settings, service: str) -> list[str]:
    """Who the bot is, what may keep it from its work, and who its owners are; nothing is sent.

    Raises `ConfigError` when a setting, the extra or the token is not good, `ProviderError` when
    the service cannot be reached.
    """
    try:
        told = asyncio.run(adapter(settings, service).check())
    except Away as error:
        raise ProviderError(f"{service} cannot be reached: {error}") from error
    known = members(settings, service)
    owners = known.owners() if known else []
    line = f"owners: {', '.join(owners)}" if owners else "no owner yet: start it to have a code"
    return [*told, line]


def members(settings: Settings, service: str) -> Members | None:
    """Of the bot with this token; None: it was never at work here."""
    path = _database(settings, service)
    return Members(Database(path)) if path.exists() else None


def _database(settings: Settings, service: str) -> Path:
    name = f"{service}-{_sign(token_of(settings, service))}.sqlite3"
    return Path(settings["SESSION_DIR"], FOLDER, name)


def _sign(token: str) -> str:
    """One name for a bot that does not tell its token."""
    return hashlib.sha256(token.encode()).hexdigest()[:12]


async def _run(bot: Bot, started: Callable[[], None]) -> None:
    task = asyncio.current_task()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        if task:
            loop.add_signal_handler(number, task.cancel)
    with suppress(asyncio.CancelledError):
        await _begin(bot.adapter)
        started()
        await bot.run()


async def _begin(made: Adapter) -> None:
    """As soon as the service can be reached."""
    wait_s = _FIRST_S
    while True:
        try:
            return await made.begin()
        except Away as error:
            _LOG.warning("%s cannot be reached, I go on trying: %s", made.name, error)
        await asyncio.sleep(wait_s)
        wait_s = min(_LONGEST_S, 2 * wait_s)
