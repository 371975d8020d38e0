"""Clients that keep a server waiting, at real sockets of this machine."""

import asyncio
import json
import socket
import time
from asyncio.selector_events import _SelectorSocketTransport
from contextlib import asynccontextmanager

import pytest
from uvicorn.server import ServerState

from ai_sessions.api import server
from ai_sessions.api.address import Address
from ai_sessions.api.connections import Connection
from ai_sessions.api.limits import Crowd, Limits

#: Long enough that nothing ends by itself in a test.
PARTS = ("head_s", "body_s", "idle_s", "stalled_s", "linger_s", "ending_s")
LONG = dict.fromkeys(PARTS, 60.0)
SOON = 0.02
HEAD = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n"
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


async def echo(_scope, receive, send):
    """Reads the whole body, then says how long it was."""
    length, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        length, more = length + len(message["body"]), message["more_body"]
    await said(send, str(length).encode())


async def hasty(_scope, _receive, send):
    """Answers before it has read anything."""
    await said(send, b"no", close=True)


def held():
    """An application that waits, whether it was asked, and what lets it go on."""
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def waits(_scope, _receive, send):
        begun.set()
        await go_on.wait()
        await said(send, b"done")

    return begun, go_on, waits


async def said(send, body, *, close=False):
    headers = [(b"content-length", str(len(body)).encode())]
    if close:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def served(app=echo, **limits):
    """How to open a connection to a server with these limits."""
    chosen = Limits(**{**LONG, **limits})
    config = server.config_of(app, Address(), chosen)
    config.load()
    crowd, state = Crowd(chosen), ServerState()

    def connection():
        return Connection(config, state, chosen, crowd)

    listening = await asyncio.get_running_loop().create_server(connection, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]

    async def opened(sent=b""):
        near = socket.create_connection(("127.0.0.1", port))
        near.sendall(sent)  # before the server knows of it: in time, however long it pauses then
        reader, writer = await asyncio.open_connection(sock=near)
        kept.append(writer)  # one that nobody knows is closed
        return reader, writer

    kept = []
    opened.port, opened.crowd, opened.state = port, crowd, state
    try:
        yield opened
    finally:
        listening.close()
        for one in list(state.connections):
            one.transport.abort()


