"""What a thread writes piece by piece, as a stream that waits for its reader."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

from ai_sessions import threads
from ai_sessions.errors import AiSessionsError
from ai_sessions.stopping import Stop

Write = Callable[[str], object]
#: Characters that are handed over at once, and how many such pieces may wait for the reader.
_PIECE, _AHEAD = 64 << 10, 4
#: Seconds between two looks at whether anybody still reads.
_LOOK_S = 0.2


class _Left(AiSessionsError):
    """Nobody reads any more."""


class _Pipe:
    """From a thread to the loop in which it was made."""

    def __init__(self) -> None:
        self.stop = Stop()
        self._loop = asyncio.get_running_loop()
        self._pieces: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._room = threading.Semaphore(_AHEAD)
        self._begun: list[str] = []
        self._size = 0

    def write(self, text: str) -> None:
        """In the thread. Raises `_Left`."""
        self._begun.append(text)
        self._size += len(text)
        if self._size >= _PIECE:
            self.flush()

    def flush(self) -> None:
        while not self._room.acquire(timeout=_LOOK_S):
            if self.stop.is_set():
                break
        if self.stop.is_set():
            raise _Left("the reader is gone")
        piece = "".join(self._begun).encode("utf-8", "replace")
        self._begun, self._size = [], 0
        self._loop.call_soon_threadsafe(self._pieces.put_nowait, piece)

    def end(self) -> None:
        """In the loop: nothing more comes."""
        self._pieces.put_nowait(None)

    async def next(self) -> bytes | None:
        """None: that was all."""
        found = await self._pieces.get()
        self._room.release()
        return found


async def pushed(work: Callable[[Write], object]) -> AsyncIterator[bytes]:
    """What `work` writes, in a thread for calls. Raises what it raises, after what was written by
    then. Closing it ends the work at its next piece.
    """
    pipe = _Pipe()

    def all_of_it() -> None:
        work(pipe.write)
        pipe.flush()

    task = asyncio.ensure_future(threads.call(all_of_it, pipe.stop))
    task.add_done_callback(lambda _task: pipe.end())
    try:
        while (piece := await pipe.next()) is not None:
            yield piece
        await task
    finally:
        pipe.stop.set()
        with suppress(AiSessionsError, asyncio.CancelledError):
            await task
