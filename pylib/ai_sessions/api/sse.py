"""Server-sent events, as browsers take them (https://html.spec.whatwg.org/#server-sent-events)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import orjson

from ai_sessions.lazy_dataclasses import dataclass

MEDIA = "text/event-stream"
#: What a stream begins with: milliseconds after which a client that was cut off comes back.
OPENING = b"retry: 1000\n\n"
#: Seconds without an event after which a comment shows that the connection lives.
PING_S = 15.0
PING = b": ping\n\n"
#: What proxies are told, so that they hold nothing back.
HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}


@dataclass(frozen=True, slots=True)
class Sent:
    """One event. `id`: where to go on after it; empty: nobody can."""

    name: str
    data: Any
    id: str = ""

    def __bytes__(self) -> bytes:
        id_ = f"id: {self.id}\n" if self.id else ""
        # JSON has no line breaks, so that one line of data is enough
        return f"{id_}event: {self.name}\n".encode() + b"data: " + orjson.dumps(self.data) + b"\n\n"


async def stream(events: AsyncIterator[Sent], ping_s: float = PING_S) -> AsyncIterator[bytes]:
    """The bytes of a stream, with comments while nothing happens. Closing it closes `events`."""
    yield OPENING
    waiting: asyncio.Future[Sent] | None = None
    try:
        while True:
            waiting = waiting or asyncio.ensure_future(anext(events))
            done, _ = await asyncio.wait([waiting], timeout=ping_s)
            if not done:
                yield PING
                continue
            finished, waiting = waiting, None
            try:
                yield bytes(finished.result())
            except StopAsyncIteration:
                return
    finally:
        if waiting:
            waiting.cancel()
            with suppress(asyncio.CancelledError, StopAsyncIteration):
                await waiting
        if aclose := getattr(events, "aclose", None):
            await aclose()
