"""Server-sent events on the wire."""

import asyncio

import pytest

from ai_sessions.api import sse
from ai_sessions.api.sse import Sent


def collected(events, ping_s=60.0):
    async def all_of():
        return [one async for one in sse.stream(events, ping_s)]

    return asyncio.run(all_of())


async def two():
    yield Sent("delta", {"text": "a\nb"}, "7")
    yield Sent("done", {})


def test_an_event_is_a_name_an_id_and_one_line_of_json():
    assert collected(two()) == [
        sse.OPENING,
        b'id: 7\nevent: delta\ndata: {"text":"a\\nb"}\n\n',
        b"event: done\ndata: {}\n\n",
    ]


def test_while_nothing_happens_a_comment_shows_that_it_lives():
    begun = asyncio.Event

    async def slow():
        waiting = begun()
        asyncio.get_running_loop().call_later(0.02, waiting.set)
        await waiting.wait()
        yield Sent("done", {})

    found = collected(slow(), ping_s=0.001)

    assert found[1] == b": ping\n\n"
    assert found[-1] == b"event: done\ndata: {}\n\n"


def test_a_stream_that_is_closed_closes_what_it_is_made_of():
    closed = []

    async def endless():
        try:
            yield Sent("delta", {})
            await asyncio.Event().wait()
        finally:
            closed.append(True)

    async def closing():
        stream = sse.stream(endless(), 0.001)
        for _ in range(3):
            await anext(stream)
        await stream.aclose()

    asyncio.run(closing())
    assert closed == [True]


def test_what_breaks_inside_is_raised():
    async def broken():
        yield Sent("delta", {})
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        collected(broken())
