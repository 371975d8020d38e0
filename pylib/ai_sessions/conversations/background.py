"""Work that nobody waits for, each kind of it once at a time: summaries that a model writes.

Threads begin with the first piece of work and end with the last. They are not daemons, so that a
program that ends lets what was paid for come to its end; what has not begun by then is left, and
done when it is asked for again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

#: Most pieces of work at the same time.
AT_ONCE = 4


class Background:
    """`do` is called with each name that is added; a name that waits already is not added again."""

    def __init__(
        self,
        do: Callable[[str], object],
        on_error: Callable[[Exception], None] = lambda _error: None,
        at_once: int = AT_ONCE,
    ) -> None:
        self._do, self._on_error, self._at_once = do, on_error, at_once
        self._mutex = threading.Lock()
        self._waiting: dict[str, None] = {}
        self._working: dict[str, threading.Thread] = {}

    def add(self, name: str) -> None:
        """Have it done, by and by."""
        with self._mutex:
            self._waiting[name] = None
            self._begin()

    def begin(self, name: str) -> bool:
        """The same, unless it waits or is under way; False: then it does."""
        with self._mutex:
            if name in self._waiting or name in self._working:
                return False
            self._waiting[name] = None
            self._begin()
            return True

    def finish(self) -> None:
        """Wait until all that was added is done."""
        while threads := self._threads():
            for thread in threads:
                thread.join()

    def _threads(self) -> list[threading.Thread]:
        """Those that work; each has begun, since it is made and begun under the lock."""
        with self._mutex:
            return list(self._working.values())

    def _begin(self) -> None:
        """Begin what waits and is not under way, as far as there is room for it."""
        for name in [one for one in self._waiting if one not in self._working]:
            if len(self._working) >= self._at_once or not threading.main_thread().is_alive():
                return
            del self._waiting[name]
            thread = threading.Thread(target=self._work, args=(name,), name=f"summary of {name}")
            self._working[name] = thread
            thread.start()

    def _work(self, name: str) -> None:
        try:
            self._do(name)
        except Exception as error:  # there is nobody else to hear it
            self._on_error(error)
        finally:
            with self._mutex:
                del self._working[name]
                self._begin()
