"""What is told to a supervisor, and what it does and tells: the words on its socket."""

import ctypes
import os
import select
import signal
from types import SimpleNamespace

import pytest
from running import is_running

from ai_sessions.processes import launching, supervisor

DEAF = "trap '' TERM; echo $PPID; while :; do sleep 600; done"


class Talk:
    """A command, spoken to by the words of its supervisor."""

    def __init__(self, folder, script, **more):
        more = {"has_input": False, "is_merged": True, **more}
        environment = {"PATH": os.environ["PATH"]}
        grace_s = more.pop("grace_s", 0.0)
        words = ["sh", "-c", script]
        self.one = launching.start(words, folder, environment, "MARK", grace_s, **more)
        self.heard = self.one.news

    def said(self):
        return os.read(self.one.out, 1 << 12).decode()

    def until(self, word):
        """The lines that it has told, once this word has come."""
        while word not in self.heard:
            assert select.select([self.one.told], [], [], 20)[0]
            more = self.one.told.recv(100)
            assert more, "it was killed"
            self.heard += more
        return self.heard.decode().splitlines()

    def until_done(self):
        lines = self.until(b"done\n")
        self.one.is_done = True
        return lines


@pytest.fixture
def talk(tmp_path):
    begun = []

    def begin(script, **more):
        begun.append(Talk(tmp_path, script, **more))
        return begun[-1]

    yield begin
    for one in begun:
        one.one.close()


@pytest.mark.parametrize(("script", "status"), [("exit 3", 3 << 8), ("kill -9 $$", 9)])
def test_it_tells_how_the_command_ended_and_that_nothing_is_left(talk, script, status):
    assert talk(script).until_done() == [f"exited {status}", "done"]


def test_asked_it_asks_all_of_them(talk):
    one = talk("setsid -w sleep 600 & trap 'wait; exit 5' TERM; echo ready; wait")
    one.said()
    one.one.ask()

    assert one.until_done() == [f"exited {5 << 8}", "done"]


@pytest.mark.parametrize("may_adopt", [True, False], ids=["subreaper", "marks"])
def test_told_to_it_kills_those_who_do_not_listen(talk, may_adopt):
    one = talk(DEAF, may_adopt=may_adopt)
    one.said()
    one.one.ask()
    one.one.insist()

    assert one.until_done() == ["exited 9", "done"]


@pytest.mark.parametrize("may_adopt", [True, False], ids=["subreaper", "marks"])
def test_it_waits_for_a_word_while_somebody_is_left(talk, may_adopt):
    one = talk("sleep 600 & echo $!", may_adopt=may_adopt)
    left = int(one.said())
    one.until(b"exited 0\n")
    was_running = is_running(left)
    one.one.insist()

    assert was_running
    assert one.until_done() == ["exited 0", "done"]
    assert not is_running(left)


def test_when_we_are_gone_it_asks_first_and_insists_after_the_grace_period(talk):
    one = talk(DEAF, grace_s=0.1)
    supervisor_pid = int(one.said())
    ends = os.pidfd_open(supervisor_pid)
    one.one.told.shutdown(1)

    assert select.select([ends], [], [], 20)[0]
    assert not is_running(one.one.pid)


def test_a_signal_to_it_ends_the_command(talk):
    one = talk("echo $PPID; exec sleep 600")
    os.kill(int(one.said()), signal.SIGTERM)

    assert one.until_done() == ["exited 15", "done"]


def test_words_that_come_too_late_do_not_meet_the_next_command(tmp_path, talk):
    first = Talk(tmp_path, "echo $PPID")
    pid = first.said()
    first.until_done()
    first.one.ask()
    first.one.insist()
    os.kill(int(pid), signal.SIGTERM)
    first.one.close()
    second = talk("echo $PPID; exit 0")

    assert second.said() == pid
    assert second.until_done() == ["exited 0", "done"]


@pytest.mark.parametrize(
    ("name", "path", "found"),
    [
        (b"tool", {b"PATH": b"/a::/b"}, [b"/a/tool", b"./tool", b"/b/tool"]),
        (b"./tool", {b"PATH": b"/a"}, [b"./tool"]),
        (b"tool", {}, [os.path.join(os.fsencode(one), b"tool") for one in os.defpath.split(":")]),
    ],
)
def test_where_a_command_may_be(name, path, found):
    assert list(supervisor._candidates(name, path)) == found


class Scripted:
    """A socket over which these words come, one after the other; an error is raised."""

    def __init__(self, *words):
        self.words, self.told = list(words), []

    def recv(self, _size):
        word = self.words.pop(0)
        if isinstance(word, Exception):
            raise word
        return word

    def sendall(self, data):
        self.told.append(data)

    def fileno(self):
        return 5


@pytest.fixture
def watching(monkeypatch):
    """One whose command has a process that is called 7, under a clock that the test holds."""
    clock = SimpleNamespace(now=100.0, sent=[])
    monkeypatch.setattr(supervisor, "time", SimpleNamespace(monotonic=lambda: clock.now))
    monkeypatch.setattr(supervisor, "_signalled", lambda *what: clock.sent.append(what))

    def begin(*words, adopts=True, main=7):
        one = object.__new__(supervisor._Supervisor)
        one._socket, one._grace_s, one._adopts = Scripted(*words), 5.0, adopts
        one._main, one._is_alone, one._kill_at = main, False, None
        one._pause_s = supervisor._FIRST_PAUSE_S
        one._members, one.clock = lambda: [7], clock
        return one

    return begin


