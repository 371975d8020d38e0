"""What is asked of Discord's API, by the library's own requests: they keep its rate limits."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import discord
import orjson
from discord.http import MultipartParameters, Route

from ai_sessions.bots.adapter import Gone
from ai_sessions.bots.discord import writing
from ai_sessions.bots.discord.failures import told
from ai_sessions.bots.discord.slash import is_same

if TYPE_CHECKING:
    from ai_sessions.bots.adapter import Message
    from ai_sessions.bots.discord.client import Client
    from ai_sessions.bots.discord.handles import Handle

_UNKNOWN_MESSAGE = 10008
_ORIGINAL = "/webhooks/{webhook_id}/{webhook_token}/messages/@original"


class Rest:
    """Raises what `Adapter` may raise."""

    def __init__(self, client: Client) -> None:
        self._client, self._http = client, client.http
        self._direct: dict[str, int] = {}
        """Person -> channel of their direct messages."""

    async def send(self, channel: int, said: Message) -> str:
        """The id of the message. By its nonce it may be there already, as it was when we were
        killed: the beginning of an answer then gets the rest of it.
        """
        body = writing.message(said)
        with told():
            sent = await self._http.send_message(channel, params=_json(body))
        try:
            if said.nonce and sent["content"].strip() != body["content"].strip():
                await self.edit(channel, str(sent["id"]), said)
        except Gone:  # somebody deleted the beginning, and Discord still knows its nonce
            return await self.send(channel, replace(said, nonce=f"{said.nonce}+"))
        return str(sent["id"])

    async def edit(self, channel: int, id_: str, said: Message) -> None:
        """Raises `Gone`, too."""
        with told():
            try:
                params = _json(writing.edited(said))
                await self._http.edit_message(channel, int(id_), params=params)
            except discord.NotFound as error:
                if error.code == _UNKNOWN_MESSAGE:
                    raise Gone(id_) from error
                raise

    async def send_file(self, channel: int, name: str, data: bytes, caption: str) -> str:
        """The id of its message."""
        file = discord.File(io.BytesIO(data), filename=name)
        with told():
            sent = await self._http.send_message(channel, params=_form(caption, file))
        return str(sent["id"])

    async def typing(self, channel: int) -> None:
        with told():
            await self._http.send_typing(channel)

    async def direct(self, person: str) -> int:
        """The channel of somebody's direct messages."""
        if person not in self._direct:
            with told():
                found = await self._http.start_private_message(int(person))
            self._direct[person] = int(found["id"])
        return self._direct[person]

    # --- interactions

    async def defer(self, handle: Handle, kind: int) -> None:
        """Tell Discord that we have it. `kind`: of the answer that comes later."""
        path = "/interactions/{webhook_id}/{webhook_token}/callback"
        await self._hooked("POST", path, handle.interaction, handle, {"type": kind})

    async def answer(self, handle: Handle, said: Message) -> str:
        """Give the answer that was deferred; the id of its message."""
        body = writing.edited(said)
        sent = await self._hooked("PATCH", _ORIGINAL, handle.application, handle, body)
        return str(sent["id"])

    async def take_back(self, handle: Handle) -> None:
        """Have no answer to what was deferred."""
        await self._hooked("DELETE", _ORIGINAL, handle.application, handle)

    async def tell_one(self, handle: Handle, text: str) -> None:
        """Say something to who pressed a button, and to nobody else."""
        path, body = "/webhooks/{webhook_id}/{webhook_token}", writing.for_one(text)
        await self._hooked("POST", path, handle.application, handle, body)

    async def _hooked(
        self, method: str, path: str, id_: str, handle: Handle, body: dict[str, Any] | None = None
    ) -> Any:
        route = Route(method, path, webhook_id=int(id_), webhook_token=handle.token)
        more: dict[str, Any] = {} if body is None else {"json": body}
        with told():
            return await self._http.request(route, **more)

    # --- commands

    async def tell_commands(
        self, application: int, ours: list[dict[str, Any]], server: int | None
    ) -> bool:
        """Give Discord our list of commands where it has another one; whether it had.

        `server`: the only one to have them; None: all.
        """
        http: Any = self._http  # whose types know no payload that was made by hand
        with told():
            if server:
                theirs = await http.get_guild_commands(application, server)
            else:
                theirs = await http.get_global_commands(application)
            if is_same(ours, theirs):
                return False
            if server:
                await http.bulk_upsert_guild_commands(application, server, ours)
            else:
                await http.bulk_upsert_global_commands(application, ours)
        return True

    async def tell_endpoint(self, url: str) -> None:
        """Where Discord sends interactions from now on; it asks there at once who answers."""
        body = {"interactions_endpoint_url": url}
        with told():  # not by `edit_application_info`: 2.7 has a space at the end of the name
            await self._http.request(Route("PATCH", "/applications/@me"), json=body)

    # --- files

    async def file(self, url: str) -> bytes:
        """Raises `Unreachable` when its address has run out."""
        with told():
            return await self._http.get_from_cdn(url)

    async def address(self, channel: int, message: int, number: str) -> str:
        """Where a file of a message is to be had now; empty: nowhere."""
        with told():
            found = await self._http.get_message(channel, message)
        files = [one for one in found["attachments"] if str(one["id"]) == number]
        return files[0]["url"] if files else ""


def _json(body: dict[str, Any]) -> MultipartParameters:
    return MultipartParameters(payload=body, multipart=None, files=None)


def _form(caption: str, file: discord.File) -> MultipartParameters:
    value = orjson.dumps(writing.file(caption, file.filename)).decode()
    form: list[dict[str, Any]] = [
        {"name": "payload_json", "value": value},
        {
            **{"name": "files[0]", "value": file.fp, "filename": file.filename},
            "content_type": "application/octet-stream",
        },
    ]
    return MultipartParameters(payload=None, multipart=form, files=[file])
