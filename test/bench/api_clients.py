"""Clients of the server, in a process of their own. Used by `test/bench/api`.

Usage: api_clients.py bare|probe|mixed|writes PORTS TOKEN SESSIONS REQUESTS

Lines of JSON on stdout: `at` when so many requests have ended, then what came of all. Ends when its
stdin does.

bare: a server that does nothing but answer, to see what the machine makes of that; it tells its
port. probe: looks at `/healthz` until stdin ends.

mixed: as many sessions at once as told, each with its own client that asks all servers in turn, so
that what one has taken is read from another. writes: the same with messages alone, each sent with
an Idempotency-Key until it is answered, whatever becomes of the servers.
"""

import asyncio
import contextlib
import json
import resource
import sys
import time
from collections import defaultdict
from typing import Any

from api_links import Cut, Link

TEXT = "A sentence about payments, refunds and ledgers, and what to do with them. " * 3
#: What a client asks in turn after it has made its session.
ROUND = (
    "message",
    "read",
    "message",
    "messages",
    "message",
    "change",
    "message",
    "list",
    "context",
)
#: Seconds between two looks of the probe, and how long a server may be away.
_PROBE_S, _AWAY_S = 0.02, 30.0


class Told:
    """What came of all requests."""

    def __init__(self, after: int) -> None:
        self.after = after
        """It is told when so many have ended."""
        self.ms: dict[str, list[float]] = defaultdict(list)
        self.failures: dict[str, int] = defaultdict(int)
        self.ended = self.stale = self.again = 0
        self.said: dict[str, list[str]] = {}
        """Session -> texts of the messages that were taken."""

    def add(self, what: str, seconds: float, status: int, body: bytes) -> None:
        self.ms[what].append(seconds * 1e3)
        if status >= 400:
            self.failures[f"{what}: {status} {body.decode()[:200]}"] += 1
        self.ended += 1
        if self.ended == self.after:
            say({"at": self.ended})


class Client:
    """Of one session."""

    def __init__(self, number: int, links: list[Link], told: Told) -> None:
        self.number, self.links, self.told = number, links, told
        self.turn = number
        self.session = ""
        self.said: list[str] = []

    def link(self) -> Link:
        """Another server each time."""
        self.turn += 1
        return self.links[self.turn % len(self.links)]

    async def ask(self, what: str, method: str, path: str, value: object = None) -> Any:
        begun = time.perf_counter()
        status, _headers, body = await self.link().ask(method, path, value)
        self.told.add(what, time.perf_counter() - begun, status, body)
        return json.loads(body) if body and status < 400 else None

    async def begin(self) -> None:
        about = {"interface": "api", "conversation_id": f"load-{self.number}"}
        made = await self.ask("create", "POST", "/v1/sessions", about)
        self.session = made["id"] if made else ""
        self.told.said[self.session] = self.said

    async def do(self, what: str) -> None:
        await getattr(self, what)(f"/v1/sessions/{self.session}")

    async def message(self, path: str) -> None:
        text = f"{self.number}.{len(self.said)} {TEXT}"
        given = {"role": "user", "text": text}
        if await self.ask("message", "POST", f"{path}/messages", given):
            self.said.append(text)

    async def messages(self, path: str) -> None:
        found = await self.ask("messages", "GET", f"{path}/messages?limit=50")
        texts = [one["text"] for one in found["data"]] if found else self.said
        self.told.stale += texts != self.said

    async def read(self, path: str) -> None:
        found = await self.ask("read", "GET", path)
        self.told.stale += found is not None and found["totals"]["messages"] != len(self.said)

    async def change(self, path: str) -> None:
        await self.ask("change", "PATCH", path, {"title": f"after {len(self.said)}"})

    async def list(self, _path: str) -> None:
        await self.ask("list", "GET", "/v1/sessions?limit=20")

    async def context(self, path: str) -> None:
        await self.ask("context", "POST", f"{path}/context", {})

    async def send(self) -> None:
        """A message, sent with the same key until it is answered."""
        text = f"{self.number}.{len(self.said)} {TEXT}"
        given, once = {"role": "user", "text": text}, f"{self.number}.{len(self.said)}"
        last = time.monotonic() + _AWAY_S
        while time.monotonic() < last:
            begun = time.perf_counter()
            try:
                path = f"/v1/sessions/{self.session}/messages"
                status, _headers, body = await self.link().ask("POST", path, given, once)
            except (Cut, OSError):
                self.told.again += 1
                await asyncio.sleep(0.05)
                continue
            if status in (409, 503):  # the one before is still under way, or it is about to end
                self.told.again += 1
                await asyncio.sleep(0.05)
                continue
            self.told.add("message", time.perf_counter() - begun, status, body)
            if status < 400:
                self.said.append(text)
            return
        self.told.failures["no answer"] += 1


async def mixed(client: Client, requests: int) -> None:
    await client.begin()
    for number in range(requests - 1):
        await client.do(ROUND[number % len(ROUND)])


async def writes(client: Client, requests: int) -> None:
    await client.begin()
    for _ in range(requests - 1):
        await client.send()


async def probe(port: int, token: str) -> None:
    """Whether the server answers, looked at evenly until stdin ends."""
    loop, taken = asyncio.get_running_loop(), []
    ended = loop.run_in_executor(None, sys.stdin.read)
    link = Link(port, token)
    while not ended.done():
        begun = time.perf_counter()
        await link.ask("GET", "/healthz")
        taken.append((time.perf_counter() - begun) * 1e3)
        await asyncio.sleep(_PROBE_S)
    say({"ms": taken})


async def bare() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    say({"port": server.sockets[0].getsockname()[1]})
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


async def all_at_once(work: Any, ports: list[int], token: str, sessions: int, each: int) -> None:
    told = Told(after=sessions * each // 10)
    links = [[Link(port, token) for port in ports] for _ in range(sessions)]
    clients = [Client(number, own, told) for number, own in enumerate(links)]
    begun = time.perf_counter()
    await asyncio.gather(*(work(client, each) for client in clients))
    found = {**vars(told), "seconds": time.perf_counter() - begun}
    say(found)
    sys.stdin.read()  # its connections stay for as long as their servers are looked at


def say(value: object) -> None:
    print(json.dumps(value), flush=True)


def main(what: str, ports: str, token: str, sessions: str, requests: str) -> None:
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    places = [int(port) for port in ports.split(",")]
    if what == "bare":
        asyncio.run(bare())
    elif what == "probe":
        asyncio.run(probe(places[0], token))
    else:
        work = {"mixed": mixed, "writes": writes}[what]
        asyncio.run(all_at_once(work, places, token, int(sessions), int(requests)))


if __name__ == "__main__":
    main(*sys.argv[1:])
