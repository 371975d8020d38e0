"""The thread that sends spans, so that no call waits for a collector. One for a process, which the
first span begins; that one waits 0.3 s for the packages of OpenTelemetry.
"""

from __future__ import annotations

import atexit
import functools
import os
import threading
import time
from collections.abc import Callable, Mapping
from typing import Protocol

from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.telemetry.conventions import Span

#: How long the end of a program waits until all is sent.
_AT_EXIT_S = 1.5
_METRICS_EVERY_S = 60.0
_DEFAULT = "http://localhost:4318"


class Exporter(Protocol):
    """What makes and sends spans; `sdk.Exporter` keeps it."""

    def add(self, span: Span, parent: Mapping[str, str]) -> None:
        """`parent`: `traceparent` and `tracestate`, as W3C Trace Context has them."""
        ...

    def send(self, *, has_metrics: bool) -> str:
        """Send what was added, and the metrics; returns why that failed, or nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A span on its way. `environment`: of the program; `tell`: called when nothing can be sent."""

    span: Span
    environment: Mapping[str, str]
    tell: Callable[[str], None]


class Sender:
    """Safe to use from several threads. It warns once in its life, lest a collector that is away
    fills a log.
    """

    def __init__(self, make: Callable[[Mapping[str, str]], Exporter]) -> None:
        """`make`: what sends, by the environment of the program. What it raises is a warning."""
        self._make = make
        self._exporter: Exporter | None = None
        self._thread: threading.Thread | None = None
        self._last: Outgoing | None = None
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._is_closing = self._has_warned = False
        self._counted_at = time.monotonic()

    def put(self, outgoing: Outgoing) -> None:
        """Returns before it is sent."""
        try:
            with self._lock:
                exporter = None if self._has_failed() else self._begun(outgoing)
            if exporter:
                exporter.add(outgoing.span, parent_in(outgoing.environment))
                self._wake.set()
        except Exception as error:  # packages that are broken, a value that they do not take
            self._warn(outgoing, f"{type(error).__name__}: {error}")

    def close(self, wait_s: float = _AT_EXIT_S) -> None:
        """Send what is left, unless that takes longer than `wait_s` seconds."""
        thread = self._thread
        if thread is None or not thread.is_alive():  # or we are a child of who has it
            return
        self._is_closing = True
        self._wake.set()
        thread.join(wait_s)
        if thread.is_alive() and self._last:
            self._warn(self._last, f"not delivered within {wait_s} s")

    def _has_failed(self) -> bool:
        """Whether there is nothing that could send."""
        return self._has_warned and self._exporter is None

    def _begun(self, outgoing: Outgoing) -> Exporter:
        """What sends, and its thread. It is made here: once the program is ending, the SDK cannot
        be imported any more.
        """
        self._last = outgoing
        exporter = self._exporter = self._exporter or self._make(outgoing.environment)
        if self._thread is None:
            work = functools.partial(self._work, exporter)
            self._thread = threading.Thread(target=work, name="otel", daemon=True)
            self._thread.start()
        return exporter

    def _work(self, exporter: Exporter) -> None:
        is_last = False
        while not is_last:
            self._wake.wait(_METRICS_EVERY_S)
            self._wake.clear()
            is_last = self._is_closing
            self._send(exporter, is_last=is_last)

    def _send(self, exporter: Exporter, *, is_last: bool) -> None:
        has_metrics = is_last or time.monotonic() - self._counted_at >= _METRICS_EVERY_S
        try:
            problem = exporter.send(has_metrics=has_metrics)
        except Exception as error:
            problem = f"{type(error).__name__}: {error}"
        if has_metrics:
            self._counted_at = time.monotonic()
        if problem and self._last:
            self._warn(self._last, problem)

    def _warn(self, outgoing: Outgoing, problem: str) -> None:
        with self._lock:
            is_known, self._has_warned = self._has_warned, True
        if not is_known:
            where = endpoint(outgoing.environment)
            outgoing.tell(f"warning: OTEL: spans are not sent to {where}: {problem}")


def endpoint(environment: Mapping[str, str]) -> str:
    """Where the SDK sends traces to."""
    names = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
    return next((environment[name] for name in names if environment.get(name)), _DEFAULT)


def parent_in(environment: Mapping[str, str]) -> dict[str, str]:
    """The span that this process is part of, by TRACEPARENT and TRACESTATE."""
    names = ("traceparent", "tracestate")
    return {name: environment[name.upper()] for name in names if name.upper() in environment}


def _exporter(environment: Mapping[str, str]) -> Exporter:
    from ai_sessions.telemetry import sdk

    return sdk.Exporter(environment)


@functools.lru_cache(maxsize=1)
def sender() -> Sender:
    """The one of this process; what it has is sent before the process ends."""
    made = Sender(_exporter)
    atexit.register(made.close)
    return made


os.register_at_fork(after_in_child=sender.cache_clear)  # a child has no thread of its parent's
