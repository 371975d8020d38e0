"""Objects in processes of their own: what they say and raise comes back, none is left behind."""

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ai_sessions import workers
from ai_sessions.errors import StorageError

forking = pytest.mark.skipif(sys.platform != "linux", reason="forks on Linux only")


class Counter:
    def __init__(self, number):
        self.number = number

    def add(self, more):
        self.number += more
        return self.number

    def pid(self):
        return os.getpid()

    def fail(self, error):
        raise error

    def kill(self):
        os.kill(os.getpid(), signal.SIGKILL)


def test_a_thing_alone_stays_in_this_process():
    with workers.started([Counter(1)]) as [worker]:
        assert worker.ask(Counter.pid)() == os.getpid()
        assert worker.ask(Counter.add, 2)() == 3


@forking
def test_several_have_processes_of_their_own_and_keep_what_they_know():
    with workers.started([Counter(1), Counter(10)]) as [one, other]:
        pids = {one.ask(Counter.pid)(), other.ask(Counter.pid)(), os.getpid()}
        answers = [one.ask(Counter.add, 1), other.ask(Counter.add, 1), one.ask(Counter.add, 1)]

        assert len(pids) == 3
        assert [answer() for answer in answers] == [2, 11, 3]


@forking
def test_answers_may_be_fetched_in_any_order():
    with workers.started([Counter(1), Counter(1)]) as [one, _other]:
        first, second = one.ask(Counter.add, 1), one.ask(Counter.add, 1)

        assert (second(), first(), first()) == (3, 2, 2)


@forking
def test_what_one_raises_comes_back_whole_and_it_goes_on():
    with workers.started([Counter(1), Counter(1)]) as [one, _other]:
        failed = one.ask(Counter.fail, StorageError("no space", "make some"))
        went_on = one.ask(Counter.add, 1)

        with pytest.raises(StorageError, match="no space") as caught:
            failed()
        assert caught.value.hint == "make some"
        assert went_on() == 2


@forking
def test_one_that_was_killed_is_said_to_whoever_waits_for_it():
    with workers.started([Counter(1), Counter(1)]) as [one, other]:
        lost, after = one.ask(Counter.kill), one.ask(Counter.add, 1)

        with pytest.raises(ChildProcessError, match="killed"):
            lost()
        with pytest.raises(ChildProcessError, match="killed"):
            after()
        assert other.ask(Counter.add, 1)() == 2


@forking
def test_none_is_left_when_the_body_fails():
    pids = []

    def failing():
        with workers.started([Counter(1), Counter(1)]) as both:
            pids.extend(worker.ask(Counter.pid)() for worker in both)
            raise KeyError("x")

    with pytest.raises(KeyError):
        failing()
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)


@forking
def test_none_outlives_a_command_that_was_killed(tmp_path):
    code = (
        "import sys; sys.path[:0] = sys.argv[1:3]\n"
        "from ai_sessions import workers; from test_workers import Counter\n"
        "with workers.started([Counter(1), Counter(2)]) as both:\n"
        "    print(*(one.ask(Counter.pid)() for one in both), flush=True)\n"
        "    sys.stdin.read()\n"
    )
    places = [str(Path(workers.__file__).parents[1]), str(Path(__file__).parent)]
    child = subprocess.Popen(
        [sys.executable, "-c", code, *places], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    watched = [os.pidfd_open(int(pid)) for pid in child.stdout.readline().split()]
    child.kill()
    child.communicate()

    assert len(watched) == 2
    for one in watched:
        ended, _, _ = select.select([one], [], [], 20)
        os.close(one)
        assert ended


def test_what_is_done_meanwhile_is_done_in_the_end():
    done = []
    with workers.meanwhile(done.append, 3) as do:
        for number in range(50):
            do(number)

    assert sorted(done) == list(range(50))


def test_what_goes_wrong_meanwhile_is_raised_in_the_end_and_the_rest_is_done():
    done = []

    def work(number):
        if number == 1:
            raise OSError("disk full")
        done.append(number)

    with pytest.raises(OSError, match="disk full"), workers.meanwhile(work, 2) as do:
        for number in range(4):
            do(number)

    assert sorted(done) == [0, 2, 3]


def test_an_error_of_the_body_comes_first_when_all_is_done():
    done = []
    with pytest.raises(KeyError), workers.meanwhile(done.append, 1) as do:
        do(1)
        raise KeyError

    assert done == [1]
