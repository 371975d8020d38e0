"""Streams and context managers that an SDK makes."""

import asyncio
import gc
import weakref
from types import SimpleNamespace

import pytest

from ai_sessions.library import recording
from ai_sessions.library.watching import WATCH
from ai_sessions.library.wrapping.clients import wrap
from ai_sessions.records import Interaction

PIECES = [
    {"type": "message_start", "message": {"model": "claude", "usage": {"input_tokens": 3}}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text"}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hi"}},
    {"type": "message_stop"},
]
ASKED = {"model": "claude", "messages": [{"role": "user", "content": "hi"}]}


class Manager:
    """As `anthropic.lib.streaming.MessageStreamManager`, of either kind."""

    def __init__(self, raw):
        self._raw = raw

    def __enter__(self):
        if isinstance(self._raw, BaseException):
            raise self._raw
        return SimpleNamespace(_raw_stream=self._raw)

    def __exit__(self, *_error):
        self._raw.close()

    async def __aenter__(self):
        return self.__enter__()

    async def __aexit__(self, *_error):
        await self._raw.close()


@pytest.fixture
def managed(client, core):
    """A wrapped client whose `messages.stream` streams these."""

    def made(pieces, kind=client):
        plain = kind()
        raw = pieces if isinstance(pieces, BaseException) else kind.stream(pieces)
        plain.messages.stream = lambda **_given: Manager(raw)
        return wrap(plain, "chat", store=core)

    return made


def test_a_managed_stream_is_on_record_when_it_is_read(managed, calls):
    with managed(PIECES).messages.stream(**ASKED) as stream:
        assert list(stream._raw_stream) == PIECES

    (call,) = calls("chat")
    assert (call.status, call.messages[-1].text, call.model) == ("ok", "Hi", "claude")


def test_a_managed_stream_that_is_left_was_interrupted(managed, calls):
    with managed(PIECES).messages.stream(**ASKED) as stream:
        next(stream._raw_stream)

    assert [call.status for call in calls("chat")] == ["interrupted"]


def test_a_managed_stream_that_cannot_be_opened_is_on_record(managed, calls):
    manager = managed(TimeoutError("too slow")).messages.stream(**ASKED)

    with pytest.raises(TimeoutError), manager:
        pass

    assert [call.status for call in calls("chat")] == ["timeout"]


def test_a_managed_stream_with_an_event_loop(managed, async_client, calls):
    async def main():
        async with managed(PIECES, async_client).messages.stream(**ASKED) as stream:
            assert [piece async for piece in stream._raw_stream] == PIECES
        async with managed(PIECES, async_client).messages.stream(**ASKED) as stream:
            await anext(stream._raw_stream)
        with pytest.raises(TimeoutError):
            async with managed(TimeoutError(), async_client).messages.stream(**ASKED):
                pass

    asyncio.run(main())
    assert [call.status for call in calls("chat")] == ["ok", "interrupted", "timeout"]


def test_what_else_a_manager_has_is_there(managed):
    assert managed(PIECES).messages.stream(**ASKED)._raw is not None


def test_pieces_of_a_generator_are_watched_as_well(client, core, calls):
    plain = client()
    plain.messages.create = lambda **_given: (piece for piece in PIECES)

    assert list(wrap(plain, "chat", store=core).messages.create(**ASKED)) == PIECES
    assert [(call.status, call.messages[-1].text) for call in calls("chat")] == [("ok", "Hi")]


def test_a_stream_that_ends_without_an_end_was_interrupted(client, core, calls):
    wrapped = wrap(client(PIECES[:-1]), "chat", store=core)

    list(wrapped.messages.create(**ASKED, stream=True))

    assert [call.status for call in calls("chat")] == ["interrupted"]


def test_watching_a_stream_does_not_keep_it_alive(client, core):
    class Plain:
        """A stream that is in no circle of references of its own."""

        def __init__(self):
            self._iterator = iter(PIECES)

        def __next__(self):
            return next(self._iterator)

        def close(self):
            pass

    plain = client(Plain())
    stream = wrap(plain, "chat", store=core).messages.create(**ASKED)
    gone = weakref.ref(stream)
    del stream

    assert gone() is None


def test_an_answer_in_pieces_is_read_only_once(client, core, calls):
    wrapped = wrap(client(PIECES), "chat", store=core)
    stream = wrapped.messages.create(**ASKED, stream=True)
    list(stream)
    stream.close()

    assert len(calls("chat")) == 1


