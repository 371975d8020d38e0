"""The words of a message of Telegram, with what its sender saw beside them: links, code, quotes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from telegram import MessageEntity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from telegram import Message, User

_QUOTED = 1000


def of(message: Message) -> str:
    """Its text or caption, as Markdown where it has code or hidden links; a sticker's emoji."""
    if message.sticker:
        return message.sticker.emoji or ""
    text, entities = message.text, message.entities
    if text is None:
        text, entities = message.caption or "", message.caption_entities
    return _marked(text, entities).strip()


def mentions(message: Message) -> list[str]:
    """The names in it, with their `@`."""
    return list(_parsed(message, MessageEntity.MENTION).values())


def people(message: Message) -> set[int]:
    """Ids of people and bots that are named in it without an `@`."""
    found = _parsed(message, MessageEntity.TEXT_MENTION)
    return {entity.user.id for entity in found if entity.user}


def without_mention(text: str, bot: User) -> str:
    """Without the bot's name at the beginning or the end: it says who is meant, no more."""
    name = rf"@{re.escape(str(bot.username))}\b"
    text = re.sub(rf"^\s*{name}[\s,:]*", "", text, flags=re.IGNORECASE)
    return re.sub(rf"\s*{name}\s*$", "", text, flags=re.IGNORECASE)


def with_quote(message: Message, text: str, bot: User) -> str:
    """With what its sender replied to or forwarded. What the bot itself said is known, unless a
    part of it is quoted.
    """
    if message.forward_origin:
        return f"Forwarded:\n{_quoted(text)}"
    if quote := _quote(message, bot):
        return f"{_quoted(quote)}\n\n{text}"
    return text


def _quote(message: Message, bot: User) -> str:
    if message.quote and message.quote.is_manual:
        return message.quote.text
    replied = message.reply_to_message
    if not replied or (replied.from_user and replied.from_user.id == bot.id):
        return ""
    return replied.text or replied.caption or ""


def _quoted(text: str) -> str:
    cut = text if len(text) <= _QUOTED else f"{text[:_QUOTED]} …"
    return "\n".join(f"> {line}" for line in cut.split("\n"))


def _parsed(message: Message, kind: str) -> dict[MessageEntity, str]:
    if message.text is not None:
        return message.parse_entities([kind])
    return message.parse_caption_entities([kind]) if message.caption else {}


def _marked(text: str, entities: Sequence[MessageEntity]) -> str:
    """With the marks that Telegram took out of it."""
    data = text.encode("utf-16-le")
    known = [one for one in entities if one.type in {*_CODE, MessageEntity.TEXT_LINK}]
    for one in sorted(known, key=lambda one: -one.offset):
        begun, end = 2 * one.offset, 2 * (one.offset + one.length)
        inner = data[begun:end].decode("utf-16-le", "ignore")
        data = data[:begun] + _with_marks(one, inner).encode("utf-16-le") + data[end:]
    return data.decode("utf-16-le", "ignore")


_CODE = (MessageEntity.CODE, MessageEntity.PRE)


def _with_marks(entity: MessageEntity, inner: str) -> str:
    if entity.type == MessageEntity.CODE:
        return f"`{inner}`"
    if entity.type == MessageEntity.TEXT_LINK:
        return f"[{inner}]({entity.url})"
    return f"```{entity.language or ''}\n{inner}\n```"
