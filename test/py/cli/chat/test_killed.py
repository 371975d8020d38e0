"""`kill -9` in the middle of an answer: the question stays, with what had been said."""

import os
import threading
from pathlib import Path

import pytest

from ai_sessions.records import Interaction
from ai_sessions.sessions import drafts
from ai_sessions.store.files import FileStore
from loopback import Turn

AGENTS = Path(__file__).parents[3] / "bin" / "agents"
NAME = "talk"
WAIT_S = 60


@pytest.fixture
def claude(root, tmp_path, monkeypatch):
    """A claude on PATH that waits the first time; the pipe in which it says that it does."""
    here, go = tmp_path / "here", tmp_path / "go"
    for path in (here, go):
        os.mkfifo(path)
    monkeypatch.setenv("PATH", f"{AGENTS}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AI_PROVIDER", "claude")
    monkeypatch.setenv("FAKE_CLAUDE", "waits")
    monkeypatch.setenv("FAKE_CLAUDE_HERE", str(here))
    monkeypatch.setenv("FAKE_CLAUDE_GO", str(go))
    return here


def kill(command):
    command.kill()
    command.wait()


def said(root):
    calls = [one for one in FileStore(root).entries(NAME) if isinstance(one, Interaction)]
    return [(one.status, [message.text for message in one.messages]) for one in calls]


def test_a_killed_chat_with_an_agent_keeps_the_question(root, claude, begin, cli):
    command = begin("chat", NAME, "what is this?")
    assert claude.read_text() == "here\n"
    kill(command)
    assert said(root) == []
    again = cli("chat", NAME, "still there?")

    assert "the last call (chat, begun " in again.err
    first, second = said(root)
    assert first == ("interrupted", ["what is this?"])
    assert (second[0], second[1][0]) == ("ok", "still there?")
    assert "what is this?" in cli("show", NAME).out
    assert FileStore(root).read(NAME).totals.interactions == 2
    assert list(root.rglob(drafts.NAME)) == []


def test_a_killed_chat_keeps_what_had_been_answered(root, serve, begin, cli):
    server = serve([Turn("one two three", hang_after=2), Turn("four")])
    command = begin("chat", NAME, "count")
    assert command.stdout.read(4) == "one "
    kill(command)
    cli("chat", NAME, "go on")

    assert said(root) == [("interrupted", ["count", "one "]), ("ok", ["go on", "four"])]
    told = [one["content"] for one in server.seen[1].body["messages"]]
    assert told == ["count", "one ", "go on"]


def test_a_chat_that_is_killed_before_any_answer_keeps_the_question(root, serve, begin, cli):
    asked = threading.Event()

    def answer(_body):
        first, _ = not asked.is_set(), asked.set()
        return Turn("a shop", hang_after=0 if first else None)

    server = serve(answer)
    command = begin("chat", NAME, "what is this?")
    assert asked.wait(WAIT_S)
    kill(command)

    assert cli("chat", NAME, "what is this?").out == "a shop\n"
    assert said(root) == [
        ("interrupted", ["what is this?"]),
        ("ok", ["what is this?", "a shop"]),
    ]
    assert [one["content"] for one in server.seen[1].body["messages"]] == ["what is this?"]
    assert cli("show", NAME).out.count("what is this?") == 2


def test_a_killed_chat_whose_words_are_not_kept_leaves_none(root, serve, begin, cli, monkeypatch):
    monkeypatch.setenv("SESSION_CONTENT", "none")
    serve([Turn("one two three", hang_after=2), Turn("four")])
    command = begin("chat", NAME, "a secret")
    assert command.stdout.read(4) == "one "
    kill(command)
    there = [path for path in root.rglob("*") if path.is_file()]
    assert all(b"a secret" not in path.read_bytes() for path in there)
    cli("chat", NAME, "more")

    assert said(root) == [("interrupted", []), ("ok", [])]
