"""Begin a bot, and go on until the process is told to end."""

from __future__ import annotations

import asyncio
import hashlib
import signal
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ai_sessions.assemble.parts import Parts
from ai_sessions.bots.adapters import adapter, token_of
from ai_sessions.bots.bot import Bot
from ai_sessions.bots.database import FOLDER, Database
from ai_sessions.bots.desk import Desk
from ai_sessions.disk import files, locks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ai_sessions.bots.members import Members


def run(environment: Mapping[str, str], service: str, started: Callable[[Members], None]) -> None:
    """Be a bot of a service until SIGTERM or SIGINT; what was accepted by then is answered.

    `started`: called when messages are taken. Raises `ConfigError` without a token or its extra,
    `LockBusy` while another process is this bot.
    """
    parts = Parts(environment)
    settings = parts.settings()
    made = adapter(settings, service)
    folder = Path(settings["SESSION_DIR"], FOLDER)
    files.make_folders(folder)
    name = f"{service}-{_sign(token_of(settings, service))}"
    desk = Desk(parts, service, Database(folder / f"{name}.sqlite3"), made.fetch)
    with locks.held(folder / f"{name}.lock", 0.0, f"this {service} bot"):
        asyncio.run(_run(Bot(desk, made), lambda: started(desk.members)))


def _sign(token: str) -> str:
    """One name for a bot that does not tell its token."""
    return hashlib.sha256(token.encode()).hexdigest()[:12]


async def _run(bot: Bot, started: Callable[[], None]) -> None:
    task = asyncio.current_task()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        if task:
            loop.add_signal_handler(number, task.cancel)
    started()
    with suppress(asyncio.CancelledError):
        await bot.run()
