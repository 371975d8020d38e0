"""Completions in an event loop: many at once, and whatever becomes of tasks, streams and loops."""

import asyncio
import gc
import json
import os
import subprocess
import sys

import pytest

import anthropic_server
from ai_sessions import LLMService, threads
from ai_sessions.library.errors import CompletionError, InvalidSessionOperation
from ai_sessions.records import Interaction
from ai_sessions.stopping import GIVEN_UP
from loopback import Turn

HELLO = [{"role": "user", "content": "Hello!"}]
#: What only a bug would use up.
FOREVER_S = 60


@pytest.fixture
def serve(monkeypatch, root):
    """Anthropic's API, which plays these turns or what a function says."""
    servers = []

    def begun(*turns):
        script = turns[0] if turns and callable(turns[0]) else turns
        server = anthropic_server.server(script).__enter__()
        servers.append(server)
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        monkeypatch.setenv("SESSION_DIR", str(root))
        monkeypatch.setenv("RECORD", "false")
        return server

    yield begun
    for server in servers:
        server.__exit__(None, None, None)


@pytest.fixture
def llm(core):
    return lambda *args, **named: LLMService(*args, store=core, **named)


def calls(core):
    (name,) = core.store.names()
    return [one for one in core.store.entries(name) if isinstance(one, Interaction)]


def ends(core):
    """How each call ended, and what is on record of its answer."""
    return [(one.status, "".join(said.text for said in one.messages[1:])) for one in calls(core)]


def hangs(after=5):
    return Turn("One two three", hang_after=after)


def test_the_block_of_the_seed(serve, core):
    serve(Turn("Hi."))

    async def main():
        llm = LLMService(store=core)
        response = await llm.get_completion(messages=[{"role": "user", "content": "Hello!"}])
        return response, llm.last

    response, last = asyncio.run(main())
    assert (response, last) == ("Hi.", response)
    assert ends(core) == [("ok", "Hi.")]


def test_a_stream_is_heard_piece_by_piece_and_knows_its_end(serve, llm, core):
    serve(Turn("One two three"))

    async def main():
        stream = llm().stream_completion(HELLO)
        assert stream.completion is None
        return [piece async for piece in stream], stream.completion

    pieces, completion = asyncio.run(main())
    assert len(pieces) > 2
    assert "".join(pieces) == completion == "One two three"
    assert completion.usage.total_tokens > 0


def test_a_stream_needs_an_event_loop(llm):
    pieces = llm(provider="echo").stream_completion(HELLO)

    with pytest.raises(InvalidSessionOperation, match="no event loop of asyncio is running"):
        anext(pieces).send(None)


def test_twenty_streams_at_once_are_all_on_record(serve, llm, core):
    serve(lambda body: Turn(f"To {body['messages'][-1]['content'][0]['text']}"))
    service = llm()

    async def talk(number):
        pieces = service.stream_completion(f"question {number}")
        return "".join([piece async for piece in pieces])

    async def main():
        return await asyncio.gather(*(talk(number) for number in range(20)))

    expected = [f"To question {number}" for number in range(20)]
    assert asyncio.run(main()) == expected
    assert sorted(said for _status, said in ends(core)) == sorted(expected)
    assert core.store.read(core.store.names()[0]).calling == {}


def test_a_call_that_is_cancelled_waits_for_locks_until_it_is_on_record(
    serve, llm, core, monkeypatch
):
    server, given_up, append = serve(hangs()), [], core.store.append

    def asked(name, entries, *more, **named):
        given_up.append(GIVEN_UP.get()())
        return append(name, entries, *more, **named)

    async def main():
        task = asyncio.create_task(llm().get_completion(HELLO))
        await asyncio.to_thread(server.came.wait, FOREVER_S)
        monkeypatch.setattr(core.store, "append", asked)
        task.cancel()
        await asyncio.wait([task])

    asyncio.run(main())
    assert given_up
    assert not any(given_up)


def test_a_task_that_is_cancelled_ends_its_call_which_is_on_record(serve, llm, core):
    server = serve(hangs())

    async def main():
        task = asyncio.create_task(llm().get_completion(HELLO))
        await asyncio.to_thread(server.came.wait, FOREVER_S)
        while not threads.CALLS.at_work():
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return threads.CALLS.at_work()

    assert asyncio.run(main()) == 0
    assert [status for status, _said in ends(core)] == ["interrupted"]


