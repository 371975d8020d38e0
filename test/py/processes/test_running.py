"""When a running command is looked at, asked and made to end: by a clock that the test holds."""

import contextlib
import os
import selectors
import signal
import socket
from pathlib import Path
from types import SimpleNamespace

import pytest

from ai_sessions.processes import running
from ai_sessions.processes.running import Command, Ended, Running, Watch
from ai_sessions.stopping import Stop

COMMAND = {"timeout_s": 100.0, "silence_s": 30.0, "grace_s": 5.0, "finished_s": 20.0}


class Launched:
    """What `launching.start` gives, with the other ends of its pipes, and what it was told."""

    def __init__(self):
        self.told, self.supervisor = socket.socketpair()
        self.out, self.says = os.pipe()
        self.err, self.complains = os.pipe()
        self.pid, self.stdin, self.news, self.is_done = 1, -1, b"", False
        self.words = []

    def ask(self):
        self.words.append("ask")

    def insist(self):
        self.words.append("insist")

    def close_input(self):
        self.words.append("end of input")

    def close(self):
        for fd in (self.out, self.err, self.says, self.complains):
            os.close(fd)
        self.told.close()
        self.supervisor.close()


class Play:
    """A command under a clock: what is done `at` a second."""

    def __init__(self, clock, command, watch):
        self.clock, self.launched = clock, Launched()
        self.one = Running(self.launched, "MARK", Command((), Path(), {}, **command), watch)
        self.one._listen_to(None)

    def at(self, second):
        self.clock.now = float(second)
        self.one._mind(self.clock.now)
        return self.launched.words

    def wait(self, second):
        """Seconds to listen at most, at this second."""
        self.clock.now = float(second)
        return self.one._patience_s()

    def tell(self, words):
        self.launched.supervisor.sendall(words)
        self.one._take_news()

    def say(self, data):
        os.write(self.launched.says, data)
        return list(self.one._moved(self.launched.out, "out"))


@pytest.fixture
def play(monkeypatch):
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(running, "time", SimpleNamespace(monotonic=lambda: clock.now))
    begun = []

    def begin(watch=None, **command):
        begun.append(Play(clock, {**COMMAND, **command}, watch or Watch()))
        return begun[-1]

    yield begin
    for one in begun:
        one.one._selector.close()
        one.launched.close()


def test_nothing_that_is_listened_to_may_keep_us_waiting(play, monkeypatch):
    asked, really = [], os.set_blocking

    def noted(fd, blocking):
        asked.append((fd, blocking))
        really(fd, False)  # else this test would wait itself

    monkeypatch.setattr(running.os, "set_blocking", noted)
    launched = play().launched

    assert asked == [(fd, False) for fd in (launched.out, launched.err, launched.told.fileno())]


def test_it_is_left_alone_until_a_clock_has_run_out(play):
    one = play()

    assert (one.wait(0), one.at(29.9)) == (30.0, [])
    assert one.at(30) == ["ask"]
    assert one.one.ended().timed_out == "it said nothing for 30 s"


def test_a_word_begins_the_silence_anew_and_not_the_time_for_the_whole(play):
    one = play(silence_s=60.0)
    one.clock.now = 50.0
    assert one.say(b"on") == [("out", b"on")]

    assert one.wait(50) == 50.0
    assert one.at(99.9) == []
    assert one.at(100) == ["ask"]
    assert one.one.ended() == Ended(124, "it took longer than 100 s")


def test_it_is_made_to_end_after_the_grace_period_and_given_up_when_that_does_not_help(play):
    one = play()
    one.at(30)

    assert (one.wait(31), one.at(34.9)) == (4.0, ["ask"])
    assert one.at(35) == ["ask", "insist"]
    assert (one.wait(36), one.at(39.9), one.one._is_gone) == (4.0, ["ask", "insist"], False)
    assert (one.at(40), one.one._is_gone) == (["ask", "insist"], True)
    assert one.wait(41) == 0.0


