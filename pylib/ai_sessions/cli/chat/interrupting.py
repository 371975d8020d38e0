"""Ctrl-C while somebody answers: it stops the answer, not the program."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from ai_sessions import signals
from ai_sessions.stopping import Stop

if TYPE_CHECKING:
    from types import FrameType


class Interruption:
    """The first Ctrl-C once an answer is under way sets `stop`; any other raises as ever.

    Before that there is nothing to stop but our own waiting, for a lock for example.
    """

    def __init__(self) -> None:
        self.stop = Stop()
        self._is_answering = self._came = False

    @property
    def came(self) -> bool:
        """The answer was stopped."""
        return self._came

    def answering(self) -> None:
        """From here on there is an answer that can be stopped."""
        self._is_answering = True

    def heard(self) -> AbstractContextManager[None]:
        """Mind Ctrl-C for the length of a `with` body."""
        return signals.on_interrupt(self._interrupted)

    def _interrupted(self, _number: int, _frame: FrameType | None) -> None:
        if self._came or not self._is_answering:
            raise KeyboardInterrupt
        self._came = True
        # another thread: this one may hold the lock of `stop` right now
        threading.Thread(target=self.stop.set, daemon=True).start()


@contextlib.contextmanager
def keys_unseen() -> Iterator[None]:
    """What is typed meanwhile is not shown in the middle of an answer; it waits for the prompt."""
    import termios

    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    silent: list[Any] = list(before)
    silent[3] &= ~termios.ECHO
    termios.tcsetattr(terminal, termios.TCSANOW, silent)
    try:
        yield
    finally:
        with contextlib.suppress(termios.error):  # it was closed meanwhile
            termios.tcsetattr(terminal, termios.TCSANOW, before)
