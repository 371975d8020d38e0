"""Threads for tasks: order, fairness, and nothing left at work."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import functools
import gc
import os
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ai_sessions import threads
from ai_sessions.disk import files
from ai_sessions.errors import UsageError
from ai_sessions.stopping import Stop
from ai_sessions.threads import Pool

#: What only a bug would use up.
FOREVER_S = 60


@pytest.fixture
def pool() -> Pool:
    return Pool("test", 4)


class Gate:
    """Work that has begun, and ends when it is let."""

    def __init__(self) -> None:
        self.begun, self.open = threading.Event(), threading.Event()

    def __call__(self) -> str:
        self.begun.set()
        assert self.open.wait(FOREVER_S)
        return "done"


async def reached(event: threading.Event) -> None:
    """Other tasks go on until a thread has set it."""
    while not event.is_set():
        await asyncio.sleep(0)


def ignored() -> None:
    """Work that is done at once."""


def test_the_result_comes_back_to_the_task(pool: Pool) -> None:
    assert asyncio.run(pool.run(threading.current_thread)) is not threading.current_thread()


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(3), KeyError()])
def test_what_the_work_raises_is_raised_in_the_task(pool: Pool, error: BaseException) -> None:
    def fails() -> None:
        raise error

    with pytest.raises(type(error)) as caught:
        asyncio.run(pool.run(fails))

    assert caught.value is error


def test_work_that_raises_what_no_future_takes_is_told_all_the_same(pool: Pool) -> None:
    with pytest.raises(RuntimeError, match="StopIteration"):
        asyncio.run(pool.run(lambda: next(iter(()))))


def test_the_work_sees_the_context_of_its_task(pool: Pool) -> None:
    who = contextvars.ContextVar("who", default="nobody")

    async def main() -> str:
        who.set("ada")
        return await pool.run(who.get)

    assert asyncio.run(main()) == "ada"


def test_work_of_one_key_is_done_in_the_order_it_was_asked_for(pool: Pool) -> None:
    done: list[int] = []

    async def main() -> list[None]:
        each = (pool.run(lambda number=number: done.append(number), "a") for number in range(200))
        return await asyncio.gather(*each)

    asyncio.run(main())

    assert done == list(range(200))


def test_work_of_one_key_is_never_done_twice_at_once(pool: Pool) -> None:
    inside = threading.Lock()

    def alone() -> bool:
        if not inside.acquire(blocking=False):
            return False
        os.sched_yield()
        inside.release()
        return True

    async def main() -> list[bool]:
        return await asyncio.gather(*(pool.run(alone, "a") for _ in range(100)))

    assert all(asyncio.run(main()))


def test_a_crowd_at_one_key_takes_no_thread_from_others() -> None:
    pool, slow = Pool("test", 2), Gate()

    async def main() -> str:
        crowd = [asyncio.create_task(pool.run(slow, "busy")) for _ in range(16)]
        await reached(slow.begun)
        other = await pool.run(lambda: "served", "other")
        slow.open.set()
        await asyncio.gather(*crowd)
        return other

    assert asyncio.run(main()) == "served"


def test_a_long_line_lets_others_have_their_turn() -> None:
    pool, done = Pool("test", 1), list[str]()

    async def main() -> None:
        first = Gate()
        begun = asyncio.create_task(pool.run(first, "long"))
        await reached(first.begun)
        work = [pool.run(lambda: done.append("long"), "long") for _ in range(500)]
        tasks = [asyncio.create_task(one) for one in work]
        await asyncio.sleep(0)
        tasks.append(asyncio.create_task(pool.run(lambda: done.append("short"), "short")))
        await asyncio.sleep(0)
        first.open.set()
        await asyncio.gather(begun, *tasks)

    asyncio.run(main())

    assert done.index("short") < 100


class Commits:
    """A group, and how much work was done in each of it."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure, self.sizes, self.told = failure, list[int](), list[int]()

    @contextlib.contextmanager
    def group(self) -> Iterator[None]:
        self.sizes.append(0)
        yield
        assert len(self.told) <= sum(self.sizes[:-1])
        if self.failure:
            raise self.failure

    def work(self) -> None:
        self.sizes[-1] += 1

    async def crowd(self, pool: Pool, size: int, others: int = 0) -> None:
        """So much work that waits in one line, behind some that is in no group."""
        first = Gate()
        begun = asyncio.create_task(pool.run(first, "a"))
        await reached(first.begun)
        tasks = [asyncio.create_task(self.asks(pool, number)) for number in range(size)]
        tasks += [asyncio.create_task(pool.run(ignored, "a")) for _ in range(others)]
        await asyncio.sleep(0)
        first.open.set()
        await asyncio.gather(begun, *tasks)

    async def asks(self, pool: Pool, number: int) -> None:
        await pool.run(self.work, "a", group=self.group)
        self.told.append(number)


