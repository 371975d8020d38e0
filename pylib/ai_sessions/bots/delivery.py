"""From what the core says to messages of a service: split, paced, sent once, and shown as it comes.

Each part is put down before it is sent and when it is sent, so that a bot that was killed goes on
where it was. What was being sent in just that moment is sent again: by the same nonce, where the
service takes a message once by it.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from ai_sessions import threads
from ai_sessions.bots import splitting
from ai_sessions.bots.adapter import (
    Away,
    Gone,
    Message,
    Moved,
    RetryAfter,
    Unformatted,
    Unreachable,
)
from ai_sessions.bots.events import Draft, File, Heard, Outbound, Say, Update, Working
from ai_sessions.bots.outages import Outage
from ai_sessions.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from ai_sessions.bots.adapter import Adapter
    from ai_sessions.bots.events import Button, Inbound, Place
    from ai_sessions.bots.outbox import Outbox, Part
    from ai_sessions.bots.pacing import Pace

_LOG = logging.getLogger("ai_sessions")
#: Seconds that an answer waits for what the service is just being told.
_TOLD_S = 10.0
#: After a draft there is more to come.
_MORE = " …"


class Mail:
    """How one bot sends."""

    def __init__(
        self,
        adapter: Adapter,
        outbox: Outbox,
        pace: Pace,
        moved: Callable[[str, str], None],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`moved`: is told that a chat has another id."""
        self.adapter, self.outbox, self.pace, self._moved = adapter, outbox, pace, moved
        self.sleep, self.outage = sleep, Outage(adapter.name, sleep)
        limits = adapter.limits
        self._length = splitting.utf_16 if limits.counts_utf_16 else len

    def parts(self, text: str, room: int = 0) -> list[str]:
        """`room`: units that are left free in each."""
        found = splitting.split(text, self.adapter.limits.text - room, self._length)
        return [one.text for one in found]

    async def sent(self, place: Place, message: Message) -> str:
        """Send, as often as it takes; its id. Raises `Unreachable`."""
        return await self._tried(place, message, self.adapter.send)

    async def edited(self, place: Place, id_: str, message: Message) -> bool:
        """Give a message another text, as often as it takes; False: it is gone. Raises
        `Unreachable`.
        """

        async def edit(place: Place, message: Message) -> str:
            await self.adapter.edit(place, id_, message)
            return id_

        try:
            await self._tried(place, message, edit)
        except Gone:
            return False
        return True

    async def sent_file(self, place: Place, file: File) -> str:
        """The same for a file."""

        async def send(place: Place, _message: Message) -> str:
            return await self.adapter.send_file(place, file.name, file.data, file.caption)

        return await self._tried(place, Message(file.caption, is_plain=True), send)

    async def _tried(
        self, place: Place, message: Message, send: Callable[[Place, Message], Awaitable[str]]
    ) -> str:
        tries = 0
        while True:
            await self.pace.wait(place)
            try:
                id_ = await send(place, message)
            except Away as error:
                await self.outage.passed(error, tries)
                tries += 1
            except (RetryAfter, Unformatted, Moved) as error:
                place, message = await self._other(place, message, error)
            else:
                self.outage.over()
                return id_

    async def _other(
        self, place: Place, message: Message, error: RetryAfter | Unformatted | Moved
    ) -> tuple[Place, Message]:
        """How to try again."""
        if isinstance(error, RetryAfter):
            self.pace.later(place, error.seconds)
        elif isinstance(error, Moved):
            await threads.run(self._moved, place.chat, error.to)
            place = replace(place, chat=error.to)
        elif message.is_plain:
            raise Unreachable("the service takes neither formatted nor plain text") from error
        else:
            message = replace(message, is_plain=True)
        return place, message


