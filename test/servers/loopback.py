"""A model server for tests: scripted turns on a loopback port, every request written down.

What an API looks like on the wire is told by the modules beside this one; here is only the server.
Nothing leaves the machine and no key is checked.
"""

import argparse
import contextlib
import json
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Protocol

Body = dict[str, Any]


@dataclass(frozen=True)
class Turn:
    """What the model does with one request."""

    text: str = "OK"
    tools: Sequence[Mapping[str, Any]] = ()
    """Tools it wants used, as `{"name": …, "input": {…}}`."""
    usage: Mapping[str, Any] | None = None
    """In the API's own form; None: its usual figures; empty: none is sent."""
    status: int = 200
    error: str = ""
    """Message of a status above 399."""
    kind: str = ""
    """The API's name of the error; empty: the usual one of the status."""
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: str | None = None
    """Sent in place of the API's own form."""
    cut_after: int | None = None
    """Pieces that are sent before the connection is dropped."""
    hang_after: int | None = None
    """Pieces that are sent before it says nothing more; 0: not even headers."""
    stop: str = ""
    """Why it stopped, in the API's own words; empty: it was done."""


@dataclass(frozen=True)
class Seen:
    """A request as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Body


Script = Sequence[Turn] | Callable[[Body], Turn]


class Api(Protocol):
    """How an API looks on the wire."""

    def takes_turn(self, seen: Seen) -> bool:
        """Whether this request is answered from the script."""
        ...

    def pieces(self, turn: Turn, seen: Seen) -> tuple[str, list[bytes]]:
        """Content type and body of an answer, in the pieces it is streamed in."""
        ...

    def failure(self, turn: Turn) -> Body: ...

    def aside(self, seen: Seen) -> tuple[int, Body]:
        """Status and body for a request that is no turn (lists of models, token counts)."""
        ...


class Server:
    """Use as a context manager; `url` is its address without a path."""

    def __init__(
        self, api: Api, script: Script = (), log: Path | None = None, port: int = 0
    ) -> None:
        """Turns of a sequence are used up one a request; afterwards the answer is `OK`."""
        self.seen: list[Seen] = []
        """Requests that took a turn, in order."""
        self.came = threading.Event()
        """Set once there was one."""
        self._api, self._script, self._log = api, script, log
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._http = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self._http.daemon_threads = True
        self._http.block_on_close = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self) -> "Server":
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stopping.set()
        self._http.shutdown()
        self._http.server_close()

    def turn_of(self, number: int, seen: Seen) -> Turn:
        """What is done with the request of this number, from 0; called for one at a time."""
        if callable(self._script):
            return self._script(seen.body)
        return self._script[number] if number < len(self._script) else Turn()

    def _turn(self, seen: Seen) -> Turn:
        with self._lock:
            self.seen.append(seen)
            self.came.set()
            return self.turn_of(len(self.seen) - 1, seen)

    def _note(self, seen: Seen) -> None:
        if self._log:
            line = json.dumps(
                {"method": seen.method, "path": seen.path, "headers": seen.headers}
                | {"body": seen.body}
            )
            with self._lock, self._log.open("a", encoding="utf-8") as file:
                file.write(line + "\n")

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                server._serve(self)

            do_GET = do_HEAD = do_POST  # noqa: N815

            def log_message(self, *_words: Any) -> None:
                pass

        return Handler

    def _serve(self, http: BaseHTTPRequestHandler) -> None:
        seen = _seen(http)
        self._note(seen)
        with contextlib.suppress(OSError):
            if not self._api.takes_turn(seen):
                status, body = self._api.aside(seen)
                _send(http, status, {}, json.dumps(body).encode())
                return
            self._play(http, seen, self._turn(seen))

    def _play(self, http: BaseHTTPRequestHandler, seen: Seen, turn: Turn) -> None:
        if turn.status >= 400:
            body = turn.raw if turn.raw is not None else json.dumps(self._api.failure(turn))
            _send(http, turn.status, turn.headers, body.encode())
            return
        kind, pieces = self._api.pieces(turn, seen)
        if turn.raw is not None:
            pieces = [turn.raw.encode("utf-8", "surrogateescape")]
        self._stream(http, turn, kind, pieces)

    def _stream(
        self, http: BaseHTTPRequestHandler, turn: Turn, kind: str, pieces: list[bytes]
    ) -> None:
        http.close_connection = True
        if turn.hang_after == 0:
            self._stopping.wait()
            return
        http.send_response(turn.status)
        headers = {"content-type": kind, "transfer-encoding": "chunked", **turn.headers}
        for name, value in headers.items():
            http.send_header(name, value)
        http.end_headers()
        for number, piece in enumerate(pieces):
            if number == turn.cut_after:
                return
            if number == turn.hang_after:
                self._stopping.wait()
                return
            http.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            http.wfile.flush()
        http.wfile.write(b"0\r\n\r\n")


def events(said: Iterable[tuple[str, Body]]) -> list[bytes]:
    """Server-sent events, one piece each; an event without a name gets no `event:` line."""
    return [
        (f"event: {name}\n" if name else "").encode()
        + b"data: "
        + json.dumps(body).encode()
        + b"\n\n"
        for name, body in said
    ]


def words(text: str) -> list[str]:
    """The text in a few pieces, as a model streams it."""
    third = max(1, len(text) // 3)
    return [text[at : at + third] for at in range(0, len(text), third)]


def main(api: Api) -> None:
    """Serve as a process; its script is a list of turns."""
    serve(lambda script, log: Server(api, [Turn(**turn) for turn in script], log))


def serve(make: Callable[[Any, Path | None], Server]) -> None:
    """Serve as a process: the address is the first line on stdout; ends with its stdin.

    `make` takes what the script holds, and the log.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("--script", type=Path, help="JSON file with a list of turns")
    parser.add_argument("--log", type=Path, help="JSON lines, one a request")
    options = parser.parse_args()
    script = json.loads(options.script.read_text()) if options.script else []
    with make(script, options.log) as server:
        print(server.url, flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            for _line in sys.stdin:
                pass


def _seen(http: BaseHTTPRequestHandler) -> Seen:
    data = http.rfile.read(int(http.headers.get("content-length") or 0))
    try:
        body = json.loads(data or b"{}")
    except ValueError:
        body = {"unreadable": data.decode("utf-8", "replace")}
    headers = {name.lower(): value for name, value in http.headers.items()}
    return Seen(http.command, http.path, headers, body if isinstance(body, dict) else {})


def _send(
    http: BaseHTTPRequestHandler, status: int, headers: Mapping[str, str], body: bytes
) -> None:
    http.send_response(status)
    for name, value in {"content-type": "application/json", **headers}.items():
        http.send_header(name, value)
    http.send_header("content-length", str(len(body)))
    http.end_headers()
    if http.command != "HEAD":
        http.wfile.write(body)


def numbered(prefix: str) -> Iterator[str]:
    """Ids that are all different: `prefix_1`, `prefix_2`, …"""
    number = 0
    while True:
        number += 1
        yield f"{prefix}_{number}"
