"""Updates of Telegram as what a person did: messages, pressed buttons, groups that move."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson
from telegram import Chat, Message, Update, User

from ai_sessions.bots.events import Inbound, Person, Place
from ai_sessions.bots.telegram import attachments, words
from ai_sessions.records import stamp

if TYPE_CHECKING:
    from telegram import CallbackQuery

#: The kinds of updates that we want to be sent.
KINDS = ("message", "callback_query")
#: Whole or with the bot's name, at the beginning, and not a path such as /usr/bin.
_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@(\w{1,32}))?(?:\s+|$)")

_NOBODY = User(0, "nobody", is_bot=True, username="nobody")


def readable(told: Any) -> dict[str, Any] | None:
    """An update as the library can read it, whatever came: of one that it cannot read only the
    number is left; None: not even that.
    """
    told = _cleaned(told)
    number = told.get("update_id") if isinstance(told, dict) else None
    if not isinstance(number, int) or isinstance(number, bool):
        return None
    try:
        update = Update.de_json(told, None)
        orjson.dumps(inbound(update, _NOBODY))
    except Exception:  # whatever the library makes of what it does not know
        return {"update_id": number}
    return dict(told)


def together(album: Sequence[Update], bot: User) -> Inbound | None:
    """Updates that are one message of a person: with the words of the one that has some, and the
    files of all.
    """
    found = [event for one in album if (event := inbound(one, bot))]
    if not found:
        return None
    spoken = next((one for one in found if one.text or one.command), found[0])
    files = tuple(file for one in found for file in one.attachments)
    return replace(spoken, id=found[0].id, attachments=files)


def inbound(update: Update, bot: User) -> Inbound | None:
    """None: it is nothing for us, such as an edited message or a command for another bot."""
    if update.callback_query:
        return _pressed(update, update.callback_query)
    message = update.message
    if not message or message.is_automatic_forward:
        return None
    if message.migrate_to_chat_id:
        return _moved(update, message, str(message.chat_id), str(message.migrate_to_chat_id))
    if message.migrate_from_chat_id:
        return _moved(update, message, str(message.migrate_from_chat_id), str(message.chat_id))
    return _said(update, message, bot)


def _said(update: Update, message: Message, bot: User) -> Inbound | None:
    sender = _sender(message)
    files = attachments.of(message)
    text = words.of(message)
    if not sender or not (text or files):
        return None
    name, rest = _command(message, text, bot)
    if name is None:
        return None
    mention = f"@{bot.username}".casefold()
    is_mentioned = any(
        one.casefold() == mention for one in words.mentions(message)
    ) or bot.id in words.people(message)
    text = words.without_mention(rest, bot) if is_mentioned else rest
    place = _place(message)
    return Inbound(
        id=str(update.update_id),
        place=place,
        sender=sender,
        at=_at(message.date),
        text=text if name else words.with_quote(message, text, bot),
        command=name,
        message=str(message.message_id),
        reply_to=_reply_to(message),
        is_addressed=place.is_private or bool(name) or is_mentioned or _is_reply_to(message, bot),
        attachments=files,
    )


def _command(message: Message, text: str, bot: User) -> tuple[str | None, str]:
    """Its name and what follows it; an empty name: it is none, None: it is another bot's. What was
    forwarded is somebody else's words, and commands nothing.
    """
    found = _COMMAND.match(text)
    if not found or message.forward_origin:
        return "", text
    if found[2] and found[2].casefold() != str(bot.username).casefold():
        return None, ""
    return found[1].lower(), text[found.end() :].strip()


def _pressed(update: Update, query: CallbackQuery) -> Inbound | None:
    message = query.message
    if not message or not query.data:
        return None
    return Inbound(
        id=str(update.update_id),
        place=_place(message),
        sender=Person(str(query.from_user.id), query.from_user.full_name),
        at=stamp(datetime.now(UTC)),  # Telegram does not tell when
        kind="button",
        message=str(message.message_id),
        button=query.data,
        handle=query.id,
    )


def _moved(update: Update, message: Message, was: str, to: str) -> Inbound:
    return Inbound(
        id=str(update.update_id),
        place=Place(was, title=message.chat.title or ""),
        sender=_sender(message) or Person(was),
        at=_at(message.date),
        kind="moved",
        moved_to=to,
    )


def _sender(message: Message) -> Person | None:
    """Who said it; None: a bot. An anonymous administrator speaks as the group, and a channel in a
    group as itself: the user that Telegram names for them is the same for everybody.
    """
    if chat := message.sender_chat:
        return Person(str(chat.id), chat.title or chat.username or "")
    user = message.from_user
    if not user or user.is_bot:
        return None
    return Person(str(user.id), user.full_name)


def _place(message: Any) -> Place:
    """Of a message, also one that can no longer be read. Threads of replies in a group without
    topics have an id, too, and are no topics.
    """
    chat: Chat = message.chat
    has_topic = getattr(message, "is_topic_message", False) and message.message_thread_id
    return Place(
        str(chat.id),
        str(message.message_thread_id) if has_topic else "",
        is_private=chat.type == Chat.PRIVATE,
        title=chat.title or chat.full_name or chat.username or "",
    )


def _reply_to(message: Message) -> str:
    """The first message of a topic is none: all messages in the topic are replies to it."""
    replied = message.reply_to_message
    if not replied or replied.forum_topic_created:
        return ""
    return str(replied.message_id)


def _is_reply_to(message: Message, bot: User) -> bool:
    replied = message.reply_to_message
    author = replied.from_user if replied else None
    return bool(author and author.id == bot.id and _reply_to(message))


def _at(date: datetime) -> str:
    return stamp(date.astimezone(UTC))


def _cleaned(told: Any) -> Any:
    """Without NUL and halves of characters, which no store takes."""
    if isinstance(told, str):
        return told.replace("\x00", "").encode("utf-8", "replace").decode()
    if isinstance(told, list):
        return [_cleaned(one) for one in told]
    if isinstance(told, dict):
        return {_cleaned(name): _cleaned(value) for name, value in told.items()}
    return told
