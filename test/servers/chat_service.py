"""A bot in this process, over a chat service that is a list of what it was sent."""

import asyncio
from dataclasses import replace

from ai_sessions.assemble.parts import Parts
from ai_sessions.bots.adapter import Gone, Limits
from ai_sessions.bots.bot import Bot
from ai_sessions.bots.database import Database
from ai_sessions.bots.delivery import Mail
from ai_sessions.bots.desk import Desk
from ai_sessions.bots.events import Inbound, Person, Place
from ai_sessions.bots.pacing import Pace

ANN = Person("7", "Ann")
HERE = Place("100", is_private=True, title="Ann")
GROUP = Place("-200", title="Team")
AT = "2026-11-28T10:00:00.000Z"


class Service:
    """`messages`, `buttons`: id -> the text, and the buttons, that people see there now. `fails`:
    raised by the next sends.
    """

    name = "telegram"
    identity = "1"

    def __init__(self, has_drafts=True):
        self.limits = Limits(4096, counts_utf_16=True, between_edits_s=0.0)
        self.messages, self.sent, self.drafts, self.heard_texts = {}, [], [], []
        self.buttons, self.edits = {}, 0
        self.files, self.fails, self.has_drafts = [], [], has_drafts
        self.incoming, self.latest, self.is_closed = [], [], False

    async def begin(self):
        pass

    async def check(self):
        return ["I am @service_bot"]

    async def received(self, latest):
        self.latest = await latest()
        for event in self.incoming:
            yield event

    async def close(self):
        self.is_closed = True

    async def send(self, place, message):
        if self.fails:
            raise self.fails.pop(0)
        id_ = str(len(self.sent) + 1)
        self.sent.append((place, message))
        self.messages[id_], self.buttons[id_] = message.text, message.buttons
        return id_

    async def edit(self, place, id_, message):
        if self.fails:
            raise self.fails.pop(0)
        if id_ not in self.messages:
            raise Gone("deleted")
        self.messages[id_], self.buttons[id_] = message.text, message.buttons
        self.edits += 1

    async def draft(self, place, number, text):
        if self.has_drafts:
            self.drafts.append(text)
        return self.has_drafts

    async def working(self, place):
        pass

    async def send_file(self, place, name, data, caption):
        if self.fails:
            raise self.fails.pop(0)
        self.files.append((name, data, caption))
        return f"file-{len(self.files)}"

    async def heard(self, event, text):
        self.heard_texts.append(text)

    async def fetch(self, attachment):
        return b""

    @property
    def texts(self):
        return list(self.messages.values())


class World:
    """A bot with its service; `say` has it handle what somebody writes."""

    def __init__(self, environment, folder):
        self.environment, self.folder, self.count = environment, folder, 0
        self.service = Service()
        self.restart()

    def restart(self):
        """As another process would begin, with what lies in the folder."""
        self.parts = Parts(self.environment)
        self.desk = Desk(
            self.parts, "telegram", Database(self.folder / "bot.sqlite3"), self.service.fetch
        )
        self.slept = []

        async def sleep(seconds):
            self.slept.append(seconds)
            await asyncio.sleep(0)

        now = iter(range(0, 10**9, 100))
        pace = Pace(self.service.limits, lambda: next(now), sleep)
        mail = Mail(self.service, self.desk.outbox, pace, self.desk.moved, sleep)
        self.bot = Bot(self.desk, self.service, mail)

    def event(self, text="", place=HERE, sender=ANN, **more):
        self.count += 1
        command, _, rest = text.partition(" ") if text.startswith("/") else ("", "", text)
        made = Inbound(
            more.pop("id", str(self.count)), place, sender, AT, text=rest, command=command[1:]
        )
        return replace(made, **more)

    def say(self, text, **more):
        """The texts that are said in answer."""
        return self.do(self.event(text, **more))

    def do(self, *events):
        before = len(self.service.sent)
        self.service.incoming = list(events)
        asyncio.run(self.bot.run())
        return [message.text for _place, message in self.service.sent[before:]]

    def press(self, label, sender=ANN, **more):
        """Press the newest button with that label; the short answer to whoever pressed it."""
        shown = reversed(self.service.buttons.items())
        found = ((id_, one) for id_, all_ in shown for one in all_ if one.label == label)
        id_, button = next(found)
        place = self.service.sent[int(id_) - 1][0]
        self.do(
            self.event(
                kind="button",
                button=button.data,
                message=id_,
                **{"sender": sender, "place": place, **more},
            )
        )
        return self.service.heard_texts[-1]

    def look(self):
        """Have the bot tell what it tells by itself; the texts that are said."""
        before = len(self.service.sent)
        asyncio.run(self.bot.watcher.look())
        return [message.text for _place, message in self.service.sent[before:]]

    @property
    def labels(self):
        """Of all buttons that can be pressed now."""
        return [one.label for all_ in self.service.buttons.values() for one in all_]

    def own(self, person=ANN):
        """Make somebody an owner."""
        code = self.desk.members.new_code()
        return self.say(f"/start {code}", sender=person)