def test_without_a_grace_period_it_is_not_asked(play):
    assert play(grace_s=0.0).at(30) == ["insist"]


def test_a_question_is_asked_four_times_a_second(play):
    asked = []
    one = play(Watch(why_stop=lambda: asked.append(1) or ""))
    for second in (0, 0.1, 0.24, 0.25, 0.4, 0.5):
        one.at(second)

    assert len(asked) == 3
    assert one.wait(0.6) == pytest.approx(0.15)


def test_a_sign_of_life_is_given_as_often(play):
    given = []
    one = play(Watch(sign_of_life=lambda: given.append(1)))
    for second in (0, 0.1, 0.25, 0.4):
        one.at(second)

    assert len(given) == 2
    assert one.wait(0.45) == pytest.approx(0.05)


def test_one_reason_is_told_and_no_second_one_is_looked_for(play):
    one = play(Watch(why_stop=lambda: "too dear"))
    one.at(0)
    one.at(100)

    assert one.one.ended() == Ended(143, stopped="too dear")


def test_a_stop_counts_before_a_clock(play):
    stop = Stop()
    one = play(stop=stop)
    stop.set()
    one.at(100)

    assert one.one.ended() == Ended(143, cancelled=True)


def test_one_that_has_said_all_has_some_seconds_of_silence_to_end(play):
    one = play(Watch(has_said_all=lambda: True))
    one.clock.now = 5.0
    one.say(b"result")

    assert (one.wait(5), one.at(24.9)) == (20.0, [])
    assert one.at(25) == ["ask"]
    assert one.one.ended() == Ended(0, hung=True)


def test_what_it_says_afterwards_may_show_that_it_had_not_said_all(play):
    answers = iter([True, False])
    one = play(Watch(has_said_all=lambda: next(answers)))
    one.say(b"result")
    one.say(b"more")

    assert one.wait(0) == 30.0
    assert one.at(29) == []


def test_those_left_behind_are_made_to_end_at_once_when_it_has_exited(play):
    one = play()
    one.tell(b"exited 0\n")

    assert one.at(1) == ["insist"]
    assert one.wait(1) == 5.0


def test_a_report_is_waited_for_no_longer_than_was_said(play):
    one = play(Watch(is_reported=lambda: False, report_s=10.0))
    one.clock.now = 3.0
    one.tell(b"exited 0\n")
    one.clock.now = 4.0
    one.tell(b"do")  # other news do not begin it anew

    assert one.wait(4) == running._REPORTED_S
    assert list(one.at(12.9)) == []
    assert one.at(13) == ["insist"]


def test_a_report_is_waited_for_no_longer_than_the_whole_may_take(play):
    one = play(Watch(is_reported=lambda: False, report_s=10.0), silence_s=1000.0)
    one.clock.now = 95.0
    one.tell(b"exited 0\n")
    one.at(99.9)
    assert one.launched.words == []

    assert one.at(100) == ["insist"]


@pytest.mark.parametrize(
    ("status", "code"), [(0, 0), (3 << 8, 3), (255 << 8, 255), (9, 137), (15, 143), (1, 129)]
)
def test_an_exit_code_is_that_of_a_shell(play, status, code):
    one = play()
    one.tell(f"exited {status}\ndone\n".encode())

    assert one.one.ended() == Ended(code)
    assert one.launched.is_done


def test_news_that_come_in_pieces_are_read_when_they_are_whole(play):
    one = play()
    one.tell(b"exi")
    assert one.at(1) == []
    one.tell(b"ted 768\ndo")
    assert not one.launched.is_done
    one.tell(b"ne\n")

    assert (one.launched.is_done, one.one.ended()) == (True, Ended(3))


def test_a_supervisor_that_is_gone_has_killed_it(play):
    one = play()
    one.launched.supervisor.close()
    one.one._take_news()

    assert one.one._is_gone
    assert not one.launched.is_done
    assert one.one.ended() == Ended(128 + signal.SIGKILL)


