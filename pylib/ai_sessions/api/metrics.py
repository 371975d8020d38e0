"""`/metrics`: what Prometheus collects, in its text format (version 0.0.4)."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

from ai_sessions import money, threads
from ai_sessions.api.answers import Answer
from ai_sessions.api.counting import BOUNDS
from ai_sessions.api.routes import INDEX, Asked, Route
from ai_sessions.conversations import statistics

if TYPE_CHECKING:
    from ai_sessions.api.counting import Requests
    from ai_sessions.api.service import Service
    from ai_sessions.conversations.hot import CacheUse
    from ai_sessions.conversations.statistics import Statistics

MEDIA = "text/plain; version=0.0.4; charset=utf-8"
_PREFIX = "ai_sessions_"
Rows = Iterable[tuple[str, float]]


def read(service: Service, _asked: Asked) -> Answer:
    lines = [
        *_of_requests(service.requests),
        *_of_sessions(statistics.overall(service.index, service.now())),
        *_of_cache(service.core.cache_use),
        *_of_process(),
    ]
    return Answer("".join(f"{line}\n" for line in lines).encode(), media=MEDIA)


def _of_requests(requests: Requests) -> Iterator[str]:
    ended = [
        (f'{{route="{route}",status="{status}"}}', float(count))
        for (route, status), count in sorted(requests.ended.copy().items())
    ]
    yield from _metric("requests_total", "counter", "Requests that ended.", ended)
    yield from _one("requests_under_way", "gauge", "Requests under way.", requests.under_way)
    waits = sorted(requests.waits.copy().items())
    rows: list[tuple[str, float]] = []
    for route, one in waits:
        counts = [*accumulate(one.counts.copy())]
        for bound, count in zip((*map(str, BOUNDS), "+Inf"), counts, strict=True):
            rows.append((f'_bucket{{route="{route}",le="{bound}"}}', count))
        rows += [
            (f'_sum{{route="{route}"}}', one.seconds),
            (f'_count{{route="{route}"}}', counts[-1]),
        ]
    about = "Seconds until the answer began."
    yield from _metric("request_wait_seconds", "histogram", about, rows)


def _of_sessions(found: Statistics) -> Iterator[str]:
    yield from _metric(
        "sessions",
        "gauge",
        "Sessions in the store.",
        [
            ('{status="active"}', found.active_sessions),
            ('{status="over"}', found.total_sessions - found.active_sessions),
        ],
    )
    # of the sessions that there are: one that is removed takes its messages with it
    yield from _one("messages", "gauge", "Messages of these sessions.", found.total_messages)
    yield from _metric(
        "tokens",
        "gauge",
        "Tokens of these sessions.",
        [('{kind="input"}', found.input_tokens), ('{kind="output"}', found.output_tokens)],
    )
    cost = float(money.dollars(found.cost_nusd))
    yield from _one("cost_usd", "gauge", "Known cost of these sessions.", cost)
    unknown = found.unknown_costs
    yield from _one("unknown_costs", "gauge", "Their calls whose cost is not known.", unknown)


def _of_cache(use: CacheUse) -> Iterator[str]:
    yield from _one("cache_sessions", "gauge", "Sessions kept in memory.", use.size)
    yield from _one("cache_sessions_most", "gauge", "CACHE_MAX_SIZE.", use.most)
    yield from _one("cache_bytes", "gauge", "Bytes that they take.", use.bytes)
    yield from _metric(
        "cache_reads_total",
        "counter",
        "Sessions looked for in memory.",
        [('{found="yes"}', use.hits), ('{found="no"}', use.misses)],
    )


def _of_process() -> Iterator[str]:
    busy = threads.STORE.at_work()
    yield from _one("store_work", "gauge", "Requests at work in the store.", busy)
    calls = threads.CALLS.at_work()
    yield from _one("calls_under_way", "gauge", "Calls of models under way.", calls)
    if memory := _memory():
        yield "# HELP process_resident_memory_bytes Memory that the process has."
        yield "# TYPE process_resident_memory_bytes gauge"
        yield f"process_resident_memory_bytes {memory}"


def _memory() -> int:
    """Bytes; 0 where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def _one(name: str, kind: str, about: str, value: float) -> Iterator[str]:
    return _metric(name, kind, about, [("", value)])


def _metric(name: str, kind: str, about: str, rows: Rows) -> Iterator[str]:
    yield f"# HELP {_PREFIX}{name} {about}"
    yield f"# TYPE {_PREFIX}{name} {kind}"
    for labels, value in rows:
        yield f"{_PREFIX}{name}{labels} {value:.15g}"


ROUTES = (
    Route(
        "GET",
        "/metrics",
        "metrics",
        "Counts of requests, sessions, cost and the cache, as Prometheus collects them.",
        read,
        answers={200: {"type": "string"}},
        media=MEDIA,
        line=INDEX,
        group="Server",
    ),
)