CHUNKS = [
    {"choices": [{"index": 0, "delta": {"content": "Hi"}}]},
    {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
]


class OfCreate(Manager):
    """As `openai.lib.streaming.chat.ChatCompletionStreamManager`, which calls `create`."""

    def __enter__(self):
        self._raw = self._raw()
        return super().__enter__()

    def __exit__(self, *_error):
        """Closes the connection of its stream, and not the stream."""


@pytest.mark.parametrize(("count", "status"), [(1, "interrupted"), (2, "ok")])
def test_a_stream_that_the_sdk_makes_itself_ends_with_its_manager(
    client, core, calls, count, status
):
    plain = client(CHUNKS)
    completions = type(plain.chat.completions)
    made = type(
        "Completions",
        (completions,),
        {"stream": lambda self, **given: OfCreate(lambda: self.create(**given, stream=True))},
    )
    plain.chat.completions = made(plain)

    with wrap(plain, "chat", store=core).chat.completions.stream(**ASKED) as stream:
        for _ in range(count):
            next(stream._raw_stream)

    assert [call.status for call in calls("chat")] == [status]


def test_the_end_of_an_asynchronous_stream_is_waited_for(async_client, core):
    async def main():
        stream = await wrap(async_client(PIECES), "chat", store=core).messages.create(
            **ASKED, stream=True
        )
        await stream.close()
        return stream.is_closed

    assert asyncio.run(main())


@pytest.mark.parametrize("count", [0, 1])
def test_an_asynchronous_stream_that_nobody_finishes_was_interrupted(
    async_client, core, calls, count
):
    async def main():
        wrapped = wrap(async_client(PIECES), "chat", store=core)
        stream = await wrapped.messages.create(**ASKED, stream=True)
        for _ in range(count):
            await anext(stream)
        del stream
        gc.collect()

    asyncio.run(main())
    WATCH.settle()

    assert [call.status for call in calls("chat")] == ["interrupted"]


def test_a_generator_that_nobody_finishes_was_interrupted(client, core, calls):
    plain = client()
    plain.messages.create = lambda **_given: (piece for piece in PIECES)

    pieces = wrap(plain, "chat", store=core).messages.create(**ASKED)
    next(pieces)
    pieces.close()
    WATCH.settle()

    assert [call.status for call in calls("chat")] == ["interrupted"]


def test_an_asynchronous_generator_that_is_closed_was_interrupted(async_client, core, calls):
    async def pieces():
        for piece in PIECES:
            yield piece

    async def main():
        plain = async_client()
        plain.messages.create = lambda **_given: pieces()
        found = wrap(plain, "chat", store=core).messages.create(**ASKED)
        await anext(found)
        await found.aclose()

    asyncio.run(main())
    WATCH.settle()

    assert [call.status for call in calls("chat")] == ["interrupted"]


def test_a_managed_stream_counts_its_time_from_when_it_is_entered(managed, calls, monkeypatch):
    clock = iter([0, 5_000_000_000, 5_001_000_000])
    monkeypatch.setattr(recording, "time", SimpleNamespace(monotonic_ns=lambda: next(clock)))
    manager = managed(PIECES).messages.stream(**ASKED)

    with manager as stream:
        list(stream._raw_stream)

    assert calls("chat")[0].duration_ms == 1


def test_an_asynchronous_stream_that_is_read_to_its_end_needs_no_close(async_client, core, calls):
    async def main():
        wrapped = wrap(async_client(PIECES), "chat", store=core)
        stream = await wrapped.messages.create(**ASKED, stream=True)
        async for _piece in stream:
            pass
        return [call.status for call in calls("chat")]

    assert asyncio.run(main()) == ["ok"]


def test_what_breaks_an_asynchronous_stream_is_raised_and_on_record(async_client, core, calls):
    async def main():
        wrapped = wrap(async_client([*PIECES[:3], TimeoutError("slow")]), "chat", store=core)
        stream = await wrapped.messages.create(**ASKED, stream=True)
        with pytest.raises(TimeoutError, match="slow"):
            async for _piece in stream:
                pass

    asyncio.run(main())
    (call,) = calls("chat")
    assert (call.status, call.messages[-1].text) == ("timeout", "Hi")


@pytest.mark.parametrize("kind", ["client", "async_client"])
def test_a_managed_stream_is_under_way_from_when_it_is_entered(managed, request, kind):
    manager = managed(PIECES, request.getfixturevalue(kind)).messages.stream(**ASKED)
    assert not WATCH._under_way

    async def main():
        async with manager:
            return len(WATCH._under_way)

    if kind == "client":
        with manager:
            assert len(WATCH._under_way) == 1
    else:
        assert asyncio.run(main()) == 1
    assert not WATCH._under_way


def test_a_stream_that_is_closed_is_on_record_at_once(client, core, calls):
    stream = wrap(client(PIECES), "chat", store=core).messages.create(**ASKED, stream=True)
    next(stream)

    stream.close()

    assert [call.status for call in calls("chat")] == ["interrupted"]


def test_what_breaks_a_stream_is_raised_and_on_record(client, core, calls):
    broken = [*PIECES[:3], TimeoutError("slow")]
    stream = wrap(client(broken), "chat", store=core).messages.create(**ASKED, stream=True)

    with pytest.raises(TimeoutError, match="slow"):
        list(stream)

    assert [(one.status, one.messages[-1].text) for one in calls("chat")] == [("timeout", "Hi")]


DROPPED = """
from ai_sessions import wrap
class Stream:
    def __init__(self):
        self._iterator = iter([{"choices": [{"index": 0, "delta": {"content": "Hi"}}]}] * 2)
    def __next__(self):
        return next(self._iterator)
class Part: pass
client = Part()
client.chat = Part()
client.chat.completions = Part()
client.chat.completions.create = lambda **_given: Stream()
client = wrap(client, "chat")
def begun():
    stream = client.chat.completions.create(model="m", messages=[], stream=True)
    next(stream)
    return stream
"""


LIVE = """
import time
manager = SessionManager("chat")
asyncio.run(manager.user_says("hm"))
[begun() for _ in range(20)]
while asyncio.run(manager.get_stats()).failed_calls < 20: time.sleep(0.01)
os._exit(0)
"""
FORKED = """
stream = begun()
if not os.fork():
    del stream
    sys.exit(0)
os.wait()
"""


@pytest.mark.parametrize(("program", "count"), [(LIVE, 20), (FORKED, 1)])
def test_programs_leave_no_stream_without_a_record(script, core, calls, program, count):
    """Many that are dropped at once, while the program goes on; one that is open at its end."""
    if not core.store.lasting:
        pytest.skip("a store in memory ends with its process")
    script(DROPPED + program)

    found = [call.status for call in calls("chat") if isinstance(call, Interaction)]
    assert found == ["interrupted"] * count