def test_what_it_complains_of_is_told_apart(play):
    one = play()
    os.write(one.launched.complains, b"no")

    assert list(one.one._moved(one.launched.err, "err")) == [("err", b"no")]


def test_of_a_pipe_that_somebody_keeps_open_and_fills_only_so_much_is_read(play, monkeypatch):
    monkeypatch.setattr(running, "_LEFT_IN_PIPE", 10)
    monkeypatch.setattr(running, "_CHUNK", 4)
    one = play()
    os.write(one.launched.says, b"x" * 100)

    assert [len(data) for _channel, data in one.one._rest()] == [4, 4, 4]


def test_all_that_is_left_in_both_pipes_is_told(play):
    one = play()
    os.write(one.launched.says, b"out")
    os.write(one.launched.complains, b"err")

    assert sorted(one.one._rest()) == [("err", b"err"), ("out", b"out")]


# -- what is listened to


def listened(one):
    return {key.data: key.events for key in one.one._selector.get_map().values()}


def test_a_pipe_is_listened_to_until_it_is_closed(play):
    one, reads = play(), selectors.EVENT_READ
    launched = one.launched
    assert listened(one) == {"out": reads, "err": reads, "told": reads}
    assert list(one.one._moved(launched.out, "out")) == []  # there is nothing yet

    os.dup2(launched.complains, launched.says)  # nobody writes into the first one any more
    assert list(one.one._moved(launched.out, "out")) == []

    assert listened(one) == {"err": reads, "told": reads}


def test_a_call_to_stop_is_heard_once(play):
    one = play()
    with Stop().wakes() as wake:
        one.one._selector.register(wake, selectors.EVENT_READ, "wake")
        assert list(one.one._moved(wake, "wake")) == []

    assert "wake" not in listened(one)


@pytest.fixture
def fed(play):
    """`fed(data)`: one that has this input to read, and the end of the pipe that it reads from."""
    with contextlib.ExitStack() as stack:

        def made(data):
            one = play(stdin=data)
            reads, writes = os.pipe()
            stack.callback(os.close, writes)
            os.set_blocking(writes, False)
            one.one._selector.register(writes, selectors.EVENT_WRITE, "in")
            return one, reads, writes

        yield made


def test_input_is_given_until_there_is_no_more(fed):
    one, reads, writes = fed(b"ab")
    list(one.one._moved(writes, "in"))

    assert os.read(reads, 10) == b"ab"
    assert (one.launched.words, "in" in listened(one)) == (["end of input"], False)
    os.close(reads)


def test_input_that_does_not_fit_is_given_later(fed):
    one, reads, writes = fed(bytes(1 << 20))
    for _time in range(40):
        one.one._feed(writes)
    given = len(os.read(reads, 1 << 20))
    assert (one.launched.words, "in" in listened(one)) == ([], True)
    one.one._feed(writes)

    assert 0 < given < 1 << 20
    assert os.read(reads, 10) == bytes(10)
    os.close(reads)


def test_input_that_nobody_reads_is_no_error(fed):
    one, reads, writes = fed(b"ab")
    os.close(reads)
    one.one._feed(writes)

    assert (one.launched.words, "in" in listened(one)) == (["end of input"], False)


def test_what_nobody_chose_of_a_command_is_patient():
    def chosen(one):
        return {name: getattr(one, name) for name in type(one).__dataclass_fields__}

    assert chosen(Command(("x",), Path("/"), {})) == {
        **{"argv": ("x",), "cwd": Path("/"), "environment": {}, "stdin": None, "stop": None},
        **{"is_merged": False, "may_adopt": True, "timeout_s": 1800, "silence_s": float("inf")},
        **{"grace_s": 5, "left_behind_s": 0, "finished_s": 20},
    }
    assert {name: value for name, value in chosen(Watch()).items() if value} == {"report_s": 10}
    assert chosen(Ended(3)) == {
        **{"exit_code": 3, "timed_out": "", "stopped": "", "cancelled": False, "hung": False}
    }
