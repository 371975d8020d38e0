"""What a bot does with what comes in, whichever service it comes from."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from typing import TYPE_CHECKING

from ai_sessions import threads
from ai_sessions.bots import answering, buttons, failing, messages
from ai_sessions.bots.commands.table import COMMANDS
from ai_sessions.bots.desk import Asked
from ai_sessions.bots.events import Heard, Inbound, Outbound, Say
from ai_sessions.errors import ConfigError, NotFound, UsageError
from ai_sessions.rates import Rates

if TYPE_CHECKING:
    from ai_sessions.bots.desk import Desk
    from ai_sessions.bots.events import Memo
    from ai_sessions.bots.members import Role


#: What whoever asks can put right: no errors of the conversation.
_MISTAKES = (ConfigError, NotFound, UsageError)


#: Commands that a stranger is answered in a minute.
_OF_STRANGERS = 3


class Core:
    """`handle` may be called again for an event at which we were killed: what it did is not done
    again, and what it says has the same keys, so that nothing is said twice.
    """

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._rates = Rates(desk.parts.settings()["BOT_RATE_LIMIT"])
        self._strangers = Rates(_OF_STRANGERS)

    async def handle(self, event: Inbound, memo: Memo) -> AsyncGenerator[Outbound, None]:
        """What is said and shown in answer, in order. Raises what went wrong before it was known
        who asks: a stranger is told nothing of it.
        """
        if event.kind == "moved":
            await threads.run(self.desk.moved, event.place.chat, event.moved_to)
            return
        role = await threads.run(self.role, event)
        answers = self._refused if role == "stranger" else self._answered
        asked = Asked(event, memo, role)
        if role == "user" and event.kind == "message" and (wait_s := self._wait_s(event)):
            yield Say(f"That is faster than I may answer you; wait {wait_s:.0f} seconds.")
            return
        try:
            async for said in answers(asked):
                yield said
        except Exception as error:
            if isinstance(error, _MISTAKES):
                yield Say(failing.told(error), is_answer=True)
                return
            incident = event.call[-8:]
            failing.logged(error, incident)
            yield Say(failing.told(error, incident=incident), is_answer=True)
            await threads.run(self._record, event)

    def _wait_s(self, event: Inbound) -> float:
        """How long the sender has to wait; what nobody means for us counts for nothing."""
        return self._rates.wait_s(event.sender.id) if event.is_addressed else 0.0

    def role(self, event: Inbound) -> Role:
        """What the sender may do. A chat that was listed before it moved still is."""
        allowed = self.desk.parts.settings()[f"{self.desk.service.upper()}_ALLOWED"]
        chat = event.place.chat
        is_listed = self.desk.first_chat(chat) in allowed
        return self.desk.members.role(event, [*allowed, chat] if is_listed else allowed)

    async def _refused(self, asked: Asked) -> AsyncIterator[Outbound]:
        """One short word, no call and no session. What strangers may say is how they get in."""
        event = asked.event
        if (command := COMMANDS.get(event.command)) and command.for_strangers:
            if self._strangers.wait_s(event.sender.id):
                return
            async for said in command.run(self.desk, asked):
                yield said
            return
        await threads.run(self.desk.inbox.forget_words, event)
        is_told = await threads.run(self.desk.members.refused, event, "stranger")
        if event.kind == "button":
            yield Heard("This is not for you.")
        elif is_told and event.is_addressed:
            yield Say("This bot is private. Its owner can let you in: /id shows your number.")

    async def _answered(self, asked: Asked) -> AsyncIterator[Outbound]:
        event = asked.event
        if event.kind == "button":
            answers = buttons.pressed(self.desk, asked)
        elif question := await buttons.question_of(self.desk, asked):
            answers = buttons.replied(self.desk, asked, question)
        else:
            answers = self._said(asked)
        async for said in answers:
            yield said

    async def _said(self, asked: Asked) -> AsyncIterator[Outbound]:
        """A message or a command."""
        event = asked.event
        if command := COMMANDS.get(event.command):
            if command.for_owners and not asked.is_owner:
                yield Say(f"/{command.name} is for the owner of this bot.")
                return
            async for said in command.run(self.desk, asked):
                yield said
        elif event.command:
            yield Say(f"I do not know /{event.command}. /help lists what I know.")
        elif event.is_addressed:
            question = await messages.question(self.desk, asked)
            async for said in answering.answers(self.desk, asked, question):
                yield said

    def _record(self, event: Inbound) -> None:
        if session := self.desk.session(event):
            self.desk.parts.core.record_error(session)
