"""A Discord for tests: its API, its gateway and its files, on a loopback port.

It keeps to what Discord documents: 2,000 characters in a message, a nonce that makes a message
once, an interaction that is answered once, a gateway that goes on where it was. People do what a
test has them do (`write`, `command`, `press`); `calls` has all that the bot has asked.
"""

import asyncio
import contextlib
import json
import re
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web
from nacl.signing import SigningKey

TOKEN = "bot.token.of-the-test"
#: Ids are as long as Discord's: the library takes no shorter number in a text for one.
_LONG = 10**17
BOT = APPLICATION = _LONG + 1000
SERVER, ROLE = _LONG + 500, _LONG + 501
ANN, BOB, ANOTHER_BOT = _LONG + 7, _LONG + 8, _LONG + 9
GENERAL, OTHER, DIRECT, OF_BOB = _LONG + 600, _LONG + 601, _LONG + 700, _LONG + 701
"""A channel of the server, another one, and the direct messages of Ann and Bob."""
_PEOPLE = {ANN: "Ann", BOB: "Bob", BOT: "helper", ANOTHER_BOT: "OtherBot"}
_BOTS = {BOT, ANOTHER_BOT}
_EPOCH_MS = 1420070400000
_MESSAGE_CONTENT_INTENT, _MESSAGE_CONTENT_FLAG = 1 << 15, 1 << 19
_TEXT, _DM, _THREAD = 0, 1, 11
_FOR_ONE, _THINKING = 1 << 6, 1 << 7
_LONGEST, _LONGEST_NONCE = 2000, 25

Json = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """What the bot asked, and what it was told."""

    method: str
    path: str
    body: Json
    status: int
    files: dict[str, bytes] = field(default_factory=dict)


@dataclass
class Failure:
    """What the next calls are answered in place of what they ask for."""

    method: str
    path: str
    status: int
    body: Json
    headers: dict[str, str]
    times: int
    is_done: bool = False
    """The call is carried out all the same, as if the answer were lost."""


class Refused(Exception):
    def __init__(self, status: int, code: int, text: str) -> None:
        self.status, self.body = status, {"code": code, "message": text}