async def answer(reader):
    """Status and body of one answer; (0, b"") where the connection ended without one."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = await reader.readline()
        if not line:
            return 0, b""
        head += line
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:-2])
    return int(head.split()[1]), await reader.readexactly(int(fields[b"content-length"]))


def in_loop(test):
    """Run a test that is a coroutine; one that waits for what does not come fails."""

    def run():
        asyncio.run(asyncio.wait_for(test(), 60))

    run.__name__ = test.__name__
    return run


def test_an_answer_is_one_send(monkeypatch):
    sent = []
    write = _SelectorSocketTransport.write

    def recorded(self, data):
        sent.append(bytes(data))
        write(self, data)

    async def asked():
        async with served() as opened:
            reader, _ = await opened(GET)
            return await answer(reader)

    monkeypatch.setattr(_SelectorSocketTransport, "write", recorded)

    assert asyncio.run(asked()) == (200, b"0")
    assert len(sent) == 1
    assert sent[0].endswith(b"\r\n\r\n0")


@in_loop
async def test_a_request_tells_when_it_was_there():
    came = []

    async def noting(scope, _receive, send):
        came.append(scope["state"]["came_at"])
        await said(send, b"")

    async with served(noting) as opened:
        before = time.monotonic()
        reader, writer = await opened(GET)
        await answer(reader)
        between = time.monotonic()
        writer.write(GET)
        await answer(reader)

    assert before < came[0] < between < came[1]


@in_loop
async def test_a_head_that_does_not_come_to_its_end_is_given_up():
    async with served(head_s=SOON) as opened:
        reader, _ = await opened(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow")
        status, body = await answer(reader)

        assert (status, json.loads(body)["code"]) == (408, "timeout")
        assert await reader.read() == b""


@in_loop
async def test_a_header_now_and_then_wins_no_time():
    async with served(head_s=SOON) as opened:
        reader, writer = await opened(b"GET / HTTP/1.1\r\n")
        answered = asyncio.ensure_future(answer(reader))
        while not answered.done():
            writer.write(b"X-More: 1\r\n")
            await asyncio.wait([answered], timeout=SOON / 4)

        assert answered.result()[0] == 408


@in_loop
async def test_a_socket_on_which_nothing_is_asked_is_closed_without_a_word():
    async with served(head_s=SOON) as opened:
        reader, _ = await opened()

        assert await reader.read() == b""


@in_loop
async def test_a_socket_is_kept_between_requests_for_a_while_alone():
    async with served(idle_s=SOON) as opened:
        reader, _ = await opened(GET)

        assert await answer(reader) == (200, b"0")
        assert await reader.read() == b""


@in_loop
async def test_a_second_head_has_no_more_time_than_the_first():
    async with served(head_s=SOON) as opened:
        reader, writer = await opened(GET)
        await answer(reader)
        writer.write(b"GET")

        assert (await answer(reader))[0] == 408


@in_loop
async def test_a_body_that_does_not_come_to_its_end_is_given_up_with_its_work():
    async with served(body_s=SOON) as opened:
        reader, _ = await opened(HEAD + b"half")
        status, body = await answer(reader)

        assert (status, json.loads(body)["detail"]) == (
            408,
            "the body of the request took too long",
        )
        await asyncio.gather(*opened.state.tasks)


@in_loop
async def test_work_that_lasts_longer_than_a_head_may_is_left_alone():
    begun, go_on, waits = held()

    async with served(waits, head_s=SOON, body_s=SOON, idle_s=SOON) as opened:
        reader, _ = await opened(GET)
        await begun.wait()
        for _ in range(2):
            other, _ = await opened(b"GET")
            await other.read()  # until its time is over
        go_on.set()

        assert await answer(reader) == (200, b"done")


@in_loop
async def test_a_client_that_takes_nothing_is_left():
    async def endless(_scope, _receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while opened.state.connections:
            await send({"type": "http.response.body", "body": b"x" * 65536, "more_body": True})

    async with served(endless, stalled_s=SOON) as opened:
        with socket.create_connection(("127.0.0.1", opened.port)) as silent:
            silent.sendall(GET)
            while not opened.state.tasks:
                await asyncio.sleep(0)
            await asyncio.gather(*opened.state.tasks)


@in_loop
async def test_a_client_that_takes_no_whole_answer_is_left():
    async def large(_scope, _receive, send):
        await said(send, b"x" * 20_000_000)

    async with served(large, stalled_s=SOON, idle_s=SOON) as opened:
        with socket.create_connection(("127.0.0.1", opened.port)) as silent:
            silent.sendall(GET)
            while not opened.state.total_requests:
                await asyncio.sleep(0)
            while opened.crowd:
                await asyncio.sleep(0)


@in_loop
async def test_a_client_that_asks_again_and_again_and_takes_nothing_is_left():
    async def some(_scope, _receive, send):
        await said(send, b"x" * 100_000)

    async with served(some, stalled_s=SOON) as opened:
        with socket.create_connection(("127.0.0.1", opened.port)) as silent:
            silent.sendall(GET * 400)
            while not opened.state.total_requests:
                await asyncio.sleep(0)
            while opened.crowd:
                await asyncio.sleep(0)


@in_loop
async def test_idle_sockets_beyond_the_bound_make_room_for_those_that_ask():
    async with served(most=5) as opened:
        idle = [await opened() for _ in range(20)]
        reader, _ = await opened(GET)

        assert await answer(reader) == (200, b"0")
        assert len(opened.crowd) <= 5
        status, body = await answer(idle[0][0])
        assert (status, json.loads(body)["code"]) == (503, "busy")


@in_loop
async def test_a_crowd_that_comes_at_once_is_bounded_too():
    async with served(most=5) as opened:
        there = ("127.0.0.1", opened.port)
        crowd = [socket.create_connection(there) for _ in range(40)]  # the loop stands meanwhile
        reader, _ = await opened(GET)

        assert await answer(reader) == (200, b"0")
        assert len(opened.state.connections) <= 5
        for one in crowd:
            one.close()


@in_loop
async def test_who_gives_way_in_the_midst_of_a_body_is_not_kept():
    async with served(most=1) as opened:
        await opened(HEAD + b"half")
        while not opened.state.tasks:
            await asyncio.sleep(0)
        reader, _ = await opened(GET)

        assert await answer(reader) == (200, b"0")
        assert len(opened.state.connections) == 1


@in_loop
async def test_requests_under_way_are_not_given_up_for_more():
    begun, go_on, waits = held()

    async with served(waits, most=1) as opened:
        first, _ = await opened(GET)
        await begun.wait()
        second, _ = await opened(GET)

        assert (await answer(second))[0] == 503
        go_on.set()
        assert await answer(first) == (200, b"done")


@in_loop
async def test_an_answer_that_comes_before_the_body_was_sent_is_not_lost():
    async with served(hasty) as opened:
        sent = HEAD.replace(b"10", b"10000000")
        reader, writer = await opened(sent)
        assert await answer(reader) == (200, b"no")
        for _ in range(100):
            writer.write(b"x" * 100_000)
            await writer.drain()

        assert await reader.read() == b""


@in_loop
async def test_who_goes_on_sending_after_the_answer_is_left_at_last():
    async with served(hasty, linger_s=SOON) as opened:
        await opened(HEAD.replace(b"10", b"10000000"))
        while not opened.state.total_requests:
            await asyncio.sleep(0)
        while opened.state.connections:
            await asyncio.sleep(0)


@in_loop
async def test_a_connection_that_is_only_left_to_end_makes_room():
    async with served(hasty, most=1) as opened:
        reader, _ = await opened(HEAD.replace(b"10", b"10000000"))
        await answer(reader)
        second, _ = await opened(GET)

        assert await answer(second) == (200, b"no")


@in_loop
async def test_an_answer_to_a_head_that_is_too_large_is_not_lost():
    async with served() as opened:
        reader, writer = await opened(b"GET / HTTP/1.1\r\nX: " + b"x" * 20_000)
        status, _ = await answer(reader)
        for _ in range(100):
            writer.write(b"x" * 100_000)
            await writer.drain()

        assert (status, await reader.read()) == (431, b"")


@in_loop
async def test_what_is_no_http_is_not_told_again_and_kept_nowhere():
    async with served() as opened:
        reader, _ = await opened(b"GET /?secret=\xff HTTP/1.1\r\nHost: x\r\n\r\n")
        told = await reader.read()

        assert told.endswith(b'"detail":"illegal request line"}')
        assert b"cache-control: no-store\r\n" in told.lower()


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"\x16\x03\x01\x02\x00\x01\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nno\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 20_000, 431),
    ],
)
def test_what_is_no_http_is_told_as_a_problem(sent, status):
    async def asked():
        async with served() as opened:
            reader, _ = await opened(sent)
            return await answer(reader), await reader.read()

    (found, body), rest = asyncio.run(asked())
    assert (found, json.loads(body)["code"], rest) == (status, "http", b"")


@in_loop
async def test_a_request_that_comes_as_the_server_ends_is_answered_and_the_last():
    async with served() as opened:
        reader, writer = await opened(GET)
        await answer(reader)
        opened.crowd.is_ending = True
        for one in opened.state.connections:
            one.shutdown()
        writer.write(GET)
        head = await reader.readuntil(b"\r\n\r\n")

        assert b"connection: close" in head.lower()
        assert await reader.read() == b"0"


@in_loop
async def test_a_connection_that_comes_as_the_server_ends_is_not_kept():
    async with served(ending_s=SOON) as opened:
        opened.crowd.is_ending = True
        reader, _ = await opened()

        assert await reader.read() == b""


@in_loop
async def test_a_request_under_way_as_the_server_ends_is_finished():
    async with served() as opened:
        reader, writer = await opened(HEAD + b"half")
        while not opened.state.tasks:
            await asyncio.sleep(0)
        opened.crowd.is_ending = True
        for one in opened.state.connections:
            one.shutdown()
        writer.write(b"- done")

        assert await answer(reader) == (200, b"10")
        assert await reader.read() == b""
