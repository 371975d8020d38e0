"""The prompt in a real terminal: turns, pasted text, Ctrl-C and Ctrl-D, the commands of it."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from ai_sessions.records import Interaction
from ai_sessions.store.files import FileStore
from loopback import Turn

pytest.importorskip("readline")

LAUNCH = Path(__file__).parents[4] / "pylib" / "ai_sessions" / "cli" / "launch.py"
#: Become the command, with stdin as the terminal that sends its signals.
_OWN_TERMINAL = """\
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, "-I", "-S", *sys.argv[1:]])
"""
WAIT_S = 60
CTRL_C, CTRL_D = "\x03", "\x04"
PASTE, PASTED = "\x1b[200~", "\x1b[201~"


class Terminal:
    """A command in a terminal of 60 columns: what is typed, and what is seen of it."""

    def __init__(self, *words, columns=60, stdout=None):
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))

        self.process = subprocess.Popen(
            [sys.executable, "-c", _OWN_TERMINAL, str(LAUNCH), *words],
            stdin=theirs,
            stdout=theirs if stdout is None else stdout,
            stderr=theirs,
            env={**os.environ, "TERM": "xterm", "LANG": "C.UTF-8", "INPUTRC": os.devnull},
            start_new_session=True,
        )
        os.close(theirs)
        self.seen = ""

    def types(self, text):
        os.write(self._ours, text.encode())

    def until(self, text):
        """Wait for a text, and take what was seen up to its end."""
        while text not in self.seen:
            assert select.select([self._ours], [], [], WAIT_S)[0], self.seen
            self.seen += self._read()
        before, found, self.seen = self.seen.partition(text)
        return before + found

    def until_it_waits(self):
        """A signal that comes while `readline` is at work is heard with the next key only."""
        stat = Path(f"/proc/{self.process.pid}/stat")
        while stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "S":
            os.sched_yield()

    def ended(self):
        """All that is left to see, and the exit code."""
        while piece := self._read():
            self.seen += piece
        return self.seen, self.process.wait(WAIT_S)

    def _read(self):
        try:
            return os.read(self._ours, 4096).decode(errors="replace")
        except OSError:  # its end, on Linux
            return ""

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self._ours)


@pytest.fixture
def terminal(root):
    begun = []

    def begin(*words, **more):
        begun.append(Terminal(*words, **more))
        return begun[-1]

    yield begin
    for one in begun:
        one.close()


def calls(root):
    return [one for one in FileStore(root).entries("talk") if isinstance(one, Interaction)]


def test_turn_after_turn_until_ctrl_d(root, serve, terminal):
    server = serve([Turn("two"), Turn("four")])
    chat = terminal("chat", "talk")
    chat.until("> ")
    chat.types("one\n")
    chat.until("two\r\n")
    chat.until("> ")
    chat.types("three\n")
    chat.until("four\r\n")
    chat.until("> ")
    chat.types(CTRL_D)
    seen, code = chat.ended()

    assert code == 0
    assert "talk: 2 calls, 7,040 tokens" in seen
    assert [one["content"] for one in server.seen[1].body["messages"]] == ["one", "two", "three"]
    assert len(calls(root)) == 2


def test_a_pasted_text_is_one_message(serve, terminal):
    server = serve([Turn("read")])
    chat = terminal("chat", "talk")
    chat.until("> ")
    chat.types(f"{PASTE}first\nsecond\n\nlast{PASTED}")
    chat.types("\n")
    chat.until("read\r\n")

    assert server.seen[0].body["messages"][0]["content"] == "first\nsecond\n\nlast"


def test_ctrl_c_stops_the_answer_and_not_the_chat(root, serve, terminal):
    server = serve([Turn("one two three", hang_after=2), Turn("go on")])
    chat = terminal("chat", "talk")
    chat.until("> ")
    chat.types("count\n")
    chat.until("one ")
    chat.types(CTRL_C)
    chat.until("stopped\r\n")
    chat.until("> ")
    chat.types("and now?\n")
    chat.until("go on\r\n")
    chat.until("> ")
    chat.until_it_waits()
    chat.types(CTRL_C)
    _seen, code = chat.ended()

    assert code == 0
    first, _second = calls(root)
    assert (first.status, first.messages[1].text) == ("interrupted", "one ")
    told = [one["content"] for one in server.seen[1].body["messages"]]
    assert told == ["count", "one ", "and now?"]


def test_ctrl_c_behind_a_text_takes_the_text_away(serve, terminal):
    server = serve([Turn("two")])
    chat = terminal("chat", "talk")
    chat.until("> ")
    chat.types("half a thou")
    chat.until("half a thou")
    chat.until_it_waits()
    chat.types(CTRL_C)
    chat.until("> ")
    chat.types("one\n")
    chat.until("two\r\n")

    assert [seen.body["messages"][0]["content"] for seen in server.seen] == ["one"]


def test_what_was_asked_before_is_in_the_history(serve, terminal, cli):
    serve()
    cli("chat", "talk", "an old question")
    chat = terminal("chat", "talk")
    chat.until("> ")
    chat.types("\x1b[A")

    chat.until("an old question")


def test_nothing_is_in_the_history_where_words_are_not_kept(root, serve, terminal, monkeypatch):
    monkeypatch.setenv("SESSION_CONTENT", "none")
    serve()
    chat = terminal("chat", "talk")
    chat.until("> ")
    chat.types("a secret question\n")
    chat.until("OK\r\n")
    chat.until("> ")
    chat.types(CTRL_D)
    chat.ended()

    files = [path for path in root.rglob("*") if path.is_file()]
    assert [path for path in files if b"secret question" in path.read_bytes()] == []


def test_a_call_that_fails_is_one_line_and_the_chat_goes_on(serve, terminal):
    serve([Turn(status=401, error="Incorrect API key"), Turn("two")])
    chat = terminal("chat", "talk")
    chat.until("> ")
    chat.types("one\n")
    told = chat.until("> ")
    chat.types("again\n")
    chat.until("two\r\n")

    assert told.count("error:") == 1
    assert "Incorrect API key" in told


def test_commands_of_the_prompt_call_nobody(serve, terminal):
    server = serve([Turn("two"), Turn("four")])
    chat = terminal("chat", "talk")
    for typed, told in (
        ("/help", "/model"),
        ("/nonsense", "no such command: /nonsense"),
        ("/model gpt-mine", "openai with gpt-mine"),
        ("/model -x", "error:"),
        ("", "\r\n"),
    ):
        chat.until("> ")
        chat.types(f"{typed}\n")
        chat.until(told)
    chat.until("> ")
    chat.types("/etc/hosts is what?\n")
    chat.until("two\r\n")
    chat.types(" /help me\n")
    chat.until("four\r\n")
    chat.until("> ")
    chat.types("/quit\n")
    assert chat.ended()[1] == 0

    asked = [seen.body["messages"][-1]["content"] for seen in server.seen]
    assert asked == ["/etc/hosts is what?", " /help me"]
    assert server.seen[0].body["model"] == "gpt-mine"


def test_clear_lets_the_next_answer_begin_afresh(root, serve, terminal):
    server = serve([Turn("two"), Turn("four")])
    chat = terminal("chat", "talk", "--quiet")
    chat.until("> ")
    chat.types("/clear\n")
    chat.until("no session")
    chat.until("> ")
    chat.types("one\n")
    chat.until("two\r\n")
    chat.until("> ")
    chat.types("/clear\n")
    chat.until("cleared")
    chat.until("> ")
    chat.types("three\n")
    chat.until("four\r\n")

    assert [one["content"] for one in server.seen[1].body["messages"]] == ["three"]
    assert len(calls(root)) == 2


def test_pins_and_state_are_kept_shown_and_told(root, serve, terminal):
    server = serve()
    chat = terminal("chat", "talk")
    for typed, told in (
        ("/state", "nothing is pinned"),
        ("/forget 1", "no session talk"),
        ("/remember", "what should be remembered?"),
        ("/remember The port is 8080.", "remembered as 1"),
        ("/remember Nobody knows.", "remembered as 2"),
        ("/forget 2", "forgotten: 2"),
        ("/forget 9", "no pin '9'"),
        ("/state plan=gold", 'plan = "gold"'),
        ("/state", "1: The port is 8080."),
    ):
        chat.until("> ")
        chat.types(f"{typed}\n")
        chat.until(told)
    chat.until("> ")
    chat.types("one\n")
    chat.until("OK\r\n")

    told = [one["content"] for one in server.seen[0].body["messages"]]
    assert ["8080" in told[0], "gold" in told[1], told[2]] == [True, True, "one"]
    assert FileStore(root).read("talk").kind == "chat"


def test_a_mistake_after_a_stopped_answer_is_told_as_one(serve, terminal):
    serve([Turn("one two three", hang_after=2)])
    chat = terminal("chat", "talk")
    chat.until("> ")
    chat.types("count\n")
    chat.until("one ")
    chat.types(CTRL_C)
    chat.until("stopped\r\n")
    chat.until("> ")
    chat.types("/model -x\n")

    chat.until("AI_MODEL='-x'")


def test_leaving_at_once_makes_no_session(root, serve, terminal):
    serve()
    chat = terminal("chat", "talk")
    chat.until("> ")
    chat.until_it_waits()
    chat.types(CTRL_C)

    assert chat.ended()[1] == 0
    assert FileStore(root).names() == []


def test_without_sessions_the_chat_itself_still_knows_what_was_said(
    root, serve, terminal, monkeypatch
):
    monkeypatch.setenv("USE_SESSIONS", "false")
    server = serve([Turn("two"), Turn("four")])
    chat = terminal("chat", "talk")
    said = chat.until("> ")
    chat.types("one\n")
    said += chat.until("two\r\n")
    said += chat.until("> ")
    chat.types("three\n")
    said += chat.until("four\r\n")

    assert said.count("nothing of this is kept") == 1
    assert [one["content"] for one in server.seen[1].body["messages"]] == ["one", "two", "three"]
    assert FileStore(root).names() == []


def test_a_prompt_stays_out_of_an_answer_that_is_piped_on(serve, terminal, tmp_path):
    serve([Turn("two")])
    with (tmp_path / "answer").open("w") as file:
        chat = terminal("chat", "talk", stdout=file)
        chat.until("> ")
        chat.types("one\n")
        chat.until("> ")
        chat.types(CTRL_D)
        assert chat.ended()[1] == 0

    assert (tmp_path / "answer").read_text() == "two\n"


def test_json_needs_a_text_where_a_prompt_would_come(serve, terminal):
    serve()
    seen, code = terminal("chat", "talk", "--json").ended()

    assert code == 2
    assert "--json needs a text" in seen
