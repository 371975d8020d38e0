"""A bot over the real discord.py and over a Discord of ours, in one event loop."""

import asyncio
import time

from ai_sessions.assemble.parts import Parts
from ai_sessions.bots.bot import Bot
from ai_sessions.bots.database import Database
from ai_sessions.bots.delivery import Mail
from ai_sessions.bots.desk import Desk
from ai_sessions.bots.discord.adapter import Discord
from ai_sessions.bots.pacing import Pace
from discord_server import ANN, DIRECT, TOKEN
from discord_server import Discord as Server


class Town:
    """`async with Town(…)`: the bot is at work. `stop` and `start` are another process each."""

    def __init__(self, environment, folder, **more):
        self.environment, self.folder, self.more = environment, folder, more
        self.server = Server()
        self.ahead = 0.0
        """Seconds by which the bot's clock is later than Discord's."""
        self.work = None

    async def __aenter__(self):
        await self.server.__aenter__()
        return self

    async def __aexit__(self, *_error):
        if self.work:
            await self.stop()
        await self.server.__aexit__()

    def adapter(self, **more):
        """Another connection."""
        given = {"token": TOKEN, "address": self.server.url, "sleep": self._sleep}
        return Discord(**given | {"clock": self._clock} | self.more | more)

    async def start(self):
        """Until the bot has heard all there was to hear."""
        self.service = self.adapter()
        parts = Parts(self.environment)
        database = Database(self.folder / "bot.sqlite3")
        self.desk = Desk(parts, "discord", database, self.service.fetch)
        self.desk.members.owners()  # as `bot.sh` does, so that the file is there
        self._watch(self.desk.inbox, "take")
        self._watch(self.desk.inbox, "end")
        now = iter(range(0, 10**9, 100))
        pace = Pace(self.service.limits, lambda: next(now), self._sleep)
        mail = Mail(self.service, self.desk.outbox, pace, self.desk.moved, self._sleep)
        self.bot = Bot(self.desk, self.service, mail)
        count = self.server.ready
        await self.service.begin()
        self.work = asyncio.create_task(self.bot.run())
        await self.until(lambda: self.server.ready > count)
        return self

    async def stop(self):
        """As at SIGTERM."""
        work, self.work = self.work, None
        work.cancel()
        await asyncio.wait([work])
        await self.service.close()  # the work may not have begun

    async def kill(self):
        """As at SIGKILL: nothing more is handled, stored or sent."""
        work, self.work = self.work, None
        self.bot.queues.finish = self.service.close
        work.cancel()
        await asyncio.wait([work])
        await self.service.close()

    async def until(self, is_so):
        """Raises what ended the bot, in place of waiting for it."""
        waiting = asyncio.create_task(self.server.until(is_so))
        await asyncio.wait(
            [one for one in (waiting, self.work) if one], return_when=asyncio.FIRST_COMPLETED
        )
        if not waiting.done():
            waiting.cancel()
            self.work.result()
            raise AssertionError("the bot came to its end")
        await waiting

    async def answered(self, count=1, channel=DIRECT):
        """The texts of its messages there, once there are so many and all is said."""
        await self.until(lambda: len(self.server.said(channel)) >= count)
        await self.quiet()
        return self.server.texts(channel)

    async def quiet(self):
        """All that has come is handled."""
        await self.bot.queues.finish()

    async def ask(self, text, channel=DIRECT, **more):
        """The new texts there, after somebody has said something."""
        before = len(self.server.said(channel))
        await self.server.write(text, channel, **more)
        return (await self.answered(before + 1, channel))[before:]

    async def command(self, name, text="", channel=DIRECT, **more):
        """The new texts there, after a slash command."""
        before = len(self.server.said(channel))
        await self.server.command(name, text, channel=channel, **more)
        return (await self.answered(before + 1, channel))[before:]

    async def own(self, author=ANN):
        """Make somebody an owner."""
        code = self.desk.members.new_code()
        return await self.command("start", code, author=author)

    def _watch(self, inbox, name):
        """Have `until` look again after each call, which is made in a thread."""
        work, loop = getattr(inbox, name), asyncio.get_running_loop()

        def watched(event):
            done = work(event)
            loop.call_soon_threadsafe(lambda: loop.create_task(self.server.happened()))
            return done

        setattr(inbox, name, watched)

    def _clock(self):
        return time.time() + self.ahead

    async def _sleep(self, _seconds):
        await asyncio.sleep(0)
