"""The server to which Discord sends interactions, where it is told to do so over HTTP."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import orjson
from aiohttp import web

from ai_sessions.bots.discord import signatures
from ai_sessions.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

    from nacl.signing import VerifyKey

_LOG = logging.getLogger("ai_sessions")
#: Discord's are a few thousand bytes.
_LARGEST = 256 << 10
_PING = _PONG = 1
#: Kind of an interaction -> of the answer that says that another one comes later.
DEFERRED = {2: 5, 3: 6}


class Listener:
    """`taken` is called with each interaction, once Discord has heard that we have it."""

    def __init__(
        self,
        port: int,
        key: VerifyKey,
        taken: Callable[[dict[str, Any]], None],
        clock: Callable[[], float],
    ) -> None:
        """`port`: of 127.0.0.1; 0: any that is free. `clock`: seconds since 1970."""
        self.port, self._key, self._taken, self._clock = port, key, taken, clock
        app = web.Application(client_max_size=_LARGEST)
        app.router.add_post("/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=3.0)

    async def start(self) -> None:
        """Raises `ConfigError` when the port is taken."""
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        except OSError as error:
            raise ConfigError(
                f"port {self.port} of this machine cannot be had: {error.strerror}",
                "give another one by --port",
            ) from error
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        signature = request.headers.get("X-Signature-Ed25519", "")
        stamp = request.headers.get("X-Signature-Timestamp", "")
        if not signatures.is_good(self._key, signature, stamp, body, self._clock()):
            _LOG.warning("refused: an interaction without a good signature")
            return web.Response(status=401, text="bad signature or time")
        try:
            told = orjson.loads(body)
            kind = int(told["type"])
        except (ValueError, KeyError, TypeError):
            return web.Response(status=400, text="not an interaction")
        if kind == _PING:
            return web.json_response({"type": _PONG})
        if kind not in DEFERRED:
            return web.Response(status=400, text="not a command and not a button")
        response = web.json_response({"type": DEFERRED[kind]})
        await response.prepare(request)
        await response.write_eof()
        self._taken(told)
        return response
