"""Completions without an event loop."""

import os
import subprocess
import sys

import pytest

import anthropic_server
from ai_sessions.library.errors import CompletionError, InvalidSessionOperation
from ai_sessions.records import Interaction
from ai_sessions.sync import LLMService
from loopback import Turn

HELLO = [{"role": "user", "content": "Hello!"}]
FOREVER_S = 60


@pytest.fixture
def serve(monkeypatch, root):
    """Anthropic's API, which plays these turns."""
    servers = []

    def begun(*turns):
        server = anthropic_server.server(turns).__enter__()
        servers.append(server)
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        monkeypatch.setenv("SESSION_DIR", str(root))
        monkeypatch.setenv("RECORD", "false")
        return server

    yield begun
    for server in servers:
        server.__exit__(None, None, None)


def ends(core):
    (name,) = core.store.names()
    calls = [one for one in core.store.entries(name) if isinstance(one, Interaction)]
    return [(one.status, "".join(said.text for said in one.messages[1:])) for one in calls]


def test_an_answer_and_a_stream_are_on_record(serve, core):
    serve(Turn("Hi."), Turn("One two three"))
    with LLMService(store=core) as llm:
        assert llm.get_completion(HELLO, max_tokens=9) == "Hi."
        stream = llm.stream_completion("Count!")
        pieces = list(stream)

    assert len(pieces) > 2
    assert "".join(pieces) == stream.completion == "One two three"
    assert ends(core) == [("ok", "Hi."), ("ok", "One two three")]


def test_a_stream_that_is_closed_is_on_record_as_far_as_it_came(serve, core):
    serve(Turn("One two three", hang_after=5))
    stream = LLMService(store=core).stream_completion(HELLO)
    said = next(stream)
    stream.close()

    ((status, kept),) = ends(core)
    assert (status, kept[: len(said)], stream.completion) == ("interrupted", said, None)


def test_a_loop_that_is_left_early_ends_the_call(serve, core):
    serve(Turn("One two three", hang_after=5))
    stream = LLMService(store=core).stream_completion(HELLO)
    call = stream._call
    next(stream)
    del stream
    call.ended(FOREVER_S)

    assert [status for status, _said in ends(core)] == ["interrupted"]


def test_a_stream_that_breaks_raises_after_what_came(serve, core):
    serve(Turn("One two three", cut_after=5))
    heard = []
    with pytest.raises(CompletionError) as caught:
        for piece in LLMService(store=core).stream_completion(HELLO):
            heard.append(piece)

    assert caught.value.completion == "".join(heard) != ""
    assert ends(core) == [("network", "".join(heard))]


def test_a_stream_that_nobody_reads_asks_nobody(serve, core):
    server = serve()
    LLMService(store=core).stream_completion(HELLO).close()

    assert (server.seen, core.store.names()) == ([], [])


@pytest.mark.parametrize("verb", ["get_completion", "stream_completion"])
def test_a_wrong_argument_is_told_at_once(serve, core, verb):
    serve()
    with pytest.raises(InvalidSessionOperation, match="no option 'n'"):
        getattr(LLMService(store=core), verb)(HELLO, n=2)


PROGRAM = """
from ai_sessions.sync import LLMService
stream = LLMService("chat").stream_completion([{"role": "user", "content": "Hello!"}])
print(next(stream))
"""


def test_a_program_that_ends_in_the_middle_leaves_a_record(serve, root):
    serve(Turn("One two three", hang_after=5))
    path = os.pathsep.join(sys.path)
    subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "PYTHONPATH": path, "SESSION_FSYNC": "none"},
        timeout=FOREVER_S,
        check=True,
    )

    (log,) = root.glob("python-chat/*.jsonl")
    assert '"interrupted"' in log.read_text()