async def first_piece(stream):
    """Of a stream that is not at its end."""
    return await asyncio.wait_for(anext(stream), FOREVER_S)


def test_a_stream_that_is_closed_is_on_record_as_far_as_it_came(serve, llm, core):
    serve(hangs())

    async def main():
        stream = llm().stream_completion(HELLO)
        said = await first_piece(stream)
        await stream.aclose()
        return said, ends(core)

    said, ((status, kept),) = asyncio.run(main())
    assert (status, kept[: len(said)]) == ("interrupted", said)


def test_a_loop_that_is_left_early_leaves_a_record(serve, llm, core):
    serve(hangs())

    async def main():
        async for _piece in llm().stream_completion(HELLO):
            break

    asyncio.run(main())
    assert [status for status, _said in ends(core)] == ["interrupted"]


def test_a_stream_that_nobody_has_any_more_is_ended_by_the_loop(serve, llm, core):
    serve(hangs())

    async def main():
        stream = llm().stream_completion(HELLO)
        await first_piece(stream)
        gc.disable()  # nothing has to be looked for
        try:
            del stream
            while threads.CALLS.at_work():
                await asyncio.sleep(0.001)
        finally:
            gc.enable()
        return ends(core)

    assert [status for status, _said in asyncio.run(main())] == ["interrupted"]


def test_a_stream_whose_task_is_cancelled_is_on_record(serve, llm, core):
    serve(hangs())
    heard = asyncio.Event()

    async def read():
        async for _piece in llm().stream_completion(HELLO):
            heard.set()

    async def main():
        task = asyncio.create_task(read())
        await asyncio.wait_for(heard.wait(), FOREVER_S)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert [status for status, _said in ends(core)] == ["interrupted"]


def test_a_stream_that_breaks_raises_after_what_came(serve, llm, core):
    serve(Turn("One two three", cut_after=5))
    heard = []

    async def main():
        async for piece in llm().stream_completion(HELLO):
            heard.append(piece)

    with pytest.raises(CompletionError) as caught:
        asyncio.run(main())
    assert caught.value.completion == "".join(heard) != ""
    assert ends(core) == [("network", "".join(heard))]


def test_a_stream_that_nobody_reads_asks_nobody(serve, llm, core):
    server = serve()
    llm().stream_completion(HELLO)

    assert (server.seen, core.store.names()) == ([], [])


@pytest.mark.parametrize("verb", ["get_completion", "stream_completion"])
def test_a_wrong_argument_is_told_at_once(serve, llm, verb):
    serve()

    async def main():
        found = getattr(llm(), verb)([])
        return await found

    with pytest.raises(InvalidSessionOperation, match="messages: a list of them"):
        asyncio.run(main())


def test_models_can_be_asked_for_in_the_loop(serve, llm, monkeypatch):
    serve()
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("OLLAMA_BASE_URL", "http://127.0.0.1:9")

    assert "anthropic:claude-haiku-4-5" in asyncio.run(llm().available_models())


def test_after_its_block_it_is_closed(serve, llm):
    serve()

    async def main():
        async with llm() as service:
            first = service.new_session()
        assert service.session_id == first
        await service.get_completion(HELLO)

    with pytest.raises(InvalidSessionOperation, match="closed"):
        asyncio.run(main())


PROGRAM = """
import asyncio, os, sys
from ai_sessions import LLMService

async def main():
    stream = LLMService("chat").stream_completion([{"role": "user", "content": "Hello!"}])
    print(await anext(stream), flush=True)
    END

asyncio.run(main())
"""
KILLED = "os.kill(os.getpid(), 9)"


@pytest.mark.parametrize("end", ["return", KILLED])
def test_a_program_that_ends_in_the_middle_leaves_a_record(serve, root, end):
    serve(lambda _body: hangs())
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "SESSION_FSYNC": "none"}
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM.replace("END", end)],
        env=environment,
        capture_output=True,
        timeout=FOREVER_S,
        text=True,
        check=False,
    )
    heard = ran.stdout.strip()

    if end == KILLED:  # the next call in the session settles it
        serve(Turn("Hi."))
        asyncio.run(LLMService("chat").get_completion(HELLO))
    (log,) = root.glob("python-chat/*.jsonl")
    lines = [json.loads(one) for one in log.read_text().splitlines()]
    first = next(one for one in lines if one["type"] == "interaction")
    assert heard, ran.stderr
    assert first["status"] == "interrupted"
    assert first["messages"][1]["text"].startswith(heard)
