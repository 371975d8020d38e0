"""uvicorn, as this server uses it: limits of connections, and an end that is no failure."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import uvicorn

from ai_sessions import threads
from ai_sessions.api import upkeep
from ai_sessions.api.connections import Connection
from ai_sessions.api.limits import Crowd, Limits, with_files

if TYPE_CHECKING:
    from ai_sessions.api.address import Address
    from ai_sessions.api.guard import App
    from ai_sessions.api.service import Service

#: Seconds that requests are given at the end.
_FINISH_S = 30
#: How long a thread of the store may keep the interpreter while the loop waits for it; Python's own
#: 5 ms are as many turns of the loop.
_SWITCH_S = 0.0001
#: Threads of the store that are not waiting for the disk. After each send the loop gets the
#: interpreter back from all of them in turn: with two, it spent four fifths of its time on that.
_STORE_AT_ONCE = 1
#: Turns of the loop in which all connections that wait in the system's line are taken.
_TAKEN = 3


class Server(uvicorn.Server):
    """Ends on SIGTERM and SIGINT. uvicorn raises the signal once more when all is done; to be told
    to end is how a server ends, so that is left out.
    """

    def __init__(self, config: uvicorn.Config, service: Service, limits: Limits) -> None:
        super().__init__(config)
        self.service = service
        self._limits = limits
        self._crowd = Crowd(limits)

    def told_to_end(self) -> None:
        """Streams come to an end, so that their connections can. Told again, turns are not waited
        for, and where there is none, nobody is.
        """
        if not self.should_exit:
            self.should_exit = True
            self.service.stop()
        elif not self.service.turns.interrupt():
            self.force_exit = True

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """For as long as it serves."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.told_to_end)
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Take connections at these sockets."""
        loop = asyncio.get_running_loop()
        times: dict[str, Any] = {}
        if self.config.ssl:
            times = {
                "ssl_handshake_timeout": self._limits.head_s,
                "ssl_shutdown_timeout": self._limits.linger_s,
            }
        self.servers = [
            await loop.create_server(
                self._connection,
                sock=one,
                ssl=self.config.ssl,
                backlog=self.config.backlog,
                **times,
            )
            for one in sockets or ()
        ]
        self.started = True

    def _connection(self) -> Connection:
        return Connection(self.config, self.server_state, self._limits, self._crowd)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Finish what was accepted. Turns end by then, so that who waits for one is answered."""
        for one in sockets or ():
            one.listen(0)  # takes no more into the line: a client there thinks that it is heard
        for _ in range(_TAKEN):
            await asyncio.sleep(0)
        self._crowd.is_ending = True
        await asyncio.gather(super().shutdown(sockets), self.service.turns.finish())


def run(service: Service, application: App, at: Address, bound: socket.socket) -> None:
    """Serve at a socket until the process is told to end; what was accepted is finished."""
    sys.setswitchinterval(_SWITCH_S)
    threads.STORE.limit(_STORE_AT_ONCE)
    limits = Limits()
    limits = replace(limits, most=with_files(limits))
    server = Server(config_of(application, at, limits), service, limits)
    asyncio.run(_serve(server, bound))


def config_of(application: App, at: Address, limits: Limits) -> uvicorn.Config:
    """As uvicorn takes it. Nothing of a request is logged: what it holds is its client's."""
    return uvicorn.Config(
        application,
        http="h11",
        ws="none",
        lifespan="off",
        log_level="error",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_FINISH_S,
        h11_max_incomplete_event_size=limits.head_bytes,
        ssl_certfile=at.certificate,
        ssl_keyfile=at.key,
    )


async def _serve(server: Server, bound: socket.socket) -> None:
    async with upkeep.kept(server.service):
        await server.serve([bound])
