"""Spans and metrics of calls for OpenTelemetry: what they say, and how they are sent."""

from __future__ import annotations

EXTRA = "otel"
#: What has to be there: the SDK, and what sends by OTLP over HTTP.
MODULES = ("opentelemetry.sdk.trace", "opentelemetry.exporter.otlp.proto.http")


def is_installed() -> bool:
    """Whether all of the extra is there; no more is imported than the packages above it."""
    from importlib.util import find_spec

    try:
        return all(find_spec(name) for name in MODULES)
    except ImportError:  # of a part of the name
        return False
