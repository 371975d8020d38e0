"""Counts requests: how many, with which end, and how long each waited for its answer to begin."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Upper bounds of how long requests waited, in seconds.
BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0)


class Waits:
    """How long requests of one route waited."""

    __slots__ = ("counts", "seconds")

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS) + 1)
        """By bound: those that waited at most so long, and longer than the bound before; the last
        are those beyond all bounds.
        """
        self.seconds = 0.0

    def add(self, seconds: float) -> None:
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.seconds += seconds


class Requests:
    """All requests of one server. Written in its event loop alone."""

    def __init__(self) -> None:
        self.under_way = 0
        self.ended: Counter[tuple[str, int]] = Counter()
        """By name of the route, empty for none, and status; 0: gone before it was answered."""
        self.waits: dict[str, Waits] = {}

    def counted(self, inside: ASGIApp) -> ASGIApp:
        """The same application, with its requests counted here."""

        async def application(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await inside(scope, receive, send)
                return
            begun, status = time.perf_counter(), 0

            async def sent(message: Message) -> None:
                nonlocal status
                if message["type"] == "http.response.start":
                    status = message["status"]
                    self.wait(scope).add(time.perf_counter() - begun)
                await send(message)

            self.under_way += 1
            try:
                await inside(scope, receive, sent)
            finally:
                self.under_way -= 1
                self.ended[_route(scope), status] += 1

        return application

    def wait(self, scope: Scope) -> Waits:
        """What is known of the route that a request went to."""
        return self.waits.setdefault(_route(scope), Waits())


def _route(scope: Scope) -> str:
    return str(scope.get("ai_sessions.route", ""))
