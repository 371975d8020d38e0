"""Ctrl-C, SIGTERM and a closed terminal, held back while something must not be torn apart."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import Any

#: What people and systems stop a command with.
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextlib.contextmanager
def held_back() -> Iterator[None]:
    """Delays them until after the body; what is ignored stays ignored.

    Around starting a process, so that none is ever running without an owner who would end it.
    """
    held: list[int] = []
    before: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        for number in STOPPING:
            if signal.getsignal(number) is not signal.SIG_IGN:
                before[number] = signal.signal(number, lambda came, _frame: held.append(came))
    try:
        yield
    finally:
        for known, handler in before.items():
            signal.signal(known, handler if handler is not None else signal.SIG_DFL)
        for came in held:
            signal.raise_signal(came)
