"""Supervisors are used again while they can be, and replaced when they cannot."""

import errno
import os
import select
import signal
import threading
from types import SimpleNamespace

import pytest
from running import is_running

from ai_sessions.processes import launching


@pytest.fixture
def begin(tmp_path):
    """Start a shell script; close what it was before the test ends."""
    begun = []

    def start(script, **more):
        words = ["sh", "-c", script]
        more = {"has_input": False, "is_merged": True, **more}
        one = launching.start(words, tmp_path, {"PATH": os.environ["PATH"]}, "MARK", 0.0, **more)
        begun.append(one)
        return one

    yield start
    for one in begun:
        if one.out >= 0:
            one.close()


def finish(one):
    """Its supervisor is free again once it has said that it is done."""
    news = one.news
    while b"done\n" not in news:
        select.select([one.told], [], [])
        news += one.told.recv(100)
    said = os.read(one.out, 100).decode()
    one.is_done = True
    one.close()
    one.out = -1
    return said


def test_the_next_command_has_the_same_supervisor(begin):
    supervisors = [finish(begin("echo $PPID")) for _ in range(3)]

    assert len(set(supervisors)) == 1


def test_one_that_was_killed_while_idle_is_replaced(begin):
    supervisor = int(finish(begin("echo $PPID")))
    ends = os.pidfd_open(supervisor)
    os.kill(supervisor, signal.SIGKILL)
    select.select([ends], [], [], 60)

    assert int(finish(begin("echo $PPID"))) != supervisor


def test_a_command_that_cannot_be_started_leaves_its_supervisor_to_the_next(begin, tmp_path):
    before = finish(begin("echo $PPID"))
    with pytest.raises(OSError, match="No such file") as raised:
        launching.start(["none"], tmp_path, {}, "MARK", 0.0, has_input=False, is_merged=True)

    assert raised.value.errno == errno.ENOENT
    assert finish(begin("echo $PPID")) == before


def test_one_that_is_prepared_is_taken(begin):
    finish(begin(":"))
    launching.prepare()

    assert int(finish(begin("echo $PPID"))) > 0


def test_one_that_is_not_done_is_not_used_again(begin):
    one = begin("echo $PPID; exec sleep 600")
    supervisor = int(os.read(one.out, 100))
    ends = os.pidfd_open(supervisor)
    one.close()
    one.out = -1

    assert select.select([ends], [], [], 60)[0]
    assert not is_running(one.pid)


def test_only_so_many_wait_for_work(begin):
    many = [begin("echo $PPID; exec sleep 600") for _ in range(6)]
    supervisors = [int(os.read(one.out, 100)) for one in many]
    ends = {os.pidfd_open(pid) for pid in supervisors}
    for one in many:
        one.insist()
    threads = [threading.Thread(target=wait_and_close, args=(one,)) for one in many]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while len(ready := select.select(ends, [], [], 60)[0]) < 2:
        assert ready

    assert 0 < sum(map(is_running, supervisors)) <= 4


def wait_and_close(one):
    finish_news = one.news
    while b"done\n" not in finish_news:
        select.select([one.told], [], [])
        finish_news += one.told.recv(100)
    one.is_done = True
    one.close()
    one.out = -1


def test_words_with_a_nul_byte_are_refused(tmp_path):
    with pytest.raises(OSError, match="NUL"):
        launching.start(["a\0"], tmp_path, {}, "MARK", 0.0, has_input=False, is_merged=True)


def test_the_mark_is_in_the_environment(begin):
    assert finish(begin('echo "$MARK"')) == "1\n"


def test_errors_can_be_heard_apart(begin):
    one = begin("echo out; echo err >&2", is_merged=False)
    select.select([one.err], [], [], 60)

    assert os.read(one.err, 100) == b"err\n"
    assert finish(one) == "out\n"


class Idle:
    """A supervisor that answers this when it is told what to start; an error is raised."""

    def __init__(self, news):
        self.news = news

    def begin(self, _streams, _spec):
        if isinstance(self.news, Exception):
            raise self.news
        return self.news


@pytest.fixture
def begun(monkeypatch):
    """`begun(news, ...)`: what came of a start with a pool of these, and how many were retired."""

    def begin(*news):
        pool, retired = [Idle(one) for one in news], []
        idle = iter(pool)
        taken = SimpleNamespace(take=lambda: next(idle), retire=retired.append)
        monkeypatch.setattr(launching, "_POOL", taken)
        try:
            found = launching._begun([], b"")[1]
        except OSError as error:
            found = error.errno
        assert retired == pool[: len(retired)]
        return found, len(retired)

    return begin


@pytest.mark.parametrize(
    ("news", "found", "retired"),
    [
        ([b"running 5\n"], b"running 5\n", 0),
        ([None, None, b"running 5\n"], b"running 5\n", 2),
        ([None] * 20, errno.ESRCH, launching._MOST_IDLE + 2),
        ([OSError(errno.EMFILE, "too many")], errno.EMFILE, 1),
    ],
    ids=["at once", "after dead ones", "never", "no descriptors"],
)
def test_a_supervisor_that_cannot_start_it_is_retired(begun, news, found, retired):
    assert begun(*news) == (found, retired)
