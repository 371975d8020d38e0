"""Spans by the packages of OpenTelemetry; the only module that imports them (the extra `otel`)."""

from __future__ import annotations

import functools
import logging
import math
import threading
import uuid
from collections.abc import Mapping
from typing import Any

from opentelemetry import metrics, trace

from ai_sessions import __version__
from ai_sessions.telemetry.conventions import (
    DURATION,
    SCHEMA_URL,
    SECOND_BUCKETS,
    TOKEN_BUCKETS,
    TOKENS,
    Span,
)

_NAME = "ai_sessions"
#: Name of our service where OTEL_SERVICE_NAME does not say another.
_SERVICE = "ai-sessions"
#: Spans that wait at most.
_MOST = 2048
#: They say on stderr what we say in one line.
_LOGGERS = (
    "opentelemetry.exporter.otlp.proto.http.trace_exporter",
    "opentelemetry.exporter.otlp.proto.http.metric_exporter",
)


class Emitter:
    """Makes spans and counts them, by a provider of traces and one of metrics."""

    def __init__(self, traces: Any, meters: Any) -> None:
        self._tracer = traces.get_tracer(_NAME, __version__, schema_url=SCHEMA_URL)
        meter = meters.get_meter(_NAME, __version__, schema_url=SCHEMA_URL)
        self._histograms = {
            TOKENS: meter.create_histogram(
                TOKENS,
                unit="{token}",
                description="Number of input and output tokens used.",
                explicit_bucket_boundaries_advisory=TOKEN_BUCKETS,
            ),
            DURATION: meter.create_histogram(
                DURATION,
                unit="s",
                description="GenAI operation duration.",
                explicit_bucket_boundaries_advisory=SECOND_BUCKETS,
            ),
        }

    def emit(self, span: Span, parent: Any = None) -> None:
        """`parent`: a context; None: the one that this is called in."""
        kind = trace.SpanKind.CLIENT if span.is_client else trace.SpanKind.INTERNAL
        made = self._tracer.start_span(
            span.name,
            context=parent,
            kind=kind,
            attributes=span.attributes,
            start_time=span.start_ns,
        )
        if span.is_error:
            made.set_status(trace.Status(trace.StatusCode.ERROR, span.error or None))
        made.end(span.end_ns)
        for point in span.points:
            self._histograms[point.metric].record(point.value, point.attributes)


def of_program() -> Emitter | None:
    """By the providers that the program itself has set up; None: it has set up none."""
    traces = trace.get_tracer_provider()
    if isinstance(traces, trace.ProxyTracerProvider):
        return None
    return _emitter(traces, metrics.get_meter_provider())


@functools.lru_cache(maxsize=4)
def _emitter(traces: Any, meters: Any) -> Emitter:
    return Emitter(traces, meters)


class Exporter:
    """Providers of our own. What they collect is sent by OTLP over HTTP, by the thread that calls
    `send`. The SDK reads where to from the environment of the process.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        from opentelemetry.sdk.metrics import MeterProvider
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import SimpleSpanProcessor
        from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

        self._ended, self._traces = InMemorySpanExporter(), _traces(environment)
        self._lock = threading.Lock()
        self._reader = _reader(environment)
        resource = _resource()
        tracers = TracerProvider(resource=resource, shutdown_on_exit=False)
        tracers.add_span_processor(SimpleSpanProcessor(self._ended))
        readers = [self._reader] if self._reader else []
        meters = MeterProvider(readers, resource=resource, shutdown_on_exit=False)
        self._emitter = Emitter(tracers, meters)

    def add(self, span: Span, parent: Mapping[str, str]) -> None:
        """As `sending.Exporter`. Beyond so many that wait for a collector they are dropped."""
        with self._lock:
            if len(self._ended.get_finished_spans()) < _MOST:
                self._emitter.emit(span, _context(parent))

    def send(self, *, has_metrics: bool) -> str:
        """As `sending.Exporter`."""
        with self._lock:
            spans = self._ended.get_finished_spans()
            self._ended.clear()
        with _Heard() as heard:
            if spans and self._traces:
                self._traces.export(spans)
            if self._reader and has_metrics and not heard.told:
                self._reader.force_flush()
        return heard.told


def _context(parent: Mapping[str, str]) -> Any:
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    return TraceContextTextMapPropagator().extract(parent)


def _resource() -> Any:
    """What the spans are of; OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES win."""
    from opentelemetry.sdk.resources import OTELResourceDetector, Resource

    ours = {
        "service.name": _SERVICE,
        "service.version": __version__,
        "service.instance.id": str(uuid.uuid4()),
    }
    return Resource.create(ours).merge(OTELResourceDetector().detect())


def _traces(environment: Mapping[str, str]) -> Any:
    if environment.get("OTEL_TRACES_EXPORTER") == "none":
        return None
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    return OTLPSpanExporter()


def _reader(environment: Mapping[str, str]) -> Any:
    """It has no thread of its own, and sends when it is told to."""
    if environment.get("OTEL_METRICS_EXPORTER") == "none":
        return None
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader

    return PeriodicExportingMetricReader(OTLPMetricExporter(), export_interval_millis=math.inf)


class _Heard(logging.Filter):
    """Takes what the exporters log in this thread, so that it is said once, by us."""

    def __init__(self) -> None:
        super().__init__()
        self.told = ""
        """The first error."""
        self._thread = threading.get_ident()

    def __enter__(self) -> _Heard:
        for name in _LOGGERS:
            logging.getLogger(name).addFilter(self)
        return self

    def __exit__(self, *_error: object) -> None:
        for name in _LOGGERS:
            logging.getLogger(name).removeFilter(self)

    def filter(self, record: logging.LogRecord) -> bool:
        is_ours = threading.get_ident() == self._thread
        if is_ours and record.levelno >= logging.ERROR:
            self.told = self.told or record.getMessage()
        return not is_ours