@pytest.mark.parametrize("gone", [b"", OSError(104, "Connection reset by peer")], ids=repr)
def test_once_we_are_gone_it_asks_and_knows_when_to_insist(watching, gone):
    one = watching(gone, gone)

    assert not one._obeyed()
    assert (one.clock.sent, one._kill_at) == ([(7, signal.SIGTERM)], 105.0)
    assert not one._obeyed()  # it was asked
    assert len(one.clock.sent) == 1


@pytest.mark.parametrize("words", [b"K", b"TK"])
def test_told_to_insist_it_waits_for_nothing(watching, words):
    one = watching(words)

    assert one._obeyed()
    assert (one.clock.sent, one._kill_at) == ([], 100.0)


def test_told_to_ask_it_asks_and_insists_on_nothing(watching):
    one = watching(b"T")

    assert one._obeyed()
    assert (one.clock.sent, one._kill_at) == ([(7, signal.SIGTERM)], None)


def test_while_all_is_well_it_sleeps_until_there_is_news(watching):
    assert watching()._patience_ms() is None


def test_it_looks_at_those_that_do_not_tell_of_their_end_at_longer_and_longer_pauses(watching):
    one = watching(adopts=False, main=0)

    assert [one._patience_ms() for _look in range(9)] == [
        *(20.0, 40.0, 80.0, 160.0, 320.0, 640.0, 1280.0, 2000.0, 2000.0)
    ]
    one._main = 7
    assert one._patience_ms() is None
    one._main = 0
    assert one._patience_ms() == 20.0


def test_it_wakes_when_it_has_to_insist_and_then_now_and_again(watching):
    one = watching()
    one._kill_at = 101.5

    assert one._patience_ms() == 1500.0
    one.clock.now = 101.5
    assert one._patience_ms() == 40.0
    assert one._patience_ms() == 80.0


@pytest.mark.parametrize(("code", "adopts"), [(0, True), (-1, False), (1, False), (None, False)])
def test_who_may_adopt_is_what_the_kernel_says(monkeypatch, code, adopts):
    """None: a system library without that call."""
    asked = []
    library = SimpleNamespace(prctl=lambda *words: asked.append(words) or code)
    monkeypatch.setattr(supervisor.sys, "platform", "linux")
    monkeypatch.setattr(
        ctypes, "CDLL", lambda _name: SimpleNamespace() if code is None else library
    )

    assert supervisor._adopts_orphans() is adopts
    assert asked == ([] if code is None else [(36, 1)])


def test_elsewhere_the_kernel_is_not_asked(monkeypatch):
    monkeypatch.setattr(supervisor.sys, "platform", "darwin")
    monkeypatch.setattr(ctypes, "CDLL", lambda _name: pytest.fail("asked"))

    assert supervisor._adopts_orphans() is False


@pytest.fixture
def polled(watching, monkeypatch):
    """`polled(ready, ...)`: one that has watched while its poll told this, and what it did."""

    def watched(*ready, obeys=True, kill_at=None, wakes=b""):
        news, did = list(ready), []
        poll = SimpleNamespace(
            register=lambda fd, event: did.append(("register", fd, event)),
            unregister=lambda fd: did.append(("unregister", fd)),
            poll=lambda patience: did.append(("poll", patience)) or news.pop(0),
        )
        one = watching()
        monkeypatch.setattr(supervisor.select, "poll", lambda: poll)
        monkeypatch.setattr(supervisor.os, "read", lambda _fd, _most: wakes)
        one._wakes, one._kill_at = 3, kill_at
        one._is_over, one._obeyed = lambda: not news, lambda: obeys
        one._kill = lambda: did.append("kill")
        one._watch()
        monkeypatch.undo()
        return one, did

    return watched


LISTENS = [("register", 3, select.POLLIN), ("register", 5, select.POLLIN)]


@pytest.mark.parametrize(
    ("ready", "more", "patience", "does", "kill_at"),
    [
        ([(3, 1)], {"wakes": bytes([signal.SIGCHLD])}, None, [], None),
        ([(3, 1)], {"wakes": bytes([signal.SIGCHLD, signal.SIGINT])}, None, [], 105.0),
        ([(5, 1)], {}, None, [], None),
        ([(5, 1)], {"obeys": False}, None, [("unregister", 5)], None),
        ([], {"kill_at": 100.0}, 20.0, ["kill"], 100.0),
        ([], {"kill_at": 100.5}, 500.0, [], 100.5),
    ],
    ids=["a child ended", "a signal", "a word", "its end", "time is up", "there is time"],
)
def test_what_it_hears_is_what_it_does(polled, ready, more, patience, does, kill_at):
    one, did = polled(ready, **more)

    assert did == [*LISTENS, ("poll", patience), *does]
    assert one._kill_at == kill_at
    assert len(one.clock.sent) == (kill_at == 105.0)