def test_work_that_waits_in_one_line_is_done_in_groups(pool: Pool) -> None:
    commits = Commits()

    asyncio.run(commits.crowd(pool, 80, others=1))

    assert commits.told == list(range(80))
    assert commits.sizes == [32, 32, 16]


def test_work_that_waits_for_nobody_is_in_no_group(pool: Pool) -> None:
    def group() -> contextlib.AbstractContextManager[None]:
        raise AssertionError

    assert asyncio.run(pool.run(lambda: "alone", "a", group=group)) == "alone"


def test_a_group_that_fails_fails_for_all_in_it(pool: Pool) -> None:
    async def main() -> list[Any]:
        first, commits = Gate(), Commits(OSError("full"))
        begun = asyncio.create_task(pool.run(first, "a"))
        await reached(first.begun)
        work = [pool.run(commits.work, "a", group=commits.group) for _ in range(3)]
        together = asyncio.gather(*work, return_exceptions=True)
        await asyncio.sleep(0)
        first.open.set()
        await begun
        return await together

    assert [repr(one) for one in asyncio.run(main())] == ["OSError('full')"] * 3


def test_work_that_fails_in_a_group_fails_alone(pool: Pool) -> None:
    def fails() -> None:
        raise ValueError("mine")

    async def main() -> list[Any]:
        first, commits = Gate(), Commits()
        begun = asyncio.create_task(pool.run(first, "a"))
        await reached(first.begun)
        works: list[Callable[[], None]] = [commits.work, fails, commits.work]
        each = [pool.run(work, "a", group=commits.group) for work in works]
        together = asyncio.gather(*each, return_exceptions=True)
        await asyncio.sleep(0)
        first.open.set()
        await begun
        return await together

    assert [repr(one) for one in asyncio.run(main())] == ["None", "ValueError('mine')", "None"]


def test_work_without_a_key_stands_for_itself(pool: Pool) -> None:
    gates = [Gate(), Gate()]

    async def main() -> None:
        tasks = [asyncio.create_task(pool.run(gate)) for gate in gates]
        for gate in gates:
            await reached(gate.begun)
        for gate in gates:
            gate.open.set()
        await asyncio.gather(*tasks)

    asyncio.run(main())


def test_there_are_no_more_threads_than_allowed(pool: Pool) -> None:
    async def main() -> None:
        await asyncio.gather(*(pool.run(ignored) for _ in range(100)))

    asyncio.run(main())

    assert 1 <= len(pool.threads()) <= 4


def test_no_more_threads_work_at_once_than_may(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "_HELD_UP_S", FOREVER_S)
    at_work: list[int] = []
    most: list[int] = []

    def work() -> None:
        at_work.append(1)
        for _ in range(20):
            os.sched_yield()  # another one would begin now
        most.append(len(at_work))
        at_work.pop()

    async def main() -> None:
        pool.limit(1)
        await asyncio.gather(*(pool.run(work) for _ in range(200)))

    asyncio.run(main())

    assert set(most) == {1}
    assert len(pool.threads()) <= 2


def test_threads_that_are_held_up_keep_no_other_from_working(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "_HELD_UP_S", 0.001)
    gates = [Gate() for _ in range(4)]

    async def main() -> list[str]:
        pool.limit(1)
        asked = asyncio.gather(*(pool.run(gate) for gate in gates))
        for gate in gates:
            await reached(gate.begun)
        for gate in gates:
            gate.open.set()
        return await asked

    assert asyncio.run(main()) == ["done"] * 4


def test_a_thread_that_waits_for_the_disk_keeps_no_other_from_working(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "_HELD_UP_S", FOREVER_S)
    gates = [Gate() for _ in range(4)]

    def syncs(gate: Gate) -> str:
        with files.waiting():
            return gate()

    async def main() -> list[str]:
        pool.limit(1)
        asked = asyncio.gather(*(pool.run(functools.partial(syncs, gate)) for gate in gates))
        for gate in gates:
            await reached(gate.begun)
        for gate in gates:
            gate.open.set()
        return await asked

    assert asyncio.run(main()) == ["done"] * 4


def test_a_thread_without_work_ends() -> None:
    pool = Pool("test", 4, idle_s=0)
    asyncio.run(pool.run(ignored))

    for thread in pool.threads():
        thread.join(FOREVER_S)

    assert not pool.threads()


def test_a_pool_whose_threads_have_ended_begins_again() -> None:
    pool = Pool("test", 4, idle_s=0)
    asyncio.run(pool.run(ignored))
    for thread in pool.threads():
        thread.join(FOREVER_S)

    assert asyncio.run(pool.run(lambda: "again")) == "again"


