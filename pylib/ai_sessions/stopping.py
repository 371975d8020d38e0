"""The event by which one thread ends the commands that others wait for."""

import contextlib
import os
import threading
from collections.abc import Iterator


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
