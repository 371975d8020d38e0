"""A thread of the library's own that looks after calls of models which are under way.

A stream that nobody finishes is found out about by the garbage collector, at a moment at which no
lock may be taken: its end is put into a line, and this thread does it. A call that lasts is put on
record as under way, so that a process which is killed leaves its question. The thread begins with
the first call and ends when there was none for a while.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Protocol

#: A call that lasts longer is put on record as under way.
LASTS_S = 1.0
#: How often the thread looks for such calls, and how long it lives without any.
_LOOKS_S, _IDLE_S = 0.5, 5.0
#: How long a fork and the end of the interpreter wait for what the thread has begun.
_BEFORE_FORK_S, _AT_EXIT_S = 1.0, 10.0

End = Callable[[], None]


class Watched(Protocol):
    """A call under way."""

    def lasts(self) -> None:
        """It is under way for `LASTS_S`. Called once, in the thread."""
        ...

    def closed(self) -> None:
        """The program ends, and the call with it."""
        ...


class Watch:
    """Safe to use from several threads; `left` also from a finalizer."""

    def __init__(self) -> None:
        self._fork = threading.local()
        self.begin()

    def begin(self) -> None:
        """Forget all: in a child that was forked, whose parent's calls are the parent's."""
        self._left: SimpleQueue[End] = SimpleQueue()
        self._under_way: dict[Watched, list[float]] = {}
        """Calls -> when they began; nothing for those that are on record as lasting."""
        self._mutex = threading.Lock()
        self._at_work = threading.Lock()
        """Held while something is done in the thread."""
        self._thread: threading.Thread | None = None

    def add(self, call: Watched) -> None:
        """It is under way from now."""
        self._under_way[call] = [time.monotonic()]
        if self._thread is None:
            self._serve()

    def remove(self, call: Watched) -> None:
        """It has ended."""
        self._under_way.pop(call, None)

    def has(self, call: Watched) -> bool:
        return call in self._under_way

    def left(self, end: End) -> None:
        """Have the end of a call done soon. It takes no lock."""
        self._left.put(end)

    def later(self, end: End) -> None:
        """The same for who may take locks, of a call that is not under way any more."""
        self._left.put(end)
        self._serve()

    def settle(self) -> None:
        """Do now what was left."""
        with suppress(Empty):
            while True:
                _done(self._left.get_nowait())

    def close(self) -> None:
        """The interpreter ends: all calls do."""
        if self._at_work.acquire(timeout=_AT_EXIT_S):
            self._at_work.release()
        self.settle()
        for call in tuple(self._under_way):
            _done(call.closed)

    def hold(self) -> None:
        """Let nothing begin until `release`: a child that is forked finds no lock taken."""
        self._fork.is_held = self._at_work.acquire(timeout=_BEFORE_FORK_S)

    def release(self) -> None:
        if self._fork.is_held:
            self._at_work.release()

    def _serve(self) -> None:
        with self._mutex:
            if self._thread is not None:
                return
            self._thread = threading.Thread(
                target=self._work, name="ai-sessions calls under way", daemon=True
            )
            with suppress(RuntimeError):  # no more threads, or the interpreter ends: see `close`
                self._thread.start()
                return
            self._thread = None

    def _work(self) -> None:
        idle_since = time.monotonic()
        while True:
            end = self._next()
            with self._at_work:
                if end is not None:
                    _done(end)
                self._tell_those_that_last()
            if end is not None or self._under_way:
                idle_since = time.monotonic()
            elif time.monotonic() - idle_since >= _IDLE_S and self._is_over():
                return

    def _next(self) -> End | None:
        with suppress(Empty):
            return self._left.get(timeout=_LOOKS_S)
        return None

    def _tell_those_that_last(self) -> None:
        before = time.monotonic() - LASTS_S
        for call, began in tuple(self._under_way.items()):
            if began and began[0] <= before:
                began.clear()
                _done(call.lasts)

    def _is_over(self) -> bool:
        """Whether the thread may end: nothing has come meanwhile."""
        with self._mutex:
            if self._under_way or not self._left.empty():
                return False
            self._thread = None
            return True


def _done(end: End) -> None:
    try:
        end()
    except Exception as error:  # there is nobody else to hear it
        logging.getLogger("ai_sessions").warning("a call is not on record: %s", error)


WATCH = Watch()
os.register_at_fork(before=WATCH.hold, after_in_parent=WATCH.release, after_in_child=WATCH.begin)
atexit.register(WATCH.close)