def test_the_loop_has_no_default_executor_afterwards(pool: Pool) -> None:
    async def main() -> Any:
        await pool.run(ignored)
        return vars(asyncio.get_running_loop())["_default_executor"]

    assert asyncio.run(main()) is None


def test_a_cancelled_task_takes_back_what_has_not_begun(pool: Pool) -> None:
    first, done = Gate(), list[str]()

    async def main() -> None:
        begun = asyncio.create_task(pool.run(first, "a"))
        await reached(first.begun)
        waiting = asyncio.create_task(pool.run(lambda: done.append("never"), "a"))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        first.open.set()
        await begun
        await pool.run(lambda: done.append("next"), "a")

    asyncio.run(main())

    assert done == ["next"]


def test_a_cancelled_task_ends_after_the_work_it_began(pool: Pool) -> None:
    work = Gate()

    async def main() -> None:
        task = asyncio.create_task(pool.run(work))
        await reached(work.begun)
        task.cancel()
        await asyncio.sleep(0)
        assert not task.done()
        work.open.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(pool.hold, 0)

    asyncio.run(main())


def test_a_task_that_is_cancelled_twice_ends_at_once() -> None:
    work, told, pool = Gate(), list[dict[str, Any]](), Pool("test", 1, idle_s=0)

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _loop, what: told.append(what))
        task = asyncio.create_task(pool.run(work))
        await reached(work.begun)
        for _ in range(2):
            task.cancel()
            await asyncio.sleep(0)
        with pytest.raises(asyncio.CancelledError):
            await task
        work.open.set()
        for thread in pool.threads():
            thread.join(FOREVER_S)
        await asyncio.sleep(0)

    asyncio.run(main())

    assert told == []


def test_a_task_cancelled_in_the_moment_its_work_ends_does_not_wait_for_ever() -> None:
    pool = Pool("test", 1, idle_s=0)

    async def main() -> None:
        task = asyncio.create_task(pool.run(ignored))
        await asyncio.sleep(0)
        for thread in pool.threads():
            thread.join(FOREVER_S)  # its result is on the way to a loop that stands still
        task.cancel()
        for _ in range(5):
            await asyncio.sleep(0)
        assert task.cancelled()

    asyncio.run(main())


def test_a_cancelled_task_stops_the_work_it_waits_for(pool: Pool) -> None:
    stop, begun = Stop(), threading.Event()

    def work() -> None:
        begun.set()
        assert stop.wait(FOREVER_S)

    async def main() -> None:
        task = asyncio.create_task(pool.run(work, stop=stop))
        await reached(begun)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())


def test_a_time_out_stops_the_work_too() -> None:
    stop = Stop()

    async def main() -> None:
        await asyncio.wait_for(threads.call(lambda: stop.wait(FOREVER_S), stop), 0.01)

    with pytest.raises(TimeoutError):
        asyncio.run(main())

    assert stop.is_set()


def test_a_call_that_nobody_can_stop_is_not_waited_for() -> None:
    work = Gate()

    async def main() -> None:
        await asyncio.wait_for(threads.call(work), 0.01)

    with pytest.raises(TimeoutError):
        asyncio.run(main())

    work.open.set()


def test_what_work_raises_after_it_was_cancelled_is_nobodys(pool: Pool) -> None:
    gate, told = Gate(), list[dict[str, Any]]()

    def fails() -> None:
        gate()
        raise ValueError("too late")

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _loop, what: told.append(what))
        task = asyncio.create_task(pool.run(fails))
        await reached(gate.begun)
        task.cancel()
        await asyncio.sleep(0)
        gate.open.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    gc.collect()

    assert told == []


def test_work_that_was_done_leaves_nothing_to_the_garbage_collector(pool: Pool) -> None:
    class Thing:
        """What the work knows."""

    async def main() -> None:
        thing = Thing()
        gone.append(weakref.ref(thing))
        await pool.run(functools.partial(id, thing))

    gone: list[weakref.ref[Thing]] = []
    gc.disable()
    try:
        asyncio.run(main())
        asyncio.run(pool.run(ignored))  # the thread is done with the work before
        assert gone[0]() is None
    finally:
        gc.enable()


def test_a_coroutine_that_nobody_finishes_takes_its_work_back(pool: Pool) -> None:
    first, done = Gate(), list[str]()

    async def main() -> None:
        begun = asyncio.create_task(pool.run(first, "a"))
        await reached(first.begun)
        unfinished = pool.run(lambda: done.append("never"), "a")
        unfinished.send(None)
        unfinished.close()
        first.open.set()
        await begun
        await pool.run(ignored, "a")

    asyncio.run(main())

    assert done == []


def test_a_loop_that_is_closed_does_not_disturb_the_pool(pool: Pool) -> None:
    work, loop = Gate(), asyncio.new_event_loop()
    loop.set_exception_handler(lambda _loop, _what: None)  # a task is left, as we mean to
    _left = loop.create_task(pool.run(work, "a"))
    loop.run_until_complete(reached(work.begun))
    loop.close()
    work.open.set()

    assert asyncio.run(pool.run(lambda: "served", "a")) == "served"


