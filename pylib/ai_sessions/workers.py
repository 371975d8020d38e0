"""Worker processes: objects in processes of their own, where threads would take turns.

Processes are forked, so an object takes all that it refers to along; questions and answers go
through pipes. Where forking is not safe (macOS) or not worth it there is one object, here.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, TypeVar

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

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

    def __init__(self, thing: T, pipe: Connection) -> None:
        super().__init__(thing)
        self._pipe = pipe
        self._asked = 0
        self._answers: list[tuple[bool, Any]] = []

    def ask(
        self, method: Callable[Concatenate[T, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> Callable[[], R]:
        with contextlib.suppress(BrokenPipeError):  # it is gone: whoever wants the answer hears it
            self._pipe.send((method, args, kwargs))
        number = self._asked
        self._asked += 1
        return lambda: self._answer(number)

    def _answer(self, number: int) -> Any:
        """Raises `ChildProcessError` when the process has ended without one."""
        try:
            while len(self._answers) <= number:
                self._answers.append(self._pipe.recv())
        except (EOFError, ConnectionResetError) as error:
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
    from multiprocessing import get_context

    forking = get_context("fork")
    pipes = [forking.Pipe() for _ in things]
    theirs = [pipe for _mine, pipe in pipes]
    mine = [pipe for pipe, _theirs in pipes]
    processes = [
        forking.Process(target=_serve, args=(thing, pipe, [*mine, *theirs]), daemon=True)
        for thing, pipe in zip(things, theirs, strict=True)
    ]
    try:
        for process in processes:
            process.start()
        for pipe in theirs:
            pipe.close()
        yield [_ForkedWorker(thing, pipe) for thing, pipe in zip(things, mine, strict=True)]
    except BaseException:
        for process in processes:
            if process.pid:
                process.kill()
        raise
    finally:
        for pipe in mine:
            pipe.close()
        for process in processes:
            if process.pid:
                process.join()


def _serve(thing: Any, pipe: Connection, all_pipes: list[Connection]) -> None:
    """Answer until nobody asks any more; who interrupts the command ends us from there."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    for one in all_pipes:
        if one is not pipe:
            one.close()
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            method, args, kwargs = pipe.recv()
            try:
                told = (True, method(thing, *args, **kwargs))
            except Exception as error:
                told = (False, error)
            pipe.send(told)
