"""uvicorn as this server uses it; test/bats starts it and tells it to end."""

import asyncio
import signal

import uvicorn

from ai_sessions.api.server import Server


def test_the_signal_that_ends_it_is_not_raised_again():
    async def ended() -> bool:
        server = Server(uvicorn.Config(None))
        with server.capture_signals():
            signal.raise_signal(signal.SIGTERM)
            for _ in range(10):  # the loop hears of it by a pipe
                await asyncio.sleep(0.001 * (not server.should_exit))
        return server.should_exit

    assert asyncio.run(ended())
