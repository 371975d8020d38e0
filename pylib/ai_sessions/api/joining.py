"""What is written to a connection in one turn of the loop goes out in one send.

uvicorn writes head and body of an answer one after the other. Each send lets go of the interpreter,
and gets it back only when a thread of the store does the same: under load that is most of what the
loop waits for.
"""

from __future__ import annotations

import asyncio
from typing import Any

#: Bytes that are sent without waiting for more: the transport has to see what piles up in it.
_MOST = 64 << 10


class Joined:
    """A transport that joins what is written to it."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._pieces: list[bytes] = []
        self._length = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Send it in the next turn of the loop, or with the next `flush`."""
        if not data:
            return
        if not self._pieces:
            self._loop.call_soon(self.flush)
        self._pieces.append(data)
        self._length += len(data)
        if self._length > _MOST:
            self.flush()

    def flush(self) -> None:
        """Send now what was written."""
        if self._pieces:
            joined = b"".join(self._pieces)
            self._forget()
            self._transport.write(joined)

    def close(self) -> None:
        """Send what was written, then close."""
        self.flush()
        self._transport.close()

    def write_eof(self) -> None:
        """Send what was written, and that nothing follows."""
        self.flush()
        self._transport.write_eof()

    def abort(self) -> None:
        """Close at once; what was not sent is lost."""
        self._forget()
        self._transport.abort()

    def _forget(self) -> None:
        self._pieces, self._length = [], 0
