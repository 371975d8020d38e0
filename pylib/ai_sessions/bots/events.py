"""What comes in from a chat service and what goes out to it, whichever service it is."""

from __future__ import annotations

from dataclasses import field
from typing import Any, Literal

from ai_sessions.lazy_dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is said. `chat`: the service's id of a chat, channel or direct message.
    `topic`: of a topic or thread in it; empty: none. `title`: what people call it.
    """

    chat: str
    topic: str = ""
    is_private: bool = False
    """One person and the bot alone."""
    title: str = ""
    server: str = ""
    """The service's id of a group of chats that this is one of; empty: none."""

    @property
    def key(self) -> str:
        """What a session, and the order of answers, is kept by."""
        return f"{self.chat}:{self.topic}" if self.topic else self.chat


@dataclass(frozen=True, slots=True)
class Person:
    """Who said something. `id`: the service's; `name`: what the others read."""

    id: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a message. `id`: what the adapter fetches it by. `size`: in bytes;
    None: not told.
    """

    id: str
    name: str = ""
    media: str = ""
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Inbound:
    """Something that a person did. `id`: unique for this bot, the same when the service sends it
    again. `call`: id of the call of a model that answers it, set when it is stored.
    """

    id: str
    place: Place
    sender: Person
    at: str
    """RFC 3339 UTC, by the service's clock."""
    kind: Literal["message", "button", "moved"] = "message"
    """`moved`: the chat goes on at `moved_to`, such as a group that became a supergroup."""
    text: str = ""
    command: str = ""
    """Without its slash; empty: none. `text` is then what follows it."""
    message: str = ""
    """The service's id of the message, or of the one whose button was pressed."""
    reply_to: str = ""
    """The service's id of the message that this one replies to."""
    is_addressed: bool = True
    """In a group: the bot was mentioned, replied to or given a command."""
    attachments: tuple[Attachment, ...] = ()
    button: str = ""
    """`Button.data` of the one that was pressed."""
    handle: str = ""
    """What the service wants to hear again in an answer to just this: an interaction's token, the
    id of a callback query. It soon runs out."""
    moved_to: str = ""
    call: str = ""


@dataclass(frozen=True, slots=True)
class Button:
    """`data`: at most 64 bytes, comes back in `Inbound.button`."""

    label: str
    data: str


@dataclass(frozen=True, slots=True)
class Say:
    """A message, sent once, whatever happens; split where the service's limit is.

    `about`: a name by which `Update` changes it later, unique among all messages to this place;
    empty: it stays as it is. `is_answer`: the end of what `Draft` began.
    """

    text: str
    buttons: tuple[Button, ...] = ()
    about: str = ""
    is_answer: bool = False
    is_quiet: bool = False
    """Without a sound."""


@dataclass(frozen=True, slots=True)
class Draft:
    """All that has come of the answer so far. May be left out when another one follows soon."""

    text: str


@dataclass(frozen=True, slots=True)
class Update:
    """Another text, and other buttons, for the message with that `about`."""

    about: str
    text: str
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True)
class File:
    """A file to send once."""

    name: str
    data: bytes
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Working:
    """A sign that something is being done."""


@dataclass(frozen=True, slots=True)
class Heard:
    """The short answer to a pressed button, for who pressed it alone; may be empty."""

    text: str = ""


Outbound = Say | Draft | Update | File | Working | Heard


def inbound(told: dict[str, Any]) -> Inbound:
    """From what `orjson` made of one."""
    places, people = Place(**told.pop("place")), Person(**told.pop("sender"))
    files = tuple(Attachment(**one) for one in told.pop("attachments", ()))
    return Inbound(place=places, sender=people, attachments=files, **told)


@dataclass(frozen=True, slots=True)
class Memo:
    """What was done for an event before the bot was killed, so that it is not done again.

    `known`: by name. `keep`: stores another fact, on disk when it returns.
    """

    keep: Any
    known: dict[str, Any] = field(default_factory=dict)
