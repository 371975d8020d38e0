"""What the adapter of a chat service promises. It translates; no rule of ours is in one."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from ai_sessions.lazy_dataclasses import dataclass

if TYPE_CHECKING:
    from ai_sessions.bots.events import Attachment, Button, Inbound, Place


@dataclass(frozen=True, slots=True)
class Limits:
    """What a service allows. Times in seconds.

    `text`: most units of a message: UTF-16 code units where `counts_utf_16`, else characters.
    """

    text: int
    counts_utf_16: bool
    between_edits_s: float = 1.5
    between_messages_s: float = 1.0
    """In one chat."""
    a_minute_in_groups: int = 0
    """Messages to one group in a minute; 0: no limit of its own."""
    a_second: int = 30
    """Messages to all chats together."""
    fetched_bytes: int = 20 << 20
    """Larger attachments cannot be had."""
    sent_bytes: int = 50 << 20


@dataclass(frozen=True, slots=True)
class Hook:
    """Where a service calls us, in place of being asked by us. `url`: the public address, which
    leads to `port` of this machine's loopback.
    """

    url: str
    port: int


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it goes out: a part of a text that is within the limits.

    `nonce`: the same when it is sent again, for a service that takes a message once by it.
    """

    text: str
    reply_to: str = ""
    buttons: Sequence[Button] = ()
    is_quiet: bool = False
    is_plain: bool = False
    """Without formatting, after the service could not read it."""
    nonce: str = ""
    handle: str = ""
    """`Inbound.handle` of the command that this is the first answer to."""


class RetryAfter(Exception):
    """The service takes nothing for so many seconds. `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the service takes nothing for {seconds} s")
        self.seconds = seconds


class Unformatted(Exception):
    """The service cannot read the formatting of a message; nothing was sent."""


class Unreachable(Exception):
    """Nothing can be sent to this place any more: the bot was blocked, or the chat is gone."""


class Gone(Exception):
    """The message that was to be changed is not there any more: somebody has deleted it."""


class Moved(Exception):
    """The chat goes on at another id: `to`."""

    def __init__(self, to: str) -> None:
        super().__init__(f"the chat goes on at {to}")
        self.to = to


class Away(Exception):
    """The service cannot be reached now; whether it took what was sent is not known."""


class Unfetched(Exception):
    """A file cannot be had: it is too large, or the service has it no more."""


#: Gives the newest event that is stored of each place.
Latest = Callable[[], Awaitable[list["Inbound"]]]


class Adapter(Protocol):
    """One bot in one service. Methods raise the classes above, and nothing else for what the
    service does.
    """

    name: str
    """`telegram`, `discord`: the interface of its sessions."""
    limits: Limits

    @property
    def identity(self) -> str:
        """The service's id of the bot; known once `begin` has returned."""
        ...

    async def begin(self) -> None:
        """Ask the service who we are, and make ready. Raises `Away`, after which it may be tried
        again, and `ConfigError` when the service does not take the token.
        """
        ...

    async def check(self) -> list[str]:
        """Lines that tell who the bot is and what may keep it from its work. Asks the service, and
        changes nothing there. Raises as `begin`.
        """
        ...

    def received(self, latest: Latest) -> AsyncGenerator[Inbound, None]:
        """What comes in, in order, until it is closed. When the next one is asked for, the last one
        is stored and need not come again. `latest`: for a service that has no list of what was not
        taken yet, and is asked what came after these.
        """
        ...

    async def close(self) -> None:
        """Let go of the service. Called once, after all is sent: `received` is closed before."""
        ...

    async def send(self, place: Place, message: Message) -> str:
        """Send a message; its id."""
        ...

    async def edit(self, place: Place, id_: str, message: Message) -> None:
        """Give a message of ours another text and other buttons. What is the same is no error.
        Raises `Gone`, too.
        """
        ...

    async def draft(self, place: Place, number: int, text: str) -> bool:
        """Show what is being written, without sending it. False: not in this place."""
        ...

    async def working(self, place: Place) -> None:
        """Show that something is being done, for some seconds."""
        ...

    async def send_file(self, place: Place, name: str, data: bytes, caption: str) -> str:
        """Send a file; the id of its message."""
        ...

    async def heard(self, event: Inbound, text: str) -> None:
        """Answer a pressed button; without a text, also a command to which no message was sent. Too
        late is no error.
        """
        ...

    async def fetch(self, attachment: Attachment) -> bytes:
        """The bytes of a file, at most `Limits.fetched_bytes`. Raises `Unfetched`."""
        ...