class Discord:
    """`async with Discord() as server`, or `with beside(Discord()) as server` in another thread."""

    def __init__(self, port: int = 0) -> None:
        self.calls: list[Call] = []
        self.channels: dict[int, Json] = {}
        self.messages: dict[int, list[Json]] = {}
        self.interactions: dict[str, Json] = {}
        """By token."""
        self.commands: dict[str, list[Json]] = {"": []}
        """By server; empty: of all."""
        self.files: dict[str, bytes] = {}
        """By path: what a message has attached."""
        self.reads_messages = True
        """The switch in the developer portal."""
        self.cuts: Any = None
        """Asked `before` and `after` a call is carried out, with its method and path: whether the
        connection ends there.
        """
        self.on_ready: Any = None
        """Called when the bot has been told all that there is."""
        self.is_closed_for = 0
        """So many connections to the gateway are refused."""
        self.endpoint: str | None = None
        self.key = SigningKey.generate()
        self.identified: list[Json] = []
        self.ready = 0
        """So often has the bot been told all that there is."""
        self.resumed: list[Json] = []
        self._failures: list[Failure] = []
        self._sockets: set[web.WebSocketResponse] = set()
        self._told: list[tuple[int, str, Json]] = []
        """What the gateway has sent in this session, by its number."""
        self._session, self._nonces = "", {}
        self._count, self._port = 0, port
        self._changed = asyncio.Condition()
        for id_, name in ((GENERAL, "general"), (OTHER, "other")):
            self._add_channel({"id": str(id_), "type": _TEXT, "name": name} | _OF_SERVER)
        self._add_channel(_direct(DIRECT, ANN))
        self._add_channel(_direct(OF_BOB, BOB))

    # --- being there

    async def __aenter__(self) -> "Discord":
        app = web.Application(client_max_size=30 << 20)
        app.router.add_get("/gateway", self._gateway)
        app.router.add_get("/attachments/{rest:.*}", self._file)
        app.router.add_route("*", "/api/v10/{rest:.*}", self._api)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        return self

    async def __aexit__(self, *_error: object) -> None:
        for socket in list(self._sockets):
            await socket.close(code=1001)
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def public_key(self) -> str:
        return self.key.verify_key.encode().hex()

    async def until(self, is_so: Any, seconds: float = 60.0) -> None:
        """Wait for something to be so; looked at after each thing that happens here."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(is_so)

    async def happened(self) -> None:
        """Have `until` look again."""
        async with self._changed:
            self._changed.notify_all()

    # --- what people do

    async def write(self, text: str, channel: int = DIRECT, author: int = ANN, **more: Any) -> Json:
        """Say something. `is_heard=False`: while the gateway is down, or the bot is."""
        is_heard = more.pop("is_heard", True)
        files = more.pop("files", {})
        at = more.pop("at", None)
        message = self._message(channel, author, {"content": text}, at)
        message["mentions"] = [
            _person(int(id_)) for id_ in dict.fromkeys(re.findall(r"<@!?(\d+)>", text))
        ]
        message["mention_roles"] = re.findall(r"<@&(\d+)>", text)
        message["attachments"] = [
            self._attached(channel, name, data) for name, data in files.items()
        ]
        if reply := more.pop("reply_to", None):
            found = self._found(channel, int(reply))
            message |= {"type": 19, "referenced_message": found}
            message["message_reference"] = self._reference(channel, reply)
        message |= more
        if is_heard:
            await self.tell("MESSAGE_CREATE", message | self._where(channel, author))
        return message

    async def command(self, name: str, text: str = "", **more: Any) -> Json:
        """Type a slash command."""
        options = [{"type": 3, "name": "text", "value": text}] if text else []
        data = {"id": "1", "type": 1, "name": name, "options": options}
        return await self.interact({"type": 2, "data": data}, **more)

    async def press(self, data: str, message: Json, author: int = ANN) -> Json:
        """Press a button."""
        told = {"type": 3, "message": message, "data": {"custom_id": data, "component_type": 2}}
        return await self.interact(told, channel=int(message["channel_id"]), author=author)

    async def interact(
        self, told: Json, channel: int = DIRECT, author: int = ANN, *, is_heard: bool = True
    ) -> Json:
        """`is_heard=False`: it is made, and not told by the gateway."""
        id_ = self.id()
        told = {
            **{
                "id": id_,
                "token": f"token-{id_}",
                "version": 1,
                "application_id": str(APPLICATION),
            },
            **{"channel_id": str(channel), "channel": self.channels[channel], "locale": "en-US"},
            **{"attachment_size_limit": 10 << 20, "entitlements": [], "app_permissions": "0"},
            **told,
            **self._where(channel, author, person="user"),
        }
        self.interactions[told["token"]] = {**told, "is_answered": False, "original": None}
        if is_heard:
            await self.tell("INTERACTION_CREATE", told)
        return told

    def signed(self, body: bytes, at: float | None = None) -> dict[str, str]:
        """Headers of an interaction over HTTP."""
        stamp = str(int(time.time() if at is None else at))
        signature = self.key.sign(stamp.encode() + body).signature.hex()
        return {"X-Signature-Timestamp": stamp, "X-Signature-Ed25519": signature}

    def thread(self, parent: int = GENERAL, *, is_known: bool = True) -> int:
        """Begin one; its id. `is_known`: it is told when the bot comes in."""
        id_ = int(self.id())
        meta = {"archived": False, "auto_archive_duration": 60, "locked": False}
        meta["archive_timestamp"] = "2026-11-28T10:00:00+00:00"
        channel = {"id": str(id_), "type": _THREAD, "name": "a thread", "parent_id": str(parent)}
        channel |= {"owner_id": str(ANN), "message_count": 0, "member_count": 1}
        self._add_channel(channel | _OF_SERVER | {"thread_metadata": meta, "is_known": is_known})
        return id_

    # --- what can go wrong

    def fail(
        self, method: str, path: str, status: int, body: Json | None = None, **more: Any
    ) -> Failure:
        """Answer the next calls of a path (a pattern) so. `headers`, `times`, `is_done`."""
        headers, times = more.pop("headers", {}), more.pop("times", 1)
        made = Failure(method, path, status, body or {}, headers, times, **more)
        self._failures.append(made)
        return made

    def limit(self, method: str, path: str, seconds: float, **more: Any) -> Failure:
        """The next call comes too early: 429, as from Discord itself."""
        body = {"message": "You are being rate limited.", "retry_after": seconds, "global": False}
        headers = {"Via": "1.1 google", "Retry-After": str(seconds)}
        return self.fail(method, path, 429, body, headers=headers, **more)

    async def drop(self, code: int = 4000, *, is_forgotten: bool = False) -> None:
        """Cut the gateway's connections. `is_forgotten`: the session cannot go on."""
        if is_forgotten:
            self._session = "another"
        for socket in list(self._sockets):
            await socket.close(code=code)

    # --- what is seen

    def texts(self, channel: int = DIRECT) -> list[str]:
        """What the bot has said there, as it reads now."""
        return [one["content"] for one in self.said(channel)]

    def said(self, channel: int = DIRECT) -> list[Json]:
        """Its messages there; those that still "think" have none."""
        ours = (one for one in self.messages[channel] if one["author"]["id"] == str(BOT))
        return [one for one in ours if not one["flags"] & _THINKING]

    @property
    def there(self) -> int:
        """How many connections to the gateway there are."""
        return len(self._sockets)

    def thinking(self, channel: int = DIRECT) -> int:
        """How many answers are still open."""
        return sum(1 for one in self.messages[channel] if one["flags"] & _THINKING)

    def asked(self, method: str, path: str) -> list[Call]:
        """The calls of a path, a pattern of all of it."""
        return [one for one in self.calls if one.method == method and re.fullmatch(path, one.path)]

    # --- the gateway

    async def _gateway(self, request: web.Request) -> web.WebSocketResponse:
        if self.is_closed_for:
            self.is_closed_for -= 1
            raise web.HTTPServiceUnavailable
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await _send(socket, {"op": 10, "d": {"heartbeat_interval": 41250}})
        try:
            async for said in socket:
                if said.type is WSMsgType.TEXT:
                    await self._hear(socket, json.loads(said.data))
        finally:
            self._sockets.discard(socket)
            await self.happened()
        return socket

    async def _hear(self, socket: web.WebSocketResponse, said: Json) -> None:
        if said["op"] == 1:
            await _send(socket, {"op": 11})
        elif said["op"] == 2:
            await self._identify(socket, said["d"])
        elif said["op"] == 6:
            await self._resume(socket, said["d"])
        await self.happened()

    async def _identify(self, socket: web.WebSocketResponse, told: Json) -> None:
        self.identified.append(told)
        if told["token"] != TOKEN:
            await socket.close(code=4004, message=b"Authentication failed.")
        elif told["intents"] & _MESSAGE_CONTENT_INTENT and not self.reads_messages:
            await socket.close(code=4014, message=b"Disallowed intent(s).")
        else:
            self._session, self._told = f"session-{self.id()}", []
            self._sockets.add(socket)
            await self.tell("READY", self._ready())
            await self.tell("GUILD_CREATE", self._server())
            if self.on_ready:
                await self.on_ready()
            self.ready += 1

    def _ready(self) -> Json:
        return {
            **{"v": 10, "user": _person(BOT), "session_id": self._session},
            **{"guilds": [{"id": str(SERVER), "unavailable": True}], "private_channels": []},
            "resume_gateway_url": f"{self.url}/gateway",
            "application": {"id": str(APPLICATION), "flags": self._flags},
        }

    def _server(self) -> Json:
        of_it = [one for one in self.channels.values() if one["type"] != _DM]
        roles = [{"id": str(SERVER), "name": "@everyone", "permissions": "0"}]
        roles.append({"id": str(ROLE), "name": "helper", "tags": {"bot_id": str(BOT)}})
        for place, role in enumerate(roles):
            role |= {"position": place, "color": 0, "hoist": False, "managed": True}
            role |= {"mentionable": False, "permissions": "0", "flags": 0}
        return {
            **{"id": str(SERVER), "name": "Team", "owner_id": str(ANN), "roles": roles},
            **{"channels": [one for one in of_it if one["type"] != _THREAD], "emojis": []},
            **{"threads": [one for one in of_it if one.get("is_known")], "features": []},
            **{"members": [], "member_count": 3, "large": False, "unavailable": False},
            **{"voice_states": [], "presences": [], "stickers": [], "stage_instances": []},
            **{"guild_scheduled_events": [], "soundboard_sounds": [], "region": "", "icon": None},
            **{"verification_level": 0, "explicit_content_filter": 0, "mfa_level": 0},
            **{"default_message_notifications": 0, "nsfw_level": 0, "premium_tier": 0},
            **{"preferred_locale": "en-US", "afk_timeout": 60, "system_channel_flags": 0},
            "premium_progress_bar_enabled": False,
        }

    async def _resume(self, socket: web.WebSocketResponse, told: Json) -> None:
        self.resumed.append(told)
        if told["session_id"] != self._session:
            await _send(socket, {"op": 9, "d": False})
            return
        for number, name, data in self._told:
            if number > told["seq"]:
                await _send(socket, {"op": 0, "s": number, "t": name, "d": data})
        self._sockets.add(socket)
        await self.tell("RESUMED", {})

    async def tell(self, name: str, data: Json) -> None:
        """Send an event to the bot; while it is not there, it is kept for when it resumes."""
        number = len(self._told) + 1
        self._told.append((number, name, data))
        for socket in list(self._sockets):
            with contextlib.suppress(ConnectionError):
                await _send(socket, {"op": 0, "s": number, "t": name, "d": data})
        await self.happened()

    # --- the API

    async def _api(self, request: web.Request) -> web.Response:
        path = request.path.removeprefix("/api/v10")
        body, files = await _body(request)
        failure = self._failure(request.method, path)
        status, told, headers = 0, None, {}
        if self.cuts and self.cuts("before", request.method, path):
            return _cut(request)
        if failure is None or failure.is_done:
            status, told = await self._answer(request, path, body, files)
        if self.cuts and self.cuts("after", request.method, path):
            return _cut(request)
        if failure:
            status, told, headers = failure.status, failure.body, failure.headers
        self.calls.append(Call(request.method, path, body, status, files))
        await self.happened()
        return _response(status, told, headers)

    def _failure(self, method: str, path: str) -> Failure | None:
        for one in self._failures:
            if one.times and one.method == method and re.fullmatch(one.path, path):
                one.times -= 1
                return one
        return None

    async def _answer(
        self, request: web.Request, path: str, body: Json, files: dict[str, bytes]
    ) -> tuple[int, Any]:
        is_open = path.startswith(("/webhooks/", "/interactions/"))
        if not is_open and request.headers.get("Authorization") != f"Bot {TOKEN}":
            return 401, {"code": 0, "message": "401: Unauthorized"}
        for method, pattern, answer in _ROUTES:
            if request.method == method and (found := re.fullmatch(pattern, path)):
                try:
                    told = getattr(self, answer)(
                        body, *found.groups(), request=request, files=files
                    )
                except Refused as refused:
                    return refused.status, refused.body
                return (204, None) if told is None else (200, told)
        return 404, {"code": 0, "message": "404: Not Found"}

    @property
    def _flags(self) -> int:
        return _MESSAGE_CONTENT_FLAG if self.reads_messages else 0

    def _me(self, _body: Json, **_more: Any) -> Json:
        return _person(BOT)

    def _application(self, body: Json, **_more: Any) -> Json:
        self.endpoint = body.get("interactions_endpoint_url", self.endpoint)
        return {
            **{"id": str(APPLICATION), "name": "helper", "description": "", "icon": None},
            **{"bot_public": True, "bot_require_code_grant": False, "owner": _person(ANN)},
            **{"verify_key": self.public_key, "flags": self._flags, "summary": ""},
            **{"approximate_guild_count": 1, "interactions_endpoint_url": self.endpoint},
        }

    def _list_commands(self, _body: Json, server: str | None = None, **_more: Any) -> Any:
        return self.commands.get(server or "", [])

    def _put_commands(self, body: Any, server: str | None = None, **_more: Any) -> Any:
        for one in body:
            if not (
                0 < len(one["description"]) <= 100 and re.fullmatch(r"[a-z_]{1,32}", one["name"])
            ):
                raise Refused(400, 50035, f"Invalid Form Body: {one['name']}")
        made = [one | {"id": self.id(), "version": "1", "nsfw": False} for one in body]
        self.commands[server or ""] = made
        return made

    def _open_direct(self, body: Json, **_more: Any) -> Json:
        person = int(body["recipient_id"])
        if person not in _PEOPLE:
            raise Refused(400, 50033, "Invalid Recipient(s)")
        for one in self.channels.values():
            if one["type"] == _DM and one["recipients"][0]["id"] == str(person):
                return one
        return self._add_channel(_direct(int(self.id()), person))

    def _channel(self, _body: Json, channel: str, **_more: Any) -> Json:
        if int(channel) not in self.channels:
            raise Refused(404, 10003, "Unknown Channel")
        return self.channels[int(channel)]

    def _history(self, _body: Json, channel: str, *, request: web.Request, **_more: Any) -> Any:
        self._channel({}, channel)
        after, most = int(request.query.get("after", 0)), int(request.query.get("limit", 50))
        later = [one for one in self.messages[int(channel)] if int(one["id"]) > after]
        return sorted(later, key=lambda one: int(one["id"]))[:most][::-1]

    def _get_message(self, _body: Json, channel: str, message: str, **_more: Any) -> Json:
        found = self._found(int(channel), int(message))
        for one in found["attachments"]:
            one["url"] = f"{self.url}{one['path']}?ex={self.id()}"
        return found

    def _typing(self, _body: Json, channel: str, **_more: Any) -> None:
        self._channel({}, channel)

    def _post_message(
        self, body: Json, channel: str, *, files: dict[str, bytes], **_more: Any
    ) -> Json:
        self._channel({}, channel)
        _valid(body, files)
        nonce = body.get("nonce") if body.get("enforce_nonce") else None
        if nonce and (known := self._nonces.get(nonce)):
            return known
        made = self._message(int(channel), BOT, body, files=files)
        if reply := body.get("message_reference"):
            made["message_reference"] = self._reference(int(channel), reply["message_id"])
        if nonce:
            self._nonces[nonce] = made
        return made

    def _edit_message(self, body: Json, channel: str, message: str, **_more: Any) -> Json:
        self._channel({}, channel)
        found = self._found(int(channel), int(message))
        if found["author"]["id"] != str(BOT):
            raise Refused(403, 50005, "Cannot edit a message authored by another user")
        _valid(body, {})
        return self._edited(found, body)

    def _callback(self, body: Json, id_: str, token: str, **_more: Any) -> None:
        """Takes the one answer that Discord waits three seconds for."""
        known = self.interactions.get(token)
        if known is None or known["id"] != id_:
            raise Refused(404, 10062, "Unknown interaction")
        if known["is_answered"]:
            raise Refused(400, 40060, "Interaction has already been acknowledged.")
        self.answered(token, body)

    def answered(self, token: str, body: Json) -> None:
        """By a callback, or in answer to what was told over HTTP."""
        known = self.interactions[token]
        known |= {"is_answered": True, "answer": body}
        if body["type"] == 5:
            made = self._message(int(known["channel_id"]), BOT, {"content": "", "flags": _THINKING})
            known["original"] = made
        elif body["type"] == 6:
            known["original"] = known["message"]

    def _original(self, token: str) -> Json:
        known = self.interactions.get(token)
        if known is None or known["original"] is None:
            raise Refused(404, 10015, "Unknown Webhook")
        return known["original"]

    def _edit_original(self, body: Json, _app: str, token: str, **_more: Any) -> Json:
        found = self._original(token)
        _valid(body, {})
        return self._edited(found, body)

    def _delete_original(self, _body: Json, _app: str, token: str, **_more: Any) -> None:
        found = self._original(token)
        self.messages[int(found["channel_id"])].remove(found)
        self.interactions[token]["original"] = None

    def _follow_up(self, body: Json, _app: str, token: str, **_more: Any) -> Json:
        self._original(token)
        _valid(body, {})
        known = self.interactions[token]
        made = self._made(int(known["channel_id"]), BOT, body)
        known.setdefault("for_one", []).append(made)
        return made

    # --- what there is

    def id(self, at: float | None = None) -> str:
        """The next id; they grow. `at`: seconds since 1970."""
        self._count += 1
        milliseconds = int((time.time() if at is None else at) * 1000) - _EPOCH_MS
        return str((milliseconds << 22) + self._count)

    def _add_channel(self, channel: Json) -> Json:
        self.channels[int(channel["id"])] = channel
        self.messages[int(channel["id"])] = []
        return channel

    def _message(self, channel: int, author: int, body: Json, at: Any = None, **more: Any) -> Json:
        made = self._made(channel, author, body, at, **more)
        self.messages[channel].append(made)
        return made

    def _made(
        self,
        channel: int,
        author: int,
        body: Json,
        at: float | None = None,
        files: dict[str, bytes] | None = None,
    ) -> Json:
        id_ = self.id(at)
        files = files or {}
        return {
            **{"id": id_, "channel_id": str(channel), "author": _person(author), "type": 0},
            **{"content": body.get("content") or "", "flags": body.get("flags", 0), "tts": False},
            "timestamp": _stamp(int(id_)),
            **{"edited_timestamp": None, "mention_everyone": False, "mentions": []},
            **{"mention_roles": [], "embeds": [], "pinned": False, "reactions": []},
            "attachments": [self._attached(channel, name, data) for name, data in files.items()],
            "components": body.get("components") or [],
        }

    def _attached(self, channel: int, name: str, data: bytes) -> Json:
        id_ = self.id()
        path = f"/attachments/{channel}/{id_}/{name}"
        self.files[path] = data
        media = "image/png" if name.endswith(".png") else "text/plain; charset=utf-8"
        return {
            **{"id": id_, "filename": name, "size": len(data), "path": path, "proxy_url": ""},
            **{"url": f"{self.url}{path}", "content_type": media},
        }

    async def _file(self, request: web.Request) -> web.Response:
        failure = self._failure("GET", request.path)
        data = self.files.get(request.path)
        if failure or data is None:
            return web.Response(status=failure.status if failure else 404)
        return web.Response(body=data)

    def _edited(self, found: Json, body: Json) -> Json:
        known = {name: body[name] for name in ("content", "components") if name in body}
        found |= known | {"flags": found["flags"] & ~_THINKING}
        return found

    def _reference(self, channel: int, message: Any) -> Json:
        return {"message_id": str(message), "channel_id": str(channel), "type": 0}

    def _found(self, channel: int, message: int) -> Json:
        for one in self.messages.get(channel, ()):
            if one["id"] == str(message):
                return one
        raise Refused(404, 10008, "Unknown Message")

    def _where(self, channel: int, author: int, person: str = "") -> Json:
        """What Discord adds of a server, or of the person in a direct message."""
        if self.channels[channel]["type"] == _DM:
            return {person: _person(author)} if person else {}
        member = {"roles": [], "joined_at": "2026-01-01T00:00:00+00:00", "deaf": False, "flags": 0}
        member |= {"mute": False, "permissions": "0"}
        if person:
            member["user"] = _person(author)
        return {"guild_id": str(SERVER), "member": member}


