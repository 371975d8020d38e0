"""uvicorn as this server uses it; test/bats starts it and tells it to end."""

import asyncio
import signal

import uvicorn

from ai_sessions.api.limits import Limits
from ai_sessions.api.server import Server


def test_the_signal_that_ends_it_is_not_raised_again_and_streams_are_told(service):
    async def ended() -> bool:
        server = Server(uvicorn.Config(None), service, Limits())
        with server.capture_signals():
            signal.raise_signal(signal.SIGTERM)
            for _ in range(10):  # the loop hears of it by a pipe
                await asyncio.sleep(0.001 * (not server.should_exit))
        return server.should_exit and service.is_stopping

    assert asyncio.run(ended())
