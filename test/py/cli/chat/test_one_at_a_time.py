"""Two processes in one conversation: the second waits, or is told who holds it."""

import threading

import pytest

from ai_sessions.records import Interaction
from ai_sessions.store.files import FileStore
from loopback import Turn

WAIT_S = 60


@pytest.fixture
def slow(serve):
    """A server whose first answer waits until it is let go."""
    asked, go = threading.Event(), threading.Event()

    def answer(body):
        question = body["messages"][-1]["content"]
        if question == "first":
            asked.set()
            assert go.wait(WAIT_S)
        return Turn(f"answer to {question}")

    server = serve(answer)
    yield server, asked, go
    go.set()


def said(root):
    calls = [one for one in FileStore(root).entries("talk") if isinstance(one, Interaction)]
    return [[message.text for message in call.messages] for call in calls]


def test_who_does_not_wait_is_told_who_talks_and_calls_nobody(root, slow, begin, cli):
    server, asked, go = slow
    first = begin("chat", "talk", "first")
    assert asked.wait(WAIT_S)

    refused = cli("chat", "talk", "second", "--wait", "0")

    assert refused.code == 8
    assert f"session talk is in use by pid {first.pid}, since " in refused.err
    go.set()
    assert first.communicate()[0] == "answer to first\n"
    assert len(server.seen) == 1
    assert said(root) == [["first", "answer to first"]]


def test_who_waits_comes_after_the_whole_turn_and_knows_it(root, slow, begin):
    server, asked, go = slow
    first = begin("chat", "talk", "first")
    assert asked.wait(WAIT_S)
    second = begin("chat", "talk", "second", "--wait", str(WAIT_S))
    waiting = next(line for line in second.stderr if "in use by" in line)
    assert waiting.startswith(f"waiting: session talk is in use by pid {first.pid}, since ")
    assert len(server.seen) == 1

    go.set()

    assert first.communicate()[0] == "answer to first\n"
    assert second.communicate()[0] == "answer to second\n"
    turns = [["first", "answer to first"], ["second", "answer to second"]]
    assert said(root) == turns
    told = [message["content"] for message in server.seen[1].body["messages"]]
    assert told == [*turns[0], "second"]