class Talk:
    """What is said in answer to one event. `end` has to be called when all is said."""

    def __init__(self, mail: Mail, event: Inbound) -> None:
        self._mail, self._event, self._place = mail, event, event.place
        self._count = 0
        self._first: tuple[str, int] | None = None
        """The part that was said first, which answers by the event's handle."""
        self._draft = ""
        self._shown = ""
        self._showing: asyncio.Task[None] | None = None
        self._telling: asyncio.Task[float] | None = None
        """What the service is just being told of the answer."""

    async def tell(self, said: Outbound) -> None:
        """Raises `Unreachable`."""
        match said:
            case Draft():
                self._draft = said.text
                if self._showing is None:
                    self._showing = asyncio.create_task(self._show())
            case Say():
                await self._say(said)
            case Update():
                await self._update(said)
            case File():
                await self._file(said)
            case Working():
                with suppress(Away, RetryAfter, Moved):
                    await self._mail.adapter.working(self._place)
            case Heard():
                with suppress(Away, RetryAfter):
                    await self._mail.adapter.heard(self._event, said.text)

    async def end(self) -> None:
        await self._hide()
        if self._has_handle and self._first is None:  # a file was all there was to say
            with suppress(Away, RetryAfter, Unreachable, Unformatted):
                await self._mail.adapter.heard(self._event, "")

    @property
    def _has_handle(self) -> bool:
        return bool(self._event.handle) and self._event.kind == "message"

    async def _hide(self) -> None:
        """Show nothing more of what comes. What the service is just being told is awaited: got
        there late, it would take the answer's place.
        """
        showing, self._showing = self._showing, None
        if showing:
            showing.cancel()
            await asyncio.wait({showing})
        telling, self._telling = self._telling, None
        if telling:
            await asyncio.wait({telling}, timeout=_TOLD_S)
            telling.cancel()

    # --- messages

    def _key(self, about: str = "") -> str:
        """The same when the event is handled again."""
        if about:
            return f"{self._place.key}:{about}"
        self._count += 1
        return f"{self._event.id}:{self._count}"

    async def _say(self, said: Say) -> None:
        if said.is_answer:
            await self._hide()
        key = self._answer if said.is_answer else self._key(said.about)
        done = await threads.run(self._mail.outbox.parts, key)
        texts = self._mail.parts(said.text)
        for number, text in enumerate(texts):
            is_last = number == len(texts) - 1
            message = self._message(key, number, text, said.buttons if is_last else ())
            await self._part(key, number, replace(message, is_quiet=said.is_quiet), done)

    @property
    def _answer(self) -> str:
        return f"{self._event.id}:answer"

    def _message(self, key: str, number: int, text: str, buttons: Sequence[Button] = ()) -> Message:
        reply = self._event.message if number == 0 and not self._place.is_private else ""
        nonce = hashlib.sha256(f"{key}:{number}".encode()).hexdigest()[:24]
        self._first = self._first or (key, number)
        is_first = self._has_handle and self._first == (key, number)
        handle = self._event.handle if is_first else ""
        return Message(text, reply, buttons, nonce=nonce, handle=handle)

    async def _part(self, key: str, number: int, message: Message, done: dict[int, Part]) -> None:
        """Send a part that is not sent, or give its last text to one that was shown."""
        there, outbox = done.get(number), self._mail.outbox
        if there and there.state == "sent":
            return
        if there and await self._is_edited(there, message):
            id_ = there.message
        else:
            await threads.run(outbox.put, self._place.key, key, number, "sending")
            id_ = await self._mail.sent(self._place, message)
        await threads.run(outbox.put, self._place.key, key, number, "sent", id_)

    async def _is_edited(self, there: Part, message: Message) -> bool:
        return bool(there.message) and await self._mail.edited(self._place, there.message, message)

    async def _update(self, said: Update) -> None:
        """Too long for one message, it is cut: what is updated tells how things stand."""
        known = await threads.run(self._mail.outbox.parts, self._key(said.about))
        if known and known[0].message:
            text = self._mail.parts(said.text, len(_MORE))
            shown = text[0] if len(text) == 1 else f"{text[0]}{_MORE}"
            message = Message(shown, buttons=said.buttons)
            await self._mail.edited(self._place, known[0].message, message)

    async def _file(self, said: File) -> None:
        key = self._key()
        there = (await threads.run(self._mail.outbox.parts, key)).get(0)
        if there and there.state == "sent":
            return
        await threads.run(self._mail.outbox.put, self._place.key, key, 0, "sending")
        id_ = await self._mail.sent_file(self._place, said)
        await threads.run(self._mail.outbox.put, self._place.key, key, 0, "sent", id_)

    # --- while an answer comes

    async def _show(self) -> None:
        """Show what has come, each time the service lets us, until it is cancelled."""
        while True:
            wait_s = self._mail.adapter.limits.between_edits_s
            is_new = bool(self._draft.strip()) and self._draft != self._shown
            if is_new and self._mail.pace.spare(self._place):
                self._shown = self._draft
                self._telling = asyncio.create_task(self._show_once(self._shown))
                wait_s = max(wait_s, await asyncio.shield(self._telling))
            await self._mail.sleep(wait_s)

    async def _show_once(self, said: str) -> float:
        """Seconds for which the service wants no more of it. The answer does not fail by this: it
        meets the same by itself.
        """
        number = int(hashlib.sha256(self._event.id.encode()).hexdigest()[:7], 16) + 1
        text = self._mail.parts(said, len(_MORE))[0]
        try:
            if not await self._mail.adapter.draft(self._place, number, text):
                await self._shown_by_edits(f"{text}{_MORE}")
        except RetryAfter as told:
            return told.seconds
        except (Away, Unformatted, Moved, Unreachable, Gone, StorageError):
            pass
        except Exception:
            _LOG.exception("what comes of an answer cannot be shown")
        return 0.0

    async def _shown_by_edits(self, text: str) -> None:
        """Where there are no drafts: the message that the answer will be."""
        outbox, key, adapter = self._mail.outbox, self._answer, self._mail.adapter
        there = (await threads.run(outbox.parts, key)).get(0)
        message = replace(self._message(key, 0, text), is_plain=True)
        if there and there.message:
            await adapter.edit(self._place, there.message, message)
            return
        await threads.run(outbox.put, self._place.key, key, 0, "sending")
        id_ = await adapter.send(self._place, message)
        await threads.run(outbox.put, self._place.key, key, 0, "shown", id_)