_OF_SERVER = {
    **{"guild_id": str(SERVER), "position": 0, "permission_overwrites": [], "nsfw": False},
    "rate_limit_per_user": 0,
}
_ID = r"(\d+)"
_HOOK = rf"/webhooks/{_ID}/([^/]+)"
_ROUTES = (
    ("GET", "/users/@me", "_me"),
    ("GET", "/oauth2/applications/@me", "_application"),
    ("PATCH", "/applications/@me", "_application"),
    ("GET", r"/applications/\d+/commands", "_list_commands"),
    ("GET", rf"/applications/\d+/guilds/{_ID}/commands", "_list_commands"),
    ("PUT", r"/applications/\d+/commands", "_put_commands"),
    ("PUT", rf"/applications/\d+/guilds/{_ID}/commands", "_put_commands"),
    ("POST", "/users/@me/channels", "_open_direct"),
    ("GET", f"/channels/{_ID}", "_channel"),
    ("GET", f"/channels/{_ID}/messages", "_history"),
    ("GET", f"/channels/{_ID}/messages/{_ID}", "_get_message"),
    ("POST", f"/channels/{_ID}/typing", "_typing"),
    ("POST", f"/channels/{_ID}/messages", "_post_message"),
    ("PATCH", f"/channels/{_ID}/messages/{_ID}", "_edit_message"),
    ("POST", rf"/interactions/{_ID}/([^/]+)/callback", "_callback"),
    ("PATCH", f"{_HOOK}/messages/@original", "_edit_original"),
    ("DELETE", f"{_HOOK}/messages/@original", "_delete_original"),
    ("POST", _HOOK, "_follow_up"),
)


