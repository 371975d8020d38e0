"""What OpenTelemetry is told, by stand-ins for its packages; test/real has them."""

import importlib
import logging
import sys
from types import ModuleType
from unittest.mock import MagicMock

import pytest

from ai_sessions.telemetry import conventions


@pytest.fixture
def sdk(monkeypatch):
    """The module, over an API that writes down what it is asked for."""
    api = ModuleType("opentelemetry")
    api.trace, api.metrics = MagicMock(name="trace"), MagicMock(name="metrics")
    api.trace.ProxyTracerProvider = type("ProxyTracerProvider", (), {})
    monkeypatch.setitem(sys.modules, "opentelemetry", api)
    monkeypatch.delitem(sys.modules, "ai_sessions.telemetry.sdk", raising=False)
    yield importlib.import_module("ai_sessions.telemetry.sdk")
    sys.modules.pop("ai_sessions.telemetry.sdk", None)


@pytest.fixture
def span(call, session):
    return lambda **named: conventions.span(call(**named), session, has_content=True)


def test_a_span_has_the_times_of_its_call(sdk, span):
    traces, made = MagicMock(), span()
    sdk.Emitter(traces, MagicMock()).emit(made, "a context")

    start = traces.get_tracer().start_span
    start.assert_called_once_with(
        "chat claude-haiku-4-5",
        context="a context",
        kind=sdk.trace.SpanKind.CLIENT,
        attributes=made.attributes,
        start_time=made.start_ns,
    )
    start().end.assert_called_once_with(made.end_ns)


def test_only_a_failed_call_has_a_status(sdk, span):
    traces = MagicMock()
    emitter = sdk.Emitter(traces, MagicMock())
    emitter.emit(span())
    traces.get_tracer().start_span().set_status.assert_not_called()

    emitter.emit(span(status="auth", detail={"error": "no key"}))
    sdk.trace.Status.assert_called_once_with(sdk.trace.StatusCode.ERROR, "no key")


def test_each_point_is_a_value_of_its_histogram(sdk, span):
    meters, made = MagicMock(), {}
    meters.get_meter().create_histogram = lambda name, **_: made.setdefault(name, MagicMock())
    sdk.Emitter(MagicMock(), meters).emit(span())

    counts = {name: one.record.call_count for name, one in made.items()}
    assert counts == {"gen_ai.client.token.usage": 2, "gen_ai.client.operation.duration": 1}


def test_a_program_without_a_provider_has_none(sdk):
    sdk.trace.get_tracer_provider.return_value = sdk.trace.ProxyTracerProvider()
    assert sdk.of_program() is None

    sdk.trace.get_tracer_provider.return_value = MagicMock()
    assert sdk.of_program() is sdk.of_program() is not None


def test_what_the_exporter_complains_of_is_taken_in_place_of_logged(sdk, caplog):
    log = logging.getLogger("opentelemetry.exporter.otlp.proto.http.trace_exporter")
    with sdk._Heard() as heard:
        log.warning("trying again")
        log.error("Failed to export: %s", 401)
        log.error("and again")
    log.error("somebody else's")

    assert heard.told == "Failed to export: 401"
    assert caplog.messages == ["somebody else's"]
