"""Discord: the gateway brings what is said, its API takes what we say."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import TYPE_CHECKING, Any

import discord

from ai_sessions.bots.adapter import Away, Limits, RetryAfter, Unfetched, Unformatted, Unreachable
from ai_sessions.bots.commands.table import COMMANDS
from ai_sessions.bots.discord import checking, failures, reading, signatures, slash
from ai_sessions.bots.discord.arrivals import Arrivals
from ai_sessions.bots.discord.client import Client
from ai_sessions.bots.discord.gateway import Gateway, end
from ai_sessions.bots.discord.handles import Handle
from ai_sessions.bots.discord.listener import Listener
from ai_sessions.bots.discord.missed import Missed
from ai_sessions.bots.discord.places import Places
from ai_sessions.bots.discord.rest import Rest
from ai_sessions.errors import ConfigError

if TYPE_CHECKING:
    from ai_sessions.bots.adapter import Hook, Latest, Message
    from ai_sessions.bots.events import Attachment, Inbound, Place
    from ai_sessions.config import Settings

_LOG = logging.getLogger("ai_sessions")
_LIMITS = Limits(
    2000, counts_utf_16=False, a_second=45, fetched_bytes=20 << 20, sent_bytes=10 << 20
)
#: Over HTTP, Discord may hear our answer a moment before it has heard that it is to come.
_HEARD_S = 1.0


def adapter(settings: Settings, hook: Hook | None = None) -> Discord:
    """The bot of the settings' token."""
    key = str(settings["DISCORD_PUBLIC_KEY"])
    return Discord(str(settings["DISCORD_BOT_TOKEN"]).strip(), hook, key)


