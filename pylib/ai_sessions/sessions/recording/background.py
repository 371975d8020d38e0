"""The one thread of a process that writes recorded files.

A session that is noted again and again is written now and then, and once more at the end: between
two writes of it are a multiple of the time that the last one took, so that a session may be long
and its calls quick without the program noticing.
"""

from __future__ import annotations

import atexit
import os
import threading
import time
from collections.abc import Callable, Hashable

#: Seconds between two writes of one session: at least, and as a multiple of what one took.
PAUSE_S, _TIMES = 0.25, 20
#: After so many seconds without work the thread ends.
_IDLE_S = 1.0
#: How long the end of the interpreter waits for what is to be written.
AT_EXIT_S = 10.0

Work = Callable[[], None]


class Background:
    """Work by its key: what waits already is not added again. Safe to use from any thread."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Forget all: in a child that was forked, whose parent does what was added there."""
        self._changed = threading.Condition()
        self._waiting: dict[Hashable, Work] = {}
        self._earliest: dict[Hashable, float] = {}
        """When the next turn of a key may begin, for keys that had one lately."""
        self._at_work = False
        self._hurried = 0
        """How many wait for the end of all work."""
        self._thread: threading.Thread | None = None
        self._is_over = False

    def add(self, key: Hashable, work: Work) -> None:
        """Have it done by and by; at once when there can be no thread, as at the end of the
        interpreter. `work` raises nothing.
        """
        with self._changed:
            if not self._is_over and self._has_thread():
                self._waiting[key] = work
                self._changed.notify_all()
                return
        work()

    def _has_thread(self) -> bool:
        """Begins one when there is none. With the lock, so that it finds what it is begun for."""
        if self._thread is None:
            thread = threading.Thread(target=self._run, name="recorder", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # the system gives no more
                return False
            self._thread = thread
        return True

    def finish(self, timeout_s: float) -> bool:
        """Do all that was added, without pauses; False when that takes longer."""
        with self._changed:
            self._hurried += 1
            self._changed.notify_all()
            try:
                return self._changed.wait_for(self._is_done, timeout_s)
            finally:
                self._hurried -= 1

    def end(self) -> None:
        """As `finish`; what is added from now on is done at once."""
        self.finish(AT_EXIT_S)
        self._is_over = True

    def _is_done(self) -> bool:
        return not self._waiting and not self._at_work

    def _run(self) -> None:
        with self._changed:
            try:
                self._work()
            finally:
                self._thread = None

    def _work(self) -> None:
        """With the lock: until there was nothing to do for a while."""
        idle_since = time.monotonic()
        while True:
            now = time.monotonic()
            key, pause_s = self._next(now)
            if self._waiting and (pause_s <= 0 or self._hurried):
                self._do(key)
                idle_since = time.monotonic()
            elif self._waiting or now - idle_since < _IDLE_S:
                self._changed.wait(pause_s)
            else:
                return

    def _next(self, now: float) -> tuple[Hashable, float]:
        """What is to be done next, and in how many seconds."""
        if not self._waiting:
            return None, _IDLE_S
        key = min(self._waiting, key=lambda one: self._earliest.get(one, 0.0))
        return key, self._earliest.get(key, 0.0) - now

    def _do(self, key: Hashable) -> None:
        """With the lock, which is free for as long as the work takes."""
        work = self._waiting.pop(key)
        self._at_work = True
        self._changed.release()
        began = time.monotonic()
        try:
            work()
        finally:
            ended = time.monotonic()
            self._changed.acquire()
            self._at_work = False
            self._earliest = {one: at for one, at in self._earliest.items() if at > ended}
            self._earliest[key] = ended + max(PAUSE_S, _TIMES * (ended - began))
            self._changed.notify_all()


background = Background()
os.register_at_fork(after_in_child=background.begin)
atexit.register(background.end)
