"""A client of HTTP/1.1 that costs little beside what it measures: in an event loop, or without one.
Used by `test/bench/api`.
"""

import asyncio
import json
import socket
import time
from typing import Any

#: A connection that was not used for so long is opened anew, as clients do: its server may be about
#: to close it.
_IDLE_S = 5.0
Reply = tuple[int, dict[str, str], bytes]


class Cut(ConnectionError):
    """The connection ended before the answer was there."""


def head(method: str, path: str, token: str, body: bytes | None, once: str = "") -> bytes:
    """A request as it is sent, to a server whose Host is 127.0.0.1:PORT."""
    lines = [f"{method} {path.partition(' ')[0]} HTTP/1.1", f"authorization: Bearer {token}"]
    if once:
        lines.append(f"idempotency-key: {once}")
    if body is not None:
        lines += ["content-type: application/json", f"content-length: {len(body)}"]
    return "\r\n".join(lines).encode()


def encoded(value: object) -> bytes | None:
    return None if value is None else json.dumps(value).encode()


def parsed(raw: bytes) -> tuple[int, dict[str, str]]:
    """Status and headers of an answer's head."""
    first, *lines = raw.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines if line)
    return int(first.split(" ", 2)[1]), {name.lower(): text.strip() for name, _, text in pairs}


class Link:
    """One connection that is kept, in an event loop."""

    def __init__(self, port: int, token: str) -> None:
        self.port, self.token = port, token
        self._used = 0.0
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, method: str, path: str, value: object = None, once: str = "") -> Reply:
        """Raises `Cut`, `OSError` when nobody listens."""
        if self._streams is not None and time.monotonic() - self._used > _IDLE_S:
            self.close()
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self._streams
        body = encoded(value)
        start = head(method, path, self.token, body, once)
        writer.write(b"%s\r\nhost: 127.0.0.1:%d\r\n\r\n%s" % (start, self.port, body or b""))
        try:
            status, headers = parsed((await reader.readuntil(b"\r\n\r\n"))[:-4])
            found = await reader.readexactly(int(headers.get("content-length", "0")))
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            self.close()
            raise Cut(str(error)) from error
        self._used = time.monotonic()
        if headers.get("connection") == "close":
            self.close()
        return status, headers, found

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


class Line:
    """One connection that is kept, without an event loop."""

    def __init__(self, port: int, token: str) -> None:
        self.port, self.token = port, token
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, method: str, path: str, value: object = None) -> Reply:
        """Raises `Cut`, `OSError`."""
        body = encoded(value)
        start = head(method, path, self.token, body)
        self._socket.sendall(
            b"%s\r\nhost: 127.0.0.1:%d\r\n\r\n%s" % (start, self.port, body or b"")
        )
        raw = b""
        while b"\r\n\r\n" not in raw:
            raw += self._more()
        first, _, rest = raw.partition(b"\r\n\r\n")
        status, headers = parsed(first)
        while len(rest) < int(headers.get("content-length", "0")):
            rest += self._more()
        return status, headers, rest

    def json(self, method: str, path: str, value: object = None) -> Any:
        """What was answered; ends the program when it is a failure."""
        status, _headers, body = self.ask(method, path, value)
        if status >= 400:
            raise SystemExit(f"{method} {path}: {status} {body.decode()[:300]}")
        return json.loads(body) if body else None

    def _more(self) -> bytes:
        if not (piece := self._socket.recv(1 << 16)):
            raise Cut("the server closed the connection")
        return piece

    def close(self) -> None:
        self._socket.close()
