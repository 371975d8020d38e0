"""uvicorn, as this server uses it: limits of connections, and an end that is no failure."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

import uvicorn

from ai_sessions.api import upkeep

if TYPE_CHECKING:
    from ai_sessions.api.address import Address
    from ai_sessions.api.guard import App
    from ai_sessions.api.service import Service

#: Connections at once; more wait to be taken.
_MOST_CONNECTIONS = 2_000
#: Seconds that an idle connection is kept, and that requests are given at the end.
_KEEP_ALIVE_S, _FINISH_S = 15, 30
#: Bytes of a request's head.
_LARGEST_HEAD = 16 << 10


class Server(uvicorn.Server):
    """Ends on SIGTERM and SIGINT. uvicorn raises the signal once more when all is done; to be told
    to end is how a server ends, so that is left out.
    """

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self.service = service

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Streams come to an end, so that their connections can."""
        self.service.stop()
        super().handle_exit(sig, frame)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """For as long as it serves."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield


def run(service: Service, application: App, at: Address, bound: socket.socket) -> None:
    """Serve at a socket until the process is told to end; what was accepted is finished."""
    config = uvicorn.Config(
        application,
        http="h11",
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=_MOST_CONNECTIONS,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_FINISH_S,
        h11_max_incomplete_event_size=_LARGEST_HEAD,
        ssl_certfile=at.certificate,
        ssl_keyfile=at.key,
    )
    asyncio.run(_serve(Server(config, service), bound))


async def _serve(server: Server, bound: socket.socket) -> None:
    async with upkeep.kept(server.service):
        await server.serve([bound])
    await server.service.turns.finish()
