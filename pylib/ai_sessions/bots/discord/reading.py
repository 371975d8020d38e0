"""What discord.py gives us, as events of ours."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import discord

from ai_sessions.bots.discord.handles import Handle
from ai_sessions.bots.events import Attachment, Inbound, Person, Place
from ai_sessions.records import stamp

if TYPE_CHECKING:
    from collections.abc import Iterable

#: A command that was typed as text: after a mention, or where slash commands are not known yet.
_TYPED = re.compile(r"/([a-z][a-z0-9_]{0,31})(?:\s+(.*))?", re.DOTALL)
_SAID = (discord.MessageType.default, discord.MessageType.reply)

Channel = object
"""Whatever discord.py takes a channel for."""


def place(channel: Channel, person: discord.abc.User, server: int | None) -> Place:
    """`person`: the one who talks to us there. `server`: None in a direct message."""
    if server is None:
        return Place(str(person.id), is_private=True, title=person.display_name)
    title = str(getattr(channel, "name", None) or "")
    id_ = str(getattr(channel, "id", ""))
    if isinstance(channel, discord.Thread):
        return Place(str(channel.parent_id), id_, title=title, server=str(server))
    return Place(id_, title=title, server=str(server))


def is_for(said: discord.Message, me: int) -> bool:
    """Whether it is for us, and from a person. What people say to each other in a channel is none
    of our business, and never stored. `me`: the id of this bot.
    """
    if said.author.bot or said.webhook_id or said.type not in _SAID:
        return False
    return _server(said) is None or _is_to(said, me)


def message(said: discord.Message, where: Place, me: int) -> Inbound | None:
    """Of one that is for us. None: it says nothing, such as a sticker. `me`: as `is_for`."""
    text, files = _text(said, me), _files(said)
    if not (text or files):
        return None
    typed = _TYPED.fullmatch(text)
    return Inbound(
        id=str(said.id),
        place=where,
        sender=_person(said.author),
        at=stamp(said.created_at),
        text=(typed[2] or "") if typed else text,
        command=typed[1] if typed else "",
        message=str(said.id),
        reply_to=str(said.reference.message_id or "") if said.reference else "",
        attachments=tuple(files),
    )


def interaction(done: discord.Interaction) -> Inbound | None:
    """A slash command or a pressed button; None: neither."""
    data: dict[str, Any] = {**(done.data or {})}
    event = Inbound(
        id=str(done.id),
        place=place(done.channel, done.user, done.guild_id),
        sender=_person(done.user),
        at=stamp(done.created_at),
        handle=Handle.of(done).text,
    )
    if done.type is discord.InteractionType.application_command:
        words = (str(option.get("value", "")) for option in data.get("options") or ())
        return _with(event, command=str(data.get("name", "")), text=" ".join(words).strip())
    if done.type is discord.InteractionType.component:
        pressed = str(done.message.id) if done.message else ""
        return _with(event, kind="button", button=str(data.get("custom_id", "")), message=pressed)
    return None


def _with(event: Inbound, **more: str) -> Inbound:
    return replace(event, **more)  # type: ignore[arg-type]


def _server(said: discord.Message) -> int | None:
    """None: a direct message."""
    return said.guild.id if said.guild else getattr(said.channel, "guild_id", None)


def _person(user: discord.abc.User) -> Person:
    return Person(str(user.id), user.display_name)


def _is_to(said: discord.Message, me: int) -> bool:
    """Whether it mentions us, by our name or our role, or replies to us."""
    replied = said.reference.resolved if said.reference else None
    return (
        any(user.id == me for user in said.mentions)
        or (isinstance(replied, discord.Message) and replied.author.id == me)
        or bool(set(_own_roles(said)) & set(said.raw_role_mentions))
    )


def _own_roles(said: discord.Message) -> Iterable[int]:
    """The role that Discord made for us in that server."""
    role = said.guild.self_role if said.guild else None
    return (role.id,) if role else ()


def _text(said: discord.Message, me: int) -> str:
    """Without the mention of us, and with the names of others in place of their ids."""
    text = said.content or next((one.content for one in said.message_snapshots), "")
    ours = "|".join([f"@!?{me}", *(f"@&{role}" for role in _own_roles(said))])
    text = re.sub(rf"[ \t]*<(?:{ours})>[ \t]*", " ", text)
    for user in said.mentions:
        for form in (f"<@{user.id}>", f"<@!{user.id}>"):
            text = text.replace(form, f"@{user.display_name}")
    return text.strip()


def _files(said: discord.Message) -> Iterable[Attachment]:
    """By channel, message and number, since their addresses run out."""
    found = [
        *said.attachments,
        *(file for one in said.message_snapshots for file in one.attachments),
    ]
    return [
        Attachment(
            f"{said.channel.id}/{said.id}/{file.id} {file.url}",
            file.filename,
            (file.content_type or "").partition(";")[0],
            file.size,
        )
        for file in found
    ]
