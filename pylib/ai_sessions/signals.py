"""Signals that stop a command (Ctrl-C, SIGTERM, a closed terminal), deferred for a moment."""

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

#: What people and systems stop a command with.
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextlib.contextmanager
def deferred() -> Iterator[None]:
    """Deliver them after the body; those that are ignored stay ignored.

    For starting a process, so that none is ever running without an owner who would end it.
    """
    came: list[int] = []
    before: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        for number in STOPPING:
            if signal.getsignal(number) is not signal.SIG_IGN:
                before[number] = signal.signal(number, lambda number, _frame: came.append(number))
    try:
        yield
    finally:
        for known, handler in before.items():
            signal.signal(known, handler if handler is not None else signal.SIG_DFL)
        for one in came:
            signal.raise_signal(one)


@contextlib.contextmanager
def on_interrupt(handler: Callable[[int, FrameType | None], Any]) -> Iterator[None]:
    """Let `handler` hear Ctrl-C for the length of the body; where it is ignored, it stays so."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.SIG_IGN:
        yield
        return
    signal.signal(signal.SIGINT, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
