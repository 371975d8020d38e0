"""How one thread ends what another waits for: commands by an event, locks by a question."""

import contextlib
import contextvars
import os
import threading
import time
from collections.abc import Callable, Iterator

#: Whether anybody still waits for the work of this context; None: nobody can give it up.
GIVEN_UP: contextvars.ContextVar[Callable[[], bool] | None]
GIVEN_UP = contextvars.ContextVar("given_up", default=None)


@contextlib.contextmanager
def going_on(seconds: float) -> Iterator[None]:
    """Let the work of this context wait for locks for so long after it was given up: what was paid
    for is to be put on record.
    """
    given_up = GIVEN_UP.get()
    if given_up is None:
        yield
        return
    since: list[float] = []

    def is_over() -> bool:
        if not given_up():
            return False
        since[:] = since or [time.monotonic()]
        return time.monotonic() - since[0] > seconds

    token = GIVEN_UP.set(is_over)
    try:
        yield
    finally:
        GIVEN_UP.reset(token)


class Stop(threading.Event):
    """Ends the commands that were given it, when another thread sets it. It stays set."""

    def __init__(self) -> None:
        super().__init__()
        self._wakes: set[int] = set()
        self._guard = threading.Lock()

    def set(self) -> None:
        with self._guard:
            super().set()
            for fd in self._wakes:
                os.write(fd, b"s")

    @contextlib.contextmanager
    def wakes(self) -> Iterator[int]:
        """A descriptor that can be read from once it is set."""
        reads, writes = os.pipe()
        try:
            with self._guard:
                self._wakes.add(writes)
                if self.is_set():
                    os.write(writes, b"s")
            yield reads
        finally:
            with self._guard:
                self._wakes.discard(writes)
            os.close(reads)
            os.close(writes)
