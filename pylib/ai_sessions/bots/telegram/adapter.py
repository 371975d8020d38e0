"""Telegram as the core of bots knows a service."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING

from telegram import (
    BotCommand,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    LinkPreviewOptions,
    ReplyParameters,
    User,
)
from telegram.constants import ChatAction, ParseMode

from ai_sessions.bots.adapter import (
    Away,
    Gone,
    Limits,
    RetryAfter,
    Unfetched,
    Unformatted,
    Unreachable,
)
from ai_sessions.bots.adapters import token_of
from ai_sessions.bots.commands.table import COMMANDS
from ai_sessions.bots.telegram import client, formatting, polling, updates
from ai_sessions.bots.telegram.client import asking, calling
from ai_sessions.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from telegram import Bot, Update

    from ai_sessions.bots.adapter import Hook, Latest, Message
    from ai_sessions.bots.events import Attachment, Button, Inbound, Place
    from ai_sessions.bots.telegram.webhook import Webhook
    from ai_sessions.config import Settings

_LOG = logging.getLogger("ai_sessions")
_CAPTION, _HEARD = 1024, 200
#: Buttons whose labels have so many characters together stand in one row.
_ROW = 30
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


def adapter(settings: Settings, hook: Hook | None = None) -> Telegram:
    """`hook`: where Telegram calls us; None: we ask it. Raises `ConfigError`."""
    bot = client.made(token_of(settings, "telegram"), settings["TELEGRAM_API_URL"])
    if hook is None:
        return Telegram(bot)
    from ai_sessions.bots.telegram.webhook import Webhook  # which needs packages of its own

    return Telegram(bot, Webhook(hook, str(settings["TELEGRAM_WEBHOOK_SECRET"])))


class Telegram:
    """One bot; belongs to one event loop once it has begun."""

    name = "telegram"
    limits = Limits(text=4096, counts_utf_16=True, a_minute_in_groups=20)

    def __init__(self, bot: Bot, webhook: Webhook | None = None) -> None:
        """`webhook`: where updates come to; None: we ask for them."""
        self._bot, self.webhook = bot, webhook
        self._has_drafts = True

    @property
    def identity(self) -> str:
        return str(self._bot.id)

    async def begin(self) -> None:
        with asking(self._bot):
            await self._bot.initialize()
            if not self.webhook:
                await self._bot.delete_webhook()
        if self.webhook:
            await self._register(self.webhook)
        try:
            with asking(self._bot):
                await self._bot.set_my_commands(
                    [BotCommand(one.name, one.tells) for one in COMMANDS.values()]
                )
        except Away as error:
            _LOG.warning("telegram does not show the commands: %s", error)

    async def _register(self, hook: Webhook) -> None:
        try:
            with calling(self._bot):
                await self._bot.set_webhook(
                    hook.url, secret_token=hook.secret, allowed_updates=updates.KINDS
                )
        except Unreachable as error:
            raise ConfigError(f"Telegram does not take {hook.url}: {error}") from None
        except RetryAfter as error:
            raise Away(str(error)) from None

    async def check(self) -> list[str]:
        try:
            with asking(self._bot):
                await self._bot.initialize()
                told = await self._bot.get_webhook_info()
        finally:
            await self.close()
        lines = _about(self._bot.bot)
        if told.url:
            lines.append("its messages go to a webhook now; bot.sh without --webhook ends that")
        return lines

    async def close(self) -> None:
        await self._bot.shutdown()

    async def received(self, _latest: Latest) -> AsyncGenerator[Inbound, None]:
        async with aclosing(self._updates()) as found:
            async for album in found:
                if event := updates.together(album, self._bot.bot):
                    yield event

    def _updates(self) -> AsyncGenerator[Sequence[Update], None]:
        if self.webhook:
            return self.webhook.updates(self._bot)
        return polling.polled(self._bot)

    # --- out

    def _shown(self, text: str, *, is_plain: bool = False) -> tuple[str, str | None]:
        """As it is sent, and how Telegram is to read it."""
        text = text.encode("utf-8", "replace").decode()  # a half of a character is none
        if is_plain:
            return formatting.plain(text), None
        return formatting.html(text, self.limits.text), ParseMode.HTML

    async def send(self, place: Place, message: Message) -> str:
        reply = (
            ReplyParameters(int(message.reply_to), allow_sending_without_reply=True)
            if message.reply_to
            else None
        )
        text, mode = self._shown(message.text, is_plain=message.is_plain)
        with calling(self._bot):
            sent = await self._bot.send_message(
                int(place.chat),
                text,
                mode,
                message_thread_id=_topic(place),
                reply_parameters=reply,
                reply_markup=_keyboard(message.buttons),
                disable_notification=message.is_quiet,
                link_preview_options=_NO_PREVIEW,
            )
        return str(sent.message_id)

    async def edit(self, place: Place, id_: str, message: Message) -> None:
        text, mode = self._shown(message.text, is_plain=message.is_plain)
        try:
            with calling(self._bot):
                await self._bot.edit_message_text(
                    text,
                    parse_mode=mode,
                    chat_id=int(place.chat),
                    message_id=int(id_),
                    reply_markup=_keyboard(message.buttons),
                    link_preview_options=_NO_PREVIEW,
                )
        except Unreachable as error:
            told = str(error).lower()
            if "message to edit not found" in told or "message can't be edited" in told:
                raise Gone(told) from None
            if "not modified" not in told:
                raise

    async def draft(self, place: Place, number: int, text: str) -> bool:
        """In private chats; not with a server of one's own that is too old to know drafts."""
        if not (place.is_private and self._has_drafts):
            return False
        shown, mode = self._shown(text)
        try:
            with calling(self._bot):
                await self._bot.send_message_draft(
                    int(place.chat),
                    number,
                    text=shown,
                    parse_mode=mode,
                    message_thread_id=_topic(place),
                )
        except ConfigError:  # there is no such method
            self._has_drafts = False
        except Unreachable:
            return False
        return self._has_drafts

    async def working(self, place: Place) -> None:
        with suppress(Unreachable), calling(self._bot):
            await self._bot.send_chat_action(
                int(place.chat), ChatAction.TYPING, message_thread_id=_topic(place)
            )

    async def send_file(self, place: Place, name: str, data: bytes, caption: str) -> str:
        with calling(self._bot):
            sent = await self._bot.send_document(
                int(place.chat),
                InputFile(data, filename=name),
                caption=caption[:_CAPTION] or None,
                message_thread_id=_topic(place),
            )
        return str(sent.message_id)

    async def heard(self, event: Inbound, text: str) -> None:
        with suppress(Unreachable), calling(self._bot):  # too late, most often
            await self._bot.answer_callback_query(event.handle, text[:_HEARD] or None)

    async def fetch(self, attachment: Attachment) -> bytes:
        most = self.limits.fetched_bytes
        if (attachment.size or 0) > most:
            raise Unfetched(f"{attachment.name} has more than {most >> 20} MB")
        try:
            with calling(self._bot):
                file = await self._bot.get_file(attachment.id)
                return bytes(await file.download_as_bytearray())
        except (Unreachable, Unformatted, ConfigError) as error:
            raise Unfetched(f"{attachment.name}: {error}") from None


def _topic(place: Place) -> int | None:
    return int(place.topic) if place.topic else None


def _keyboard(buttons: Sequence[Button]) -> InlineKeyboardMarkup | None:
    """In one row where the labels are short, else one below the other."""
    made = [InlineKeyboardButton(one.label, callback_data=one.data) for one in buttons]
    if not made:
        return None
    is_short = sum(len(one.label) for one in buttons) <= _ROW
    return InlineKeyboardMarkup([made] if is_short else [[one] for one in made])


def _about(bot: User) -> list[str]:
    lines = [f"I am @{bot.username}, number {bot.id}"]
    if bot.can_read_all_group_messages:
        lines.append(
            "groups: it is sent every message there, and answers commands, mentions of it and "
            "replies to it (privacy mode is off; @BotFather, /setprivacy turns it on)"
        )
    else:
        lines.append(
            "groups: it reads commands, mentions of it and replies to it, which is all that it "
            "answers (privacy mode is on)"
        )
    if not bot.can_join_groups:
        lines.append("groups: it cannot be added to any; @BotFather, /setjoingroups changes that")
    return lines
