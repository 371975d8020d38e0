"""Updates that Telegram sends to us: taken with the right secret alone, answered when stored.

Telegram sends an update again until it is answered with 200, so that one that could not be stored
is not lost. The address ends at a proxy with TLS, which passes it on to loopback.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import re
import socket
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson
from telegram import Update

from ai_sessions.bots.telegram.updates import readable
from ai_sessions.config.extras import missing
from ai_sessions.errors import ConfigError, UsageError

try:
    import uvicorn
except ModuleNotFoundError as _error:
    raise missing("api", "bot.sh telegram --webhook", _error) from _error

if TYPE_CHECKING:
    from telegram import Bot

    from ai_sessions.bots.adapter import Hook

_LOG = logging.getLogger("ai_sessions")
_HOST, _PROXY_PORTS = "127.0.0.1", (443, 80, 88, 8443)
_HEADER = b"x-telegram-bot-api-secret-token"
_SECRET = re.compile(r"[A-Za-z0-9_-]{16,256}")
#: Bytes of an update; Telegram's have some thousands.
_MOST = 1 << 20
#: Seconds for which requests are waited for at the end.
_FINISH_S = 5
Waiting = tuple[Update, "asyncio.Future[None]"]


class Webhook:
    """Where Telegram sends updates. Belongs to one event loop."""

    def __init__(self, hook: Hook, secret: str) -> None:
        """Raises `UsageError` for an address that Telegram does not take, `ConfigError` without a
        good secret.
        """
        self._path, self._port = _path(hook.url), hook.port
        self.url, self.secret = hook.url, _checked(secret)
        self._waiting: asyncio.Queue[Waiting] = asyncio.Queue()
        self._open: set[asyncio.Future[None]] = set()
        self._bot: Bot | None = None
        self._has_warned = False
        self.address = ""
        """Where it listens, once it does."""

    async def updates(self, bot: Bot) -> AsyncGenerator[Sequence[Update], None]:
        """Those that come, each alone, until it is closed: of an album, the next one is sent when
        the last one is answered. Raises `ConfigError` when the port is taken.
        """
        self._bot = bot
        bound = self._bound()
        server = _Server(_config(self._answer))
        task = asyncio.create_task(server.serve(sockets=[bound]))
        try:
            while True:
                update, stored = await self._waiting.get()
                yield [update]
                if not stored.done():
                    stored.set_result(None)
        finally:
            for waiting in self._open:
                waiting.cancel()
            server.should_exit = True
            await task

    def _bound(self) -> socket.socket:
        made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            made.bind((_HOST, self._port))
        except OSError as error:
            made.close()
            raise ConfigError(
                f"cannot listen on {_HOST}:{self._port}: {error.strerror}", "take another --port"
            ) from error
        made.listen(128)
        self.address = f"http://{_HOST}:{made.getsockname()[1]}{self._path}"
        return made

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        """An ASGI application."""
        status = await self._status(scope, receive)
        head = [(b"content-length", b"0")]
        await send({"type": "http.response.start", "status": status, "headers": head})
        await send({"type": "http.response.body", "body": b""})

    async def _status(self, scope: Any, receive: Any) -> int:
        if scope["path"] != self._path:
            return 404
        if scope["method"] != "POST":
            return 405
        if not self._is_ours(dict(scope["headers"]).get(_HEADER, b"")):
            self._warn()
            return 403
        body = await _body(receive)
        if body is None:
            return 413
        try:
            told = readable(orjson.loads(body))
        except orjson.JSONDecodeError:
            return 400
        return await self._stored(told) if told else 400

    async def _stored(self, told: dict[str, Any]) -> int:
        stored = asyncio.get_running_loop().create_future()
        self._open.add(stored)
        self._waiting.put_nowait((Update.de_json(told, self._bot), stored))
        try:
            await stored
        except asyncio.CancelledError:
            return 503  # we end: it comes again
        finally:
            self._open.discard(stored)
        return 200

    def _is_ours(self, secret: bytes) -> bool:
        return hmac.compare_digest(secret, self.secret.encode())

    def _warn(self) -> None:
        """Once: whoever tries may try often."""
        if not self._has_warned:
            _LOG.warning("webhook: a request without the right secret was refused")
        self._has_warned = True


class _Server(uvicorn.Server):
    """Leaves signals to the bot."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _config(application: Any) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        interface="asgi3",
        http="h11",
        ws="none",
        lifespan="off",
        log_level="error",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_FINISH_S,
    )


async def _body(receive: Any) -> bytes | None:
    """None: there is too much."""
    body = bytearray()
    while True:
        event = await receive()
        body += event.get("body", b"")
        if len(body) > _MOST:
            return None
        if not event.get("more_body"):
            return bytes(body)


def _path(url: str) -> str:
    with suppress(ValueError):
        at = urlsplit(url)
        if at.scheme == "https" and at.hostname and (at.port or 443) in _PROXY_PORTS:
            return at.path or "/"
    ports = ", ".join(map(str, _PROXY_PORTS))
    raise UsageError(
        f"Telegram does not call {url}", f"--webhook takes an https address on port {ports}"
    )


def _checked(secret: str) -> str:
    """As Telegram takes it, and too long to be guessed."""
    if not _SECRET.fullmatch(secret):
        what = "is not set" if not secret else "has to be 16 to 256 letters, digits, _ or -"
        raise ConfigError(
            f"TELEGRAM_WEBHOOK_SECRET {what}", "make one: openssl rand -hex 32, and put it in .env"
        )
    return secret
