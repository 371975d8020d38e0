"""The real library, between a bot of ours and a Bot API on loopback."""

import asyncio
import contextlib

import pytest

from ai_sessions import config
from ai_sessions.assemble.parts import Parts
from ai_sessions.bots.bot import Bot
from ai_sessions.bots.database import Database
from ai_sessions.bots.delivery import Mail
from ai_sessions.bots.desk import Desk
from ai_sessions.bots.pacing import Pace
from ai_sessions.bots.telegram import adapter as telegram
from telegram_server import ANN, DM, GROUP, TOKEN, Telegram


@pytest.fixture
def server():
    with Telegram() as server:
        yield server


@pytest.fixture
def environment(environment, server):
    return {
        **environment,
        "TELEGRAM_API_URL": server.url,
        "TELEGRAM_BOT_TOKEN": TOKEN,
        "TELEGRAM_WEBHOOK_SECRET": "a-secret-for-the-webhook",
        "TELEGRAM_ALLOWED": f"{ANN['id']} {GROUP['id']}",
    }


class Talking:
    """A bot with its Telegram. `slept`: the seconds for which it would have waited."""

    def __init__(self, environment, server, folder):
        self.environment, self.server, self.folder = environment, server, folder
        self.slept = []
        self.restart()

    def restart(self, hook=None):
        """As another process would begin, with what lies in the folder."""
        self.parts = Parts(self.environment)
        self.adapter = telegram.adapter(self.parts.settings(), hook)
        database = Database(self.folder / "bot.sqlite3")
        self.desk = Desk(self.parts, "telegram", database, self.adapter.fetch)
        now = iter(range(0, 10**9, 100))

        async def sleep(seconds):
            self.slept.append(seconds)
            await asyncio.sleep(0)

        self.pace = Pace(self.adapter.limits, lambda: next(now), sleep)
        self.mail = Mail(self.adapter, self.desk.outbox, self.pace, self.desk.moved, sleep)
        self.bot = Bot(self.desk, self.adapter, self.mail)

    def run(self):
        """Handle all that has come to the server, to the last answer."""
        asyncio.run(self._run())

    async def _run(self):
        after = self.server.polls
        await self.adapter.begin()
        task = asyncio.create_task(self.bot.run())
        idle = asyncio.get_running_loop().run_in_executor(None, self.server.idle, after)
        await asyncio.wait({task, idle}, return_when=asyncio.FIRST_COMPLETED)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    def say(self, text, chat=DM, **more):
        """The texts that people see in answer."""
        before = len(self.server.shown)
        self.server.say(text, chat, **more)
        self.run()
        return self.server.texts()[before:]


@pytest.fixture
def talking(environment, server, tmp_path):
    return Talking(environment, server, tmp_path)


@pytest.fixture
def connected(environment, server):
    """Runs what it is given with an adapter that has begun; what that returns."""

    def run(work):
        async def main():
            made = telegram.adapter(config.load(environment))
            await made.begin()
            try:
                return await work(made)
            finally:
                await made.close()

        return asyncio.run(main())

    return run
