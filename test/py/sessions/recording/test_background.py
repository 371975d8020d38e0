"""Work that waits is done once for many notes, all of it at the end, and none of a parent's."""

import os
import threading
from types import SimpleNamespace

import pytest

from ai_sessions.sessions.recording import background as module
from ai_sessions.sessions.recording.background import Background


@pytest.fixture
def background():
    made = Background()
    yield made
    made.finish(60)


class Gate:
    """Work that is under way until it may end."""

    def __init__(self):
        self.begun, self.open, self.count = threading.Event(), threading.Event(), 0

    def __call__(self):
        self.count += 1
        self.begun.set()
        assert self.open.wait(60)


def test_what_is_added_is_done(background):
    done = []
    background.add("a", lambda: done.append(threading.current_thread()))

    assert background.finish(60)
    assert done != [threading.current_thread()]


def test_what_waits_is_not_added_again(background):
    gate, done = Gate(), []
    background.add("slow", gate)
    assert gate.begun.wait(60)
    for number in range(100):
        background.add("a", lambda number=number: done.append(number))
    gate.open.set()

    assert background.finish(60)
    assert done == [99]


def test_what_is_added_while_it_is_done_is_done_again(background):
    gate = Gate()
    background.add("a", gate)
    assert gate.begun.wait(60)
    background.add("a", gate)
    gate.open.set()

    assert background.finish(60)
    assert gate.count == 2


def test_a_turn_comes_after_a_pause_unless_somebody_waits(background, monkeypatch):
    monkeypatch.setattr(module, "PAUSE_S", 3600)
    done = []
    for expected in (1, 2, 3):
        background.add("a", lambda: done.append(1))
        assert background.finish(60)
        assert len(done) == expected
    background.add("a", lambda: done.append(1))

    assert not background.finish(0) or len(done) == 4


def test_what_took_long_has_a_long_pause(background, monkeypatch):
    clock = iter(range(0, 10**6, 7))  # seven seconds between two looks
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    background.add("a", lambda: None)
    assert background.finish(60)

    [earliest] = background._earliest.values()
    assert earliest - next(clock) > 7 * 15


def test_waiting_has_an_end(background):
    gate = Gate()
    background.add("a", gate)

    assert not background.finish(0)
    gate.open.set()


def test_work_that_raises_does_not_end_the_others(background, monkeypatch):
    monkeypatch.setattr(threading, "excepthook", lambda _args: None)
    done = []

    def broken():
        raise RuntimeError

    background.add("a", broken)
    background.finish(60)
    background.add("b", lambda: done.append(1))
    assert background.finish(60)
    assert done == [1]


def test_after_the_end_it_is_done_at_once(background):
    done = []
    background.end()
    background.add("a", lambda: done.append(threading.current_thread()))

    assert done == [threading.current_thread()]


def test_where_there_can_be_no_thread_it_is_done_at_once(background, monkeypatch):
    def refused(_thread):
        raise RuntimeError("can't start new thread")

    done = []
    monkeypatch.setattr(threading.Thread, "start", refused)
    background.add("a", lambda: done.append(threading.current_thread()))

    assert done == [threading.current_thread()]
    assert background.finish(0)


def test_a_thread_without_work_ends(background, monkeypatch):
    monkeypatch.setattr(module, "_IDLE_S", 0)
    before = set(threading.enumerate())
    background.add("a", lambda: None)
    background.finish(60)
    for thread in set(threading.enumerate()) - before:
        thread.join(60)

    assert background._thread is None


def test_a_child_forgets_what_its_parent_has_to_do(background):
    gate, done = Gate(), []
    background.add("slow", gate)
    assert gate.begun.wait(60)
    background.add("a", lambda: done.append(1))

    child = os.fork()
    if not child:
        background.begin()
        background.add("b", lambda: done.append(2))
        os._exit(0 if background.finish(60) and done == [2] else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    gate.open.set()
