"""The thread that looks after calls which are under way."""

import logging
import threading

import pytest

from ai_sessions.library import watching
from ai_sessions.library.watching import Watch

SOON_S = 20


class Call:
    def __init__(self):
        self.told, self.lasted = [], threading.Event()

    def lasts(self):
        self.told.append("lasts")
        self.lasted.set()

    def closed(self):
        self.told.append("closed")


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(watching, "_LOOKS_S", 0.01)


@pytest.fixture
def watch():
    watch = Watch()
    yield watch
    for call in tuple(watch._under_way):
        watch.remove(call)


def done(watch):
    """All that was left until now."""
    event = threading.Event()
    watch.left(event.set)
    assert event.wait(SOON_S)


def test_an_end_that_a_finalizer_left_is_done_by_the_thread(watch):
    call, by = Call(), []
    watch.add(call)

    watch.left(lambda: by.append(threading.current_thread()))
    done(watch)

    assert by and by[0] is not threading.main_thread()


def test_many_that_are_left_at_once_are_all_done_in_order(watch):
    found = []
    watch.add(Call())
    for number in range(1000):
        watch.left(lambda number=number: found.append(number))
    done(watch)

    assert found == list(range(1000))


def test_leaving_takes_no_lock(watch):
    with watch._mutex, watch._at_work:
        watch.left(lambda: None)

    assert watch._left.qsize() == 1


def test_an_end_that_fails_is_told_and_the_next_is_done(watch, caplog):
    watch.add(Call())
    with caplog.at_level(logging.WARNING, "ai_sessions"):
        watch.left(lambda: 1 / 0)
        done(watch)

    assert "division by zero" in caplog.text


def test_a_call_that_lasts_is_told_so_once(watch, monkeypatch):
    monkeypatch.setattr(watching, "LASTS_S", 0)
    call = Call()
    watch.add(call)

    assert call.lasted.wait(SOON_S)
    done(watch)
    done(watch)

    assert call.told == ["lasts"]


def test_a_call_that_does_not_last_is_told_nothing(watch):
    call = Call()
    watch.add(call)
    done(watch)

    assert call.told == []


def test_the_thread_ends_when_there_is_nothing_and_another_one_begins(watch, monkeypatch):
    monkeypatch.setattr(watching, "_IDLE_S", 0)
    call = Call()
    watch.add(call)
    first = watch._thread
    done(watch)
    assert first.is_alive()

    watch.remove(call)
    first.join(SOON_S)

    assert (first.is_alive(), watch._thread) == (False, None)
    watch.add(call)
    done(watch)


def test_who_may_take_locks_begins_the_thread_for_what_is_left(watch):
    event = threading.Event()

    watch.later(event.set)

    assert event.wait(SOON_S)


def test_all_calls_end_with_the_program(watch, monkeypatch):
    monkeypatch.setattr(watch, "_serve", lambda: None)
    open_, left = Call(), Call()
    watch.add(open_)
    watch.left(left.closed)

    watch.close()

    assert (open_.told, left.told) == (["closed"], ["closed"])


def test_where_no_thread_can_begin_the_end_of_the_program_does_the_rest(watch, monkeypatch):
    def refused(_thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refused)
    call = Call()
    watch.add(call)
    assert watch._thread is None

    watch.close()

    assert call.told == ["closed"]


def test_a_fork_waits_for_what_has_begun_and_the_child_has_nothing_of_it(watch):
    watch.add(Call())
    watch.hold()
    assert watch._at_work.locked()
    watch.release()
    done(watch)

    watch.begin()

    assert not watch._under_way
    assert watch._thread is None


def test_a_fork_waits_only_for_a_while(watch, monkeypatch):
    monkeypatch.setattr(watching, "_BEFORE_FORK_S", 0.01)
    with watch._at_work:
        watch.hold()
        watch.release()

        assert watch._at_work.locked()
