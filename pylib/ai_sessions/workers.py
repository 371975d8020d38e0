"""Worker processes: objects in processes of their own, where threads would take turns.

Processes are forked, so an object takes all that it refers to along; questions and answers go
through pipes. Where forking is not safe (macOS) or not worth it there is one object, here. What
only waits, for a disk, is done in threads.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

T = TypeVar("T")
R = TypeVar("R")
P = ParamSpec("P")


class Worker(Generic[T]):
    """An object in this process: what is asked is done at once."""

    def __init__(self, thing: T) -> None:
        self._thing = thing

    def ask(
        self, method: Callable[Concatenate[T, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> Callable[[], R]:
        """Have `method` of the object called; what comes back waits for its result, and raises
        what it raised."""
        found = method(self._thing, *args, **kwargs)
        return lambda: found


class _ForkedWorker(Worker[T]):
    """An object in a process of its own, which does what it is asked one thing after another."""

    def __init__(self, thing: T, pid: int, pipe: Pipe) -> None:
        super().__init__(thing)
        self.pid, self.pipe = pid, pipe
        self._asked = 0
        self._answers: list[tuple[bool, Any]] = []

    def ask(
        self, method: Callable[Concatenate[T, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> Callable[[], R]:
        with contextlib.suppress(BrokenPipeError):  # it is gone: whoever wants the answer hears it
            self.pipe.send((method, args, kwargs))
        number = self._asked
        self._asked += 1
        return lambda: self._answer(number)

    def _answer(self, number: int) -> Any:
        """Raises `ChildProcessError` when the process has ended without one."""
        try:
            while len(self._answers) <= number:
                self._answers.append(self.pipe.receive())
        except EOFError as error:
            raise ChildProcessError("a process of this command was killed") from error
        is_good, found = self._answers[number]
        if not is_good:
            raise found
        return found


def cores() -> int:
    """So many objects can work at the same time."""
    if sys.platform != "linux":
        return 1
    return len(os.sched_getaffinity(0))


@contextlib.contextmanager
def started(things: list[T]) -> Iterator[list[Worker[T]]]:
    """A worker for each thing, ended with the body; a thing alone stays in this process."""
    if len(things) < 2:
        yield [Worker(thing) for thing in things]
        return
    workers: list[_ForkedWorker[T]] = []
    try:
        for thing in things:
            workers.append(_forked(thing, [one.pipe for one in workers]))
        yield list(workers)
    except BaseException:
        for worker in workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker.pid, signal.SIGKILL)
        raise
    finally:
        for worker in workers:
            worker.pipe.close()
        for worker in workers:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(worker.pid, 0)


def _forked(thing: T, others: list[Pipe]) -> _ForkedWorker[T]:
    """`others`: pipes to workers that were started before, which this one must not hold open."""
    ask, answer = os.pipe(), os.pipe()
    pid = os.fork()
    if pid:
        os.close(ask[0])
        os.close(answer[1])
        return _ForkedWorker(thing, pid, Pipe(answer[0], ask[1]))
    try:
        for pipe in (*others, Pipe(answer[0], ask[1])):
            pipe.close()
        _serve(thing, Pipe(ask[0], answer[1]))
    finally:
        os._exit(0)


def _serve(thing: Any, pipe: Pipe) -> None:
    """Answer until nobody asks any more; who interrupts the command ends us from there."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            method, args, kwargs = pipe.receive()
            try:
                told = (True, method(thing, *args, **kwargs))
            except Exception as error:
                told = (False, error)
            pipe.send(told)


@contextlib.contextmanager
def meanwhile(do: Callable[[T], None], at_once: int) -> Iterator[Callable[[T], None]]:
    """Gives a function that has `do` called in the background, for what waits and does not compute;
    all of it is done after the body. Raises the first error of it.
    """
    waiting: queue.SimpleQueue[T | None] = queue.SimpleQueue()
    errors: list[Exception] = []

    def work() -> None:
        while (thing := waiting.get()) is not None:
            try:
                do(thing)
            except Exception as error:  # for who waits at the end
                errors.append(error)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(at_once)]
    for thread in threads:
        thread.start()
    try:
        yield waiting.put
    finally:
        for _ in threads:
            waiting.put(None)
        for thread in threads:
            thread.join()
    for error in errors:
        raise error


class Pipe:
    """Objects to and from another process."""

    def __init__(self, read: int, write: int) -> None:
        self._read, self._write = os.fdopen(read, "rb"), os.fdopen(write, "wb")

    def send(self, thing: Any) -> None:
        """Raises `BrokenPipeError` when the other process is gone."""
        pickle.dump(thing, self._write, pickle.HIGHEST_PROTOCOL)
        self._write.flush()

    def receive(self) -> Any:
        """Raises `EOFError` when the other process is gone."""
        try:
            return pickle.load(self._read)  # noqa: S301 (from our own process)
        except pickle.UnpicklingError as error:
            raise EOFError("it ended in the middle of an answer") from error

    def close(self) -> None:
        """What is left to send is for nobody."""
        with contextlib.suppress(BrokenPipeError):
            self._write.close()
        self._read.close()
