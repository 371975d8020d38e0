"""Work that nobody waits for is done, each kind of it once at a time."""

import threading
import time

from ai_sessions.conversations.background import Background


def test_what_is_added_is_done_and_can_be_waited_for():
    done = []
    background = Background(done.append)
    for name in "abcdefgh":
        background.add(name)
    background.finish()

    assert sorted(done) == list("abcdefgh")


def test_who_adds_waits_for_nothing_and_a_name_is_under_way_once():
    go, begun, at_work, most = threading.Event(), threading.Event(), [], []

    def work(name):
        at_work.append(name)
        most.append(at_work.count(name))
        begun.set()
        go.wait()
        at_work.remove(name)

    background = Background(work)
    background.add("a")
    begun.wait()
    for _ in range(9):
        background.add("a")
    go.set()
    background.finish()

    assert most == [1, 1]


def test_no_more_is_under_way_than_there_is_room_for():
    go, mutex, counts, at_work = threading.Event(), threading.Lock(), [], [0]

    def work(_name):
        with mutex:
            at_work[0] += 1
            counts.append(at_work[0])
        go.wait()
        with mutex:
            at_work[0] -= 1

    background = Background(work, at_once=2)
    for name in "abcdef":
        background.add(name)
    go.set()
    background.finish()

    assert len(counts) == 6
    assert max(counts) <= 2


def test_what_fails_is_told_and_the_rest_goes_on():
    done, errors = [], []

    def work(name):
        if name == "a":
            raise ValueError(name)
        done.append(name)

    background = Background(work, errors.append, at_once=1)
    for name in "abc":
        background.add(name)
    background.finish()

    assert (sorted(done), [str(one) for one in errors]) == (["b", "c"], ["a"])


def test_who_waits_for_the_end_meets_no_thread_that_has_not_begun(monkeypatch):
    added, beginning, done = threading.Event(), threading.Event(), []
    begin = threading.Thread.start

    def begin_late(thread):
        if added.is_set():
            beginning.set()
            time.sleep(0.05)
        begin(thread)

    def work(name):
        assert added.wait(60)
        done.append(name)

    monkeypatch.setattr(threading.Thread, "start", begin_late)
    background = Background(work, at_once=1)
    background.add("a")
    background.add("b")
    added.set()
    assert beginning.wait(60)
    background.finish()

    assert done == ["a", "b"]


def test_nobody_works_where_there_is_nothing_to_do():
    before = threading.active_count()
    background = Background(lambda _name: None)
    background.finish()
    background.add("a")
    background.finish()

    assert threading.active_count() == before


def test_who_begins_what_is_under_way_is_told():
    go = threading.Event()
    background = Background(lambda _name: go.wait(60))

    assert (background.begin("a"), background.begin("a")) == (True, False)
    go.set()
    background.finish()
    assert background.begin("a") is True
    background.finish()