def test_asyncio_runs_twice_with_one_pool(pool: Pool) -> None:
    assert [asyncio.run(pool.run(lambda: "a", "k")), asyncio.run(pool.run(lambda: "b", "k"))] == [
        "a",
        "b",
    ]


def test_loops_of_two_threads_share_the_line_of_a_key(pool: Pool) -> None:
    first, done = Gate(), list[str]()

    async def main() -> None:
        begun = asyncio.create_task(pool.run(first, "a"))
        await reached(first.begun)
        other = threading.Thread(
            target=asyncio.run, args=(pool.run(lambda: done.append("other"), "a"),)
        )
        other.start()
        assert await pool.run(lambda: list(done)) == []
        first.open.set()
        await begun
        other.join(FOREVER_S)

    asyncio.run(main())

    assert done == ["other"]


def test_without_an_event_loop_the_error_says_what_to_use() -> None:
    waiting = threads.run(ignored)

    with pytest.raises(UsageError, match="no event loop"):
        waiting.send(None)


#: What the scripts below begin with.
_SCRIPT = """
import asyncio, atexit, os, sys, threading
from ai_sessions import threads
from ai_sessions.disk import files
from ai_sessions.stopping import Stop
"""


def printed_by(script: str) -> str:
    """What a Python of its own prints, which must end well and in silence."""
    command = [sys.executable, "-c", _SCRIPT + script]
    path = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=FOREVER_S,
        env={**os.environ, **path},
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_a_forked_child_works_with_threads_of_its_own() -> None:
    script = """
asyncio.run(threads.run(print, "parent", flush=True))
child = os.fork()
if not child:
    asyncio.run(threads.run(print, "child", flush=True))
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
asyncio.run(threads.run(print, "parent again"))
"""

    assert printed_by(script).split("\n") == ["parent", "child", "parent again", ""]


def test_a_fork_waits_until_the_store_is_at_rest() -> None:
    script = """
lock, begun = threading.Lock(), threading.Event()

def write():
    with lock:
        begun.set()
        os.sched_yield()
        sum(range(1_000_000))

async def main():
    task = asyncio.create_task(threads.run(write))
    while not begun.is_set():
        await asyncio.sleep(0)
    child = os.fork()
    if not child:
        os._exit(0 if lock.acquire(blocking=False) else 1)
    print(os.waitpid(child, 0)[1])
    await task

asyncio.run(main())
"""

    assert printed_by(script) == "0\n"


def test_work_that_forks_does_not_wait_for_itself() -> None:
    script = """
def fork():
    child = os.fork()
    if not child:
        os._exit(7)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

print(asyncio.run(threads.run(fork)))
"""

    assert printed_by(script) == "7\n"


def test_the_end_of_the_interpreter_waits_for_what_was_begun() -> None:
    script = """
begun, ending = threading.Event(), threading.Event()

def write():
    begun.set()
    ending.wait()
    print("written", flush=True)

async def main():
    task = asyncio.create_task(threads.run(write))
    while not begun.is_set():
        await asyncio.sleep(0)
    for _ in range(2):
        task.cancel()
        await asyncio.sleep(0)

asyncio.run(main())
atexit.register(ending.set)
"""

    assert printed_by(script) == "written\n"


def test_the_end_of_the_interpreter_stops_calls() -> None:
    script = """
stop, begun = Stop(), threading.Event()

def call():
    begun.set()
    stop.wait()
    print("stopped", flush=True)

loop = asyncio.new_event_loop()
loop.set_exception_handler(lambda _loop, _what: None)
task = loop.create_task(threads.call(call, stop))
while not begun.is_set():
    loop.run_until_complete(asyncio.sleep(0))
"""

    assert printed_by(script) == "stopped\n"


def test_the_end_of_the_interpreter_does_not_wait_for_a_call_that_nobody_can_stop() -> None:
    script = """
begun = threading.Event()

def call():
    begun.set()
    threading.Event().wait()

async def main():
    task = asyncio.create_task(threads.call(call))
    while not begun.is_set():
        await asyncio.sleep(0)

asyncio.run(main())
print("ended")
"""

    assert printed_by(script) == "ended\n"


def test_work_is_done_as_the_interpreter_ends_too() -> None:
    script = """
atexit.register(lambda: asyncio.run(threads.run(print, "late", flush=True)))
"""

    assert printed_by(script) == "late\n"


def test_work_is_done_where_no_thread_can_be_had(pool: Pool, monkeypatch: Any) -> None:
    def fails(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", fails)

    assert asyncio.run(pool.run(threading.current_thread)) is threading.current_thread()