@contextlib.contextmanager
def beside(server: Discord) -> Any:
    """Have it run in a thread, for bots that are processes."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    asyncio.run_coroutine_threadsafe(server.__aenter__(), loop).result(10)
    server.do = lambda work: asyncio.run_coroutine_threadsafe(work, loop).result(60)
    try:
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(server.__aexit__(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)


def _cut(request: web.Request) -> web.Response:
    if request.transport:
        request.transport.abort()
    return web.Response(status=500)


def _valid(body: Json, files: dict[str, bytes]) -> None:
    """Raises `Refused` for what Discord takes from nobody."""
    text = body.get("content") or ""
    if len(text) > _LONGEST:
        raise Refused(400, 50035, f"content: Must be {_LONGEST} or fewer in length.")
    if len(str(body.get("nonce", ""))) > _LONGEST_NONCE:
        raise Refused(400, 50035, "nonce: too long")
    if not (text.strip() or files):
        raise Refused(400, 50006, "Cannot send an empty message")
    rows = body.get("components") or []
    if len(rows) > 5 or any(not 0 < len(row["components"]) <= 5 for row in rows):
        raise Refused(400, 50035, "components: Must be between 1 and 5 in length.")
    for button in (button for row in rows for button in row["components"]):
        if not (0 < len(button["label"]) <= 80 and 0 < len(button["custom_id"]) <= 100):
            raise Refused(400, 50035, "components: Invalid Form Body")


def _person(id_: int) -> Json:
    name = _PEOPLE.get(id_, f"user{id_}")
    person = {"id": str(id_), "username": name.lower(), "global_name": name, "avatar": None}
    return person | {"discriminator": "0", "bot": id_ in _BOTS, "public_flags": 0}


def _direct(id_: int, person: int) -> Json:
    return {"id": str(id_), "type": _DM, "recipients": [_person(person)], "last_message_id": None}


def _stamp(id_: int) -> str:
    seconds = ((id_ >> 22) + _EPOCH_MS) / 1000
    return time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(seconds))


async def _send(socket: web.WebSocketResponse, told: Json) -> None:
    await socket.send_str(json.dumps({"t": None, "s": None, "d": None} | told))


async def _body(request: web.Request) -> tuple[Any, dict[str, bytes]]:
    if not request.content_type.startswith("multipart/"):
        raw = await request.read()
        return (json.loads(raw) if raw else {}), {}
    body, files = {}, {}
    async for part in await request.multipart():
        if part.name == "payload_json":
            body = json.loads(await part.text())
        else:
            files[part.filename] = bytes(await part.read())
    return body, files


def _response(status: int, told: Any, headers: dict[str, str]) -> web.Response:
    """With the type alone: discord.py reads no JSON that has a charset."""
    limits = {"X-RateLimit-Limit": "5", "X-RateLimit-Remaining": "5"}
    limits |= {"X-RateLimit-Reset-After": "1", "X-RateLimit-Reset": str(time.time() + 1)}
    if told is None:
        return web.Response(status=status, headers=limits | headers)
    kind = {"Content-Type": "application/json"}
    body = json.dumps(told).encode()
    return web.Response(status=status, body=body, headers=kind | limits | headers)
