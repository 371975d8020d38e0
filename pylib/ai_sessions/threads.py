"""Threads for what tasks wait for: one small pool for the store, one for calls of models.

The core is synchronous and may wait, for a disk or a model; an event loop may not. The loop's
default executor is not used: a program's own work would stand in line behind ours, and a cancelled
wait would leave its thread at work. What is done for one session is done in the order in which it
was asked for, by one thread at a time, so that a crowd at one session takes no thread from others.

A task that is cancelled takes back what has not begun. What has begun is told to stop, waits for no
lock of somebody else any more, and is awaited: when the task has ended, nothing that it asked for
is at work.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import contextvars
import functools
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Hashable, Iterator
from typing import Any, TypeVar

from ai_sessions.disk.waiting import ASIDE
from ai_sessions.errors import UsageError
from ai_sessions.stopping import GIVEN_UP, Stop

T = TypeVar("T")
#: What is entered around work that is less work together, such as writes that share a sync.
Group = Callable[[], contextlib.AbstractContextManager[None]]
Aside = Callable[[], contextlib.AbstractContextManager[None]]

#: Most threads at the store: a disk takes several writes at once.
STORE_AT_ONCE = 8
#: Most calls at the same time; each of them may wait for minutes.
CALLS_AT_ONCE = 64
#: A thread that had no work for so long ends.
IDLE_S = 5.0
#: A thread that is at work for so long waits for something, and keeps no other one from working.
_HELD_UP_S = 0.1
#: So many at once make a group; others have their turn then.
_TOGETHER = 32
#: How long a fork waits for what the store has begun, so that the child finds no lock taken.
_BEFORE_FORK_S = 1.0
#: How long the end of the interpreter waits for writes, and for calls that were told to stop: an
#: agent may take seconds to end.
_WRITTEN_S, _STOPPED_S = 10.0, 15.0


class _Job:
    """A piece of work, and the task that waits for it."""

    __slots__ = (
        *("context", "failed", "found", "future", "group", "is_awaited", "is_begun"),
        *("aside", "is_dropped", "is_given_up", "is_told", "key", "stop", "work"),
    )

    def __init__(
        self,
        work: Callable[[], Any],
        future: asyncio.Future[Any],
        key: Hashable,
        stop: Stop | None,
        group: Group | None,
        aside: Aside,
        *,
        is_awaited: bool,
    ) -> None:
        self.aside = aside
        self.group = group
        self.work, self.future, self.stop = work, future, stop
        self.key = object() if key is None else key
        self.is_awaited = is_awaited
        """Who gives it up waits for its end."""
        self.context = contextvars.copy_context()
        self.is_begun = self.is_dropped = self.is_given_up = self.is_told = False

        self.found: Any = None
        self.failed: BaseException | None = None

    def do(self) -> None:
        """In a thread."""
        try:
            self.found = self.context.run(self._work)
        except StopIteration as error:  # a future takes none
            self.failed = RuntimeError(f"{self.work} raised StopIteration")
            self.failed.__cause__ = error
        except BaseException as error:  # whatever it is, it is for who waits
            self.failed = error
        del (
            self.work,
            self.context,
            self.aside,
        )  # which know this job: no circle is left to be collected

    def _work(self) -> Any:
        ASIDE.set(self.aside)
        GIVEN_UP.set(lambda: self.is_given_up)
        return self.work()

    def tell(self, failed: BaseException | None = None) -> None:
        """Have the task hear of it in its loop. `failed`: what became of its group."""
        self.failed = self.failed or failed
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self.future.get_loop().call_soon_threadsafe(self._tell)

    def _tell(self) -> None:
        """In the loop, where `future` may be another one by now."""
        self.is_told = True
        if self.future.done():  # closed, or cancelled for a second time
            return
        if self.failed is None:
            self.future.set_result(self.found)
        else:
            self.future.set_exception(self.failed)

    async def ended(self) -> None:
        """Wait for its end, whatever becomes of it."""
        if self.is_told:  # in the moment in which the task was cancelled
            return
        self.future = self.future.get_loop().create_future()
        with contextlib.suppress(Exception):
            await self.future


class Pool:
    """Up to `most` threads, begun when there is work and ended when there was none for a while."""

    def __init__(self, name: str, most: int, idle_s: float = IDLE_S) -> None:
        self._name, self._most, self._idle_s = name, most, idle_s
        self._busy = most
        self._own = threading.local()
        self.begin()

    def begin(self) -> None:
        """Forget all: in a child that was forked, which has neither the threads nor the tasks."""
        # reentrant: the garbage collector may close a coroutine that waits, in the midst of this
        self._mutex = threading.RLock()
        self._more, self._calm = threading.Condition(self._mutex), threading.Condition(self._mutex)
        self._lines: dict[Hashable, deque[_Job]] = {}
        """Key -> what waits; a key is here for as long as it waits or is worked for."""
        self._ready: deque[Hashable] = deque()
        """Keys for which something waits and no thread is at work."""
        self._threads: set[threading.Thread] = set()
        self._idle = 0
        self._since: dict[threading.Thread, float] = {}
        """Since when each thread has been at work for a key."""
        self._at_work: set[_Job] = set()

    async def run(
        self,
        work: Callable[[], T],
        key: Hashable = None,
        stop: Stop | None = None,
        group: Group | None = None,
        *,
        is_awaited: bool = True,
    ) -> T:
        """What `work` returns or raises, done in a thread.

        `key`: work of one key is done in the order of these calls, never two at once; None: it
        stands for itself. `stop`: set when the task is cancelled while the work is under way.
        `group`: around work of one key that waits in line and has the same one, for what is less
        work when it is done together; what comes of it is told when the group has ended.
        `is_awaited`: False for work that nobody can stop and that may last.

        Raises `CancelledError` when the work was taken back or has ended; at once when it is not
        awaited, or the task is cancelled once more.
        """
        job = _Job(
            work, loop().create_future(), key, stop, group, self._aside, is_awaited=is_awaited
        )
        self._add(job)
        try:
            return await job.future  # type: ignore[no-any-return]
        except asyncio.CancelledError:
            if job.future.cancelled() and self._given_up(job) and is_awaited:
                await job.ended()
            raise
        except GeneratorExit:  # nobody goes on with this coroutine
            self._given_up(job)
            raise

    def limit(self, busy: int) -> None:
        """Let so many threads work at once from now on. One that waits for the disk does not count,
        nor one that is at work for long, as for a lock: another one works in its place, up to the
        most that there may be.
        """
        with self._mutex:
            self._busy = busy

    def threads(self) -> frozenset[threading.Thread]:
        """Those that there are now."""
        with self._mutex:
            return frozenset(self._threads)

    def at_work(self) -> int:
        """How much is under way that somebody waits for."""
        with self._mutex:
            return len(self._at_work)

    def stop(self) -> None:
        """Tell all that is under way to stop."""
        with self._mutex:
            stops = [job.stop for job in self._at_work if job.stop]
        for stop in stops:
            stop.set()

    def hold(self, wait_s: float) -> bool:
        """Let nothing begin until `release`, and wait for what has begun and is awaited. False: it
        goes on.
        """
        self._mutex.acquire()
        if getattr(self._own, "is_ours", False):  # work that forks: it cannot wait for itself
            return False
        return self._calm.wait_for(lambda: not self._at_work, wait_s)

    def release(self) -> None:
        """Let work begin again."""
        self._mutex.release()

    def _add(self, job: _Job) -> None:
        with self._mutex:
            if (line := self._lines.get(job.key)) is not None:
                line.append(job)
                return
            self._lines[job.key] = deque([job])
            self._ready.append(job.key)
            more = self._woken()
        self._start(more)

    def _woken(self) -> threading.Thread | None:
        """Have a thread look at what is ready: one that is idle, or a new one, to be started."""
        if self._idle:
            if len(self._ready) == 1 or self._has_room():
                self._more.notify()
            return None
        if not self._ready or len(self._threads) >= self._most:
            return None
        thread = threading.Thread(target=self._serve, name=self._name, daemon=True)
        self._threads.add(thread)
        return thread

    def _start(self, thread: threading.Thread | None) -> None:
        if thread is None:
            return
        try:
            thread.start()
        except RuntimeError:  # the interpreter ends, or the system has no more threads
            with self._mutex:
                self._threads.discard(thread)
                is_served = bool(self._threads)
            while not is_served and (key := self._next(0)) is not None:
                self._work(key)

    def _given_up(self, job: _Job) -> bool:
        """Whether the job has begun, and was told to stop; if not, it never begins."""
        with self._mutex:
            job.is_dropped = not job.is_begun
            job.is_given_up = True
        if job.stop and job.is_begun:
            job.stop.set()
        return job.is_begun

    def _serve(self) -> None:
        self._own.is_ours = True
        while (key := self._next(self._idle_s)) is not None:
            self._work(key)
            del key  # or it would be kept alive until there is more to do

    def _next(self, wait_s: float) -> Hashable:
        """A key to work for; None: there was none for so long, and this thread is to end."""
        me = threading.current_thread()
        with self._mutex:
            self._since.pop(me, None)
            while not (self._ready and self._has_room()):
                has_to_wait = bool(self._ready)
                self._idle += 1
                is_told = self._more.wait(self._held_up_in_s() if has_to_wait else wait_s)
                self._idle -= 1
                if not (is_told or has_to_wait or self._ready):
                    self._threads.discard(me)
                    return None
            self._since[me] = time.monotonic()
            key = self._ready.popleft()
            more = self._woken()  # which sees whether this one goes on
        self._start(more)
        return key

    @contextlib.contextmanager
    def _aside(self) -> Iterator[None]:
        """In a thread at work: let another one work while this one waits."""
        me = threading.current_thread()
        with self._mutex:
            since = self._since.pop(me, None)
            more = self._woken()
        self._start(more)
        try:
            yield
        finally:
            if since is not None:
                with self._mutex:
                    self._since[me] = time.monotonic()

    def _moving(self) -> int:
        """How many threads are at work and not held up."""
        latest = time.monotonic() - _HELD_UP_S
        return sum(since > latest for since in self._since.values())

    def _has_room(self) -> bool:
        return len(self._since) < self._busy or self._moving() < self._busy

    def _held_up_in_s(self) -> float:
        """Seconds until one more of those at work counts as held up."""
        now = time.monotonic()
        left = [since + _HELD_UP_S - now for since in self._since.values()]
        return min((one for one in left if one > 0), default=_HELD_UP_S)

    def _work(self, key: Hashable) -> None:
        """Do what is next for a key, which then stands behind the others."""
        job = self._begun(key)
        if job and job.group and self._lines[key]:
            self._work_together(key, job, job.group)
        elif job:
            job.do()
            self._told([job])
        with self._mutex:
            if self._lines[key]:
                self._ready.append(key)
            else:
                del self._lines[key]

    def _work_together(self, key: Hashable, first: _Job, group: Group) -> None:
        done = [first]
        failed: BaseException | None = None
        try:
            with group():
                first.do()
                while len(done) < _TOGETHER and (job := self._begun(key, group)):
                    done.append(job)
                    job.do()
        except BaseException as error:  # as of the work itself
            failed = error
        self._told(done, failed)

    def _begun(self, key: Hashable, group: Group | None = None) -> _Job | None:
        """The next job of a key; with a `group`, if it belongs to that or to none."""
        with self._mutex:
            line = self._lines[key]
            while line and line[0].is_dropped:
                line.popleft()
            if not line or (group and line[0].group not in (None, group)):
                return None
            job = line.popleft()
            job.is_begun = True
            if job.is_awaited:
                self._at_work.add(job)
            return job

    def _told(self, done: list[_Job], failed: BaseException | None = None) -> None:
        with self._mutex:  # first, so that no task has ended of which something is at work
            self._at_work.difference_update(done)
            if not self._at_work:
                self._calm.notify_all()
        for job in done:
            job.tell(failed)


STORE = Pool("ai-sessions store", STORE_AT_ONCE)
CALLS = Pool("ai-sessions calls", CALLS_AT_ONCE)


async def run(
    work: Callable[..., T],
    /,
    *args: Any,
    key: Hashable = None,
    group: Group | None = None,
    **kwargs: Any,
) -> T:
    """`work` in a thread for the store, as `Pool.run`."""
    return await STORE.run(functools.partial(work, *args, **kwargs), key, group=group)


async def call(work: Callable[[], T], stop: Stop | None = None) -> T:
    """`work` in a thread for calls. `stop` ends it when the task is cancelled, which waits for that
    end; without one the task ends at once, and the thread with the work.
    """
    return await CALLS.run(work, stop=stop, is_awaited=stop is not None)


def loop() -> asyncio.AbstractEventLoop:
    """The one that is running. Raises `UsageError` when there is none."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        raise UsageError(
            "no event loop of asyncio is running", "without one, use ai_sessions.sync"
        ) from None


def _before_fork() -> None:
    STORE.hold(_BEFORE_FORK_S)
    CALLS.hold(0)


def _after_fork() -> None:
    CALLS.release()
    STORE.release()


def _in_child() -> None:
    CALLS.begin()
    STORE.begin()


def _at_exit() -> None:
    """Agents end with the program that asked them, and what was begun is written."""
    CALLS.stop()
    for pool, wait_s in ((CALLS, _STOPPED_S), (STORE, _WRITTEN_S)):
        pool.hold(wait_s)
        pool.release()


os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_in_child)
atexit.register(_at_exit)
