"""uvicorn as this server uses it; test/bats starts it and tells it to end."""

import asyncio
import signal

import uvicorn

from ai_sessions.api.limits import Limits
from ai_sessions.api.server import Server
from ai_sessions.api.turns import Turn


def test_the_signal_that_ends_it_is_not_raised_again_and_streams_are_told(service):
    async def ended() -> bool:
        server = Server(uvicorn.Config(None), service, Limits())
        with server.capture_signals():
            signal.raise_signal(signal.SIGTERM)
            for _ in range(10):  # the loop hears of it by a pipe
                await asyncio.sleep(0.001 * (not server.should_exit))
        return server.should_exit and service.is_stopping

    assert asyncio.run(ended())


def test_a_second_signal_interrupts_the_turns_and_a_third_waits_for_nobody(service):
    async def ended() -> tuple[bool, bool, bool, bool]:
        server = Server(uvicorn.Config(None), service, Limits())
        turn = Turn("c1", "a", keeps_words=True)
        service.turns.begin(turn, lambda it: it.stop.wait(60))
        server.told_to_end()
        first = turn.stop.is_set()
        server.told_to_end()
        await turn.result()
        second = server.force_exit
        server.told_to_end()
        return first, turn.is_over, second, server.force_exit

    assert asyncio.run(ended()) == (False, True, False, True)
