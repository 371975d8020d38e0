"""What a command says, within bounds: its lines, or the beginning and the end of all of it."""

from collections.abc import Iterator
from dataclasses import field

from ai_sessions.lazy_dataclasses import dataclass


class Lines:
    """Bytes in, lines out. What has no end yet waits; a line over `longest` comes in pieces."""

    def __init__(self, longest: int) -> None:
        self._held = bytearray()
        self._longest = longest

    def add(self, data: bytes) -> Iterator[bytes]:
        start = len(self._held)
        self._held += data
        while (end := self._held.find(b"\n", start)) >= 0:
            yield from self._pieces(end)
            del self._held[:1]
            start = 0
        yield from self._pieces(len(self._held) // self._longest * self._longest)

    def rest(self) -> bytes:
        return bytes(self._held)

    def _pieces(self, size: int) -> Iterator[bytes]:
        while size > 0:
            piece = bytes(self._held[: min(size, self._longest)])
            del self._held[: len(piece)]
            size -= len(piece)
            yield piece


@dataclass(slots=True)
class Ends:
    """The first and the last bytes of an output; what lies between is counted only."""

    limit: int
    head: bytearray = field(default_factory=bytearray)
    tail: bytearray = field(default_factory=bytearray)
    dropped: int = 0

    def add(self, chunk: bytes) -> None:
        room = self.limit // 2 - len(self.head)
        if room > 0:
            self.head += chunk[:room]
            chunk = chunk[room:]
        self.tail += chunk
        if len(self.tail) > self.limit:
            self._trim()

    def whole(self) -> bytes:
        if len(self.tail) > self.limit // 2:
            self._trim()
        return bytes(self.head + self.gap() + self.tail)

    def gap(self) -> bytes:
        """Says how much was left out; empty when nothing was."""
        return f"\n[... {self.dropped} bytes left out ...]\n".encode() if self.dropped else b""

    def _trim(self) -> None:
        excess = len(self.tail) - self.limit // 2
        del self.tail[:excess]
        self.dropped += excess