class Discord:
    """Belongs to one event loop; an `Adapter`."""

    name = "discord"
    limits = _LIMITS

    def __init__(
        self,
        token: str,
        hook: Hook | None = None,
        key: str = "",
        *,
        address: str = "",
        server: int | None = None,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`hook`: where Discord sends interactions; None: through the gateway. `key`: public, of
        the application; empty: Discord is asked for it. `address`: of another server than
        Discord's, for tests; `server`: the only one that has our commands. `clock`: seconds since
        1970.
        """
        self._token, self._hook, self._key = token, hook, key
        self._address, self._server, self._clock, self._sleep = address, server, clock, sleep
        self._arrivals = Arrivals(self._defer)
        self._listener: Listener | None = None
        self._connection: asyncio.Task[None] | None = None
        self._be(self._new_client())

    def _new_client(self) -> Client:
        return Client(self._arrivals.put, self._sleep, self._address)

    def _be(self, client: Client) -> None:
        self._client, self._rest = client, Rest(client)
        self._places = Places(client, self._rest, self._sleep)

    @property
    def identity(self) -> str:
        return str(self._me)

    @property
    def port(self) -> int:
        """On which interactions come; 0: they come by the gateway."""
        return self._listener.port if self._listener else 0

    # --- being there

    async def begin(self) -> None:
        """Until the gateway has let us in: what comes from then on waits for `received`."""
        await self._log_in()
        for line in checking.elsewhere(self._application, self._hook):
            _LOG.warning(line)
        await self._tell_commands()
        if self._hook:
            await self._listen(self._hook)
        gateway = Gateway(self._client, self._sleep)
        self._connection = asyncio.create_task(gateway.stay(self._arrivals.end))
        await self._arrivals.begun()

    async def check(self) -> list[str]:
        is_connected = asyncio.Event()
        self._be(Client(lambda _came: is_connected.set(), self._sleep, self._address))
        try:
            await self._log_in()
            await Gateway(self._client, self._sleep).let_in(is_connected)
            return checking.lines(self._application, self._hook)
        finally:
            await self.close()

    async def close(self) -> None:
        if self._listener:
            await self._listener.stop()
        await self._leave()
        self._arrivals.close()
        await self._client.close()

    async def _log_in(self) -> None:
        """A client that could not is no good for another try."""
        try:
            with failures.told():
                await self._client.login(self._token)
        except (Away, RetryAfter, Unformatted, Unreachable, discord.LoginFailure) as error:
            await self._client.close()
            self._be(self._new_client())
            raise failures.refused(error, None) or Away(str(error)) from error

    async def _tell_commands(self) -> None:
        ours = slash.listed(COMMANDS.values())
        try:
            await self._rest.tell_commands(self._application.id, ours, self._server)
        except (RetryAfter, Unformatted, Unreachable) as error:
            _LOG.warning("Discord does not take our commands now, text still works: %s", error)

    async def _listen(self, hook: Hook) -> None:
        application = self._application
        if self._listener is None:
            key = signatures.key(self._key or application.verify_key)
            listener = Listener(hook.port, key, self._hooked, self._clock)
            await listener.start()
            self._listener = listener
        if application.interactions_endpoint_url == hook.url:
            return
        try:
            await self._rest.tell_endpoint(hook.url)
        except Unformatted as error:
            raise ConfigError(
                f"Discord does not reach this bot at {hook.url}: {error}",
                f"that address has to lead to port {self._listener.port} of this machine",
            ) from error

    # --- what comes in

    async def received(self, latest: Latest) -> AsyncGenerator[Inbound, None]:
        missed = Missed(self._client, self._places, self._clock, self._sleep)
        try:
            while True:
                came = await self._arrivals.next()
                if came is None:
                    async for found in missed.after(await latest(), self._me):
                        yield found
                elif event := await self._event(came):
                    yield event
        finally:
            await self._leave()

    async def _leave(self) -> None:
        """Hear nothing more; what we say still goes out."""
        if self._connection:
            await end(self._connection)
            await Gateway(self._client, self._sleep).leave()

    async def _event(self, came: discord.Message | discord.Interaction) -> Inbound | None:
        """One that cannot be read is for the log: the others do not wait for it."""
        try:
            if isinstance(came, discord.Interaction):
                return reading.interaction(came)
            if reading.is_for(came, self._me):
                return reading.message(came, await self._places.of(came), self._me)
        except Exception:
            _LOG.exception("what arrived as %s cannot be read", came.id)
        return None

    async def _defer(self, handle: Handle, kind: int) -> None:
        await self._rest.defer(handle, kind)

    def _hooked(self, told: dict[str, Any]) -> None:
        try:
            self._arrivals.put_acknowledged(self._client.interaction(told))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            _LOG.warning("an interaction cannot be read: %r", error)

    # --- what goes out

    async def send(self, place: Place, message: Message) -> str:
        if message.handle and (id_ := await self._answered(message)):
            return id_
        return await self._rest.send(await self._places.channel(place), message)

    async def edit(self, place: Place, id_: str, message: Message) -> None:
        await self._rest.edit(await self._places.channel(place), id_, message)

    async def draft(self, place: Place, number: int, text: str) -> bool:  # noqa: ARG002
        """Discord has none: messages are edited."""
        return False

    async def working(self, place: Place) -> None:
        with contextlib.suppress(Unreachable, Unformatted):
            await self._rest.typing(await self._places.channel(place))

    async def send_file(self, place: Place, name: str, data: bytes, caption: str) -> str:
        return await self._rest.send_file(await self._places.channel(place), name, data, caption)

    async def heard(self, event: Inbound, text: str) -> None:
        handle = await self._opened(event.handle)
        with contextlib.suppress(Unreachable, Unformatted):
            if handle and text:
                await self._rest.tell_one(handle, text)
            elif handle and event.kind == "message":
                await self._rest.take_back(handle)

    async def fetch(self, attachment: Attachment) -> bytes:
        """Its address runs out; the message then has another one."""
        if (attachment.size or 0) > self.limits.fetched_bytes:
            raise Unfetched(f"{attachment.name} has {attachment.size} bytes")
        found, _, url = attachment.id.partition(" ")
        channel, message, number = found.split("/")
        try:
            return await self._rest.file(url)
        except Unreachable:
            pass
        try:
            url = await self._rest.address(int(channel), int(message), number)
            return await self._rest.file(url)
        except (Unreachable, Unformatted) as error:
            raise Unfetched(f"{attachment.name}: {error}") from error

    async def _answered(self, message: Message) -> str:
        """Give the answer that was deferred; empty: Discord does not wait for it any more."""
        handle = await self._opened(message.handle)
        if handle is None:
            return ""
        with contextlib.suppress(Unreachable):
            return await self._rest.answer(handle, message)
        if self._hook:
            await self._sleep(_HEARD_S)
            with contextlib.suppress(Unreachable):
                return await self._rest.answer(handle, message)
        return ""

    async def _opened(self, text: str) -> Handle | None:
        """The handle, once Discord knows that we have it; None: it is too late for it."""
        handle = Handle.read(text) if text else None
        if handle is None or not handle.is_open(self._clock()):
            return None
        await self._arrivals.acknowledged(handle)
        return handle

    @property
    def _me(self) -> int:
        return self._client.user.id if self._client.user else 0

    @property
    def _application(self) -> discord.AppInfo:
        if self._client.application is None:
            raise Away("discord has not said yet who this bot is")
        return self._client.application
