"""Spans and metrics of calls by the real packages of OpenTelemetry, at a collector on loopback."""

import importlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import openai_server
from ai_sessions.library import storage
from ai_sessions.library.sessions import Tracked
from ai_sessions.sync import track_llm_call
from loopback import Turn
from otlp_server import Collector, attributes

ROOT = Path(__file__).resolve().parents[2]
Run = Callable[..., subprocess.CompletedProcess[str]]
#: Trace and span that a program is part of.
TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
#: A program that asks by the service, once whole and once as a stream.
SERVICE = """
import asyncio
from ai_sessions import LLMService

async def main():
    llm = LLMService(session_id="sums", provider="openai", model="gpt-4o")
    said = [{"role": "user", "content": "What is 5 + 3?"}]
    await llm.get_completion(said)
    print("".join([part async for part in llm.stream_completion(said)]), llm.session_id)

asyncio.run(main())
"""
#: A program that asks a model once.
ASKS = """
from ai_sessions.sync import track_llm_call

def model(question):
    return {"model": "claude-haiku-4-5", "content": [{"type": "text", "text": "8"}],
            "usage": {"input_tokens": 100, "output_tokens": 20}}

print(*track_llm_call("What is 5 + 3?", model, provider="anthropic", session_id="sums"))
"""


@pytest.fixture
def packages(sdk: Callable[[str], Path]) -> Path:
    """The folder that they are in, of which this process can import them, too."""
    return sdk("opentelemetry")


@pytest.fixture
def run(packages: Path, tmp_path: Path) -> Run:
    """Runs a program with OTEL=true and a collector at `url`."""

    def make(program: str, url: str, **more: str) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": f"{ROOT / 'pylib'}:{packages}",
            "HOME": str(tmp_path),
            "OTEL": "true",
            "OTEL_EXPORTER_OTLP_ENDPOINT": url,
            **more,
        }
        done = subprocess.run(
            [sys.executable, "-c", program],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            cwd=tmp_path,
        )
        assert (done.returncode, done.stdout) == (0, "8 sums\n"), done.stderr
        return done

    return make


def test_a_call_is_a_span_with_what_it_used_and_not_with_what_was_said(run: Run) -> None:
    with Collector() as collector:
        assert run(ASKS, collector.url).stderr == ""

    (span,) = collector.spans()
    told = attributes(span)
    assert span.name == "chat claude-haiku-4-5"
    assert span.kind == span.SPAN_KIND_CLIENT
    assert told["gen_ai.provider.name"] == "anthropic"
    assert told["gen_ai.conversation.id"] == "sums"
    assert (told["gen_ai.usage.input_tokens"], told["gen_ai.usage.output_tokens"]) == (100, 20)
    assert "5 + 3" not in repr(collector.bodies)


def test_content_is_sent_where_it_is_asked_for(run: Run) -> None:
    with Collector() as collector:
        run(ASKS, collector.url, OTEL_CONTENT="true")

    told = attributes(collector.spans()[0])
    assert "What is 5 + 3?" in told["gen_ai.input.messages"]
    assert '"content": "8"' in told["gen_ai.output.messages"]


def test_the_metrics_are_sent_when_the_program_ends(run: Run) -> None:
    with Collector() as collector:
        run(ASKS, collector.url)

    found = {
        (metric.name, attributes(point).get("gen_ai.token.type")): point
        for metric in collector.metrics()
        for point in metric.histogram.data_points
    }
    assert found["gen_ai.client.token.usage", "input"].sum == 100
    assert found["gen_ai.client.token.usage", "output"].sum == 20
    assert found["gen_ai.client.operation.duration", None].count == 1
    assert list(found["gen_ai.client.token.usage", "input"].explicit_bounds)[:3] == [1, 4, 16]


@pytest.mark.parametrize(("name", "seen"), [("", "ai-sessions"), ("my-shop", "my-shop")])
def test_the_service_has_our_name_unless_it_has_another(run: Run, name: str, seen: str) -> None:
    with Collector() as collector:
        run(ASKS, collector.url, **({"OTEL_SERVICE_NAME": name} if name else {}))

    assert collector.resources()[0]["service.name"] == seen


def test_a_span_is_part_of_the_trace_that_the_program_is_part_of(run: Run) -> None:
    with Collector() as collector:
        run(ASKS, collector.url, TRACEPARENT=f"00-{TRACE}-{PARENT}-01")

    (span,) = collector.spans()
    assert (span.trace_id.hex(), span.parent_span_id.hex()) == (TRACE, PARENT)


@pytest.mark.parametrize("kind", ["traces", "metrics"])
def test_what_is_turned_off_is_not_sent(run: Run, kind: str) -> None:
    with Collector() as collector:
        run(ASKS, collector.url, **{f"OTEL_{kind.upper()}_EXPORTER": "none"})

    other = {"traces": "metrics", "metrics": "traces"}[kind]
    assert [path for path, _body in collector.bodies] == [f"/v1/{other}"]


@pytest.mark.parametrize("trouble", [{"status": 401}, {"status": 503}, {"hangs": True}])
def test_a_collector_in_trouble_is_one_line_and_no_lost_answer(
    run: Run, trouble: dict[str, Any]
) -> None:
    with Collector(**trouble) as collector:
        done = run(ASKS, collector.url)

    (line,) = done.stderr.splitlines()
    assert line.startswith(f"warning: OTEL: spans are not sent to {collector.url}: ")


def test_a_collector_that_is_away_is_one_line_and_no_lost_answer(run: Run) -> None:
    with Collector() as collector:
        url = collector.url

    assert len(run(ASKS, url).stderr.splitlines()) == 1


def test_completions_and_streams_of_the_service_are_spans(run: Run) -> None:
    script = [Turn("8"), Turn("8")]
    with Collector() as collector, openai_server.server(script) as server:
        run(SERVICE, collector.url, OPENAI_BASE_URL=f"{server.url}/v1", OPENAI_API_KEY="k")

    assert [attributes(one)["gen_ai.usage.input_tokens"] for one in collector.spans()] == [3500] * 2


def test_a_command_exports_its_calls(packages: Path, tmp_path: Path) -> None:
    program = ["-c", "from ai_sessions.cli.start import installed; installed()"]
    with Collector() as collector:
        done = subprocess.run(
            [sys.executable, *program, "chat", "sums", "What is 5 + 3?", "--provider", "echo"],
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": f"{ROOT / 'pylib'}:{packages}",
                "HOME": str(tmp_path),
                "OTEL": "true",
                "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
            },
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    assert done.returncode == 0, done.stderr
    assert [attributes(one)["ai_sessions.provider"] for one in collector.spans()] == ["echo"]


@pytest.fixture
def own(packages: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """A provider that this program has set up for itself, and the spans that ended there."""
    monkeypatch.setenv("SESSION_DIR", str(tmp_path / "sessions"))
    monkeypatch.setenv("OTEL", "true")
    trace = importlib.import_module("opentelemetry.trace")
    sdk = importlib.import_module("opentelemetry.sdk.trace")
    export = importlib.import_module("opentelemetry.sdk.trace.export")
    memory = importlib.import_module("opentelemetry.sdk.trace.export.in_memory_span_exporter")
    ended = memory.InMemorySpanExporter()
    provider = sdk.TracerProvider()
    provider.add_span_processor(export.SimpleSpanProcessor(ended))
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", provider)
    return lambda: {span.name: span for span in ended.get_finished_spans()}


def test_a_call_is_a_child_of_the_programs_own_span(own: Any) -> None:
    trace = importlib.import_module("opentelemetry.trace")
    with trace.get_tracer("shop").start_as_current_span("checkout") as parent:
        track_llm_call("hi", lambda _asked: "hello", "m", "p")

    span = own()["chat m"]
    assert span.parent.span_id == parent.get_span_context().span_id
    assert span.instrumentation_scope.schema_url == "https://opentelemetry.io/schemas/1.41.0"


def test_a_stream_is_a_child_of_the_span_in_which_it_was_opened(own: Any) -> None:
    recording = importlib.import_module("ai_sessions.library.recording")
    trace = importlib.import_module("opentelemetry.trace")
    tracked = Tracked("chat", store=storage.conversations())
    with trace.get_tracer("shop").start_as_current_span("checkout") as parent:
        call = recording.Recording(tracked, "openai", recording.Asked(model="gpt-4o"))
    with trace.get_tracer("shop").start_as_current_span("afterwards"):
        call.closed()

    span = own()["chat gpt-4o"]
    assert span.parent.span_id == parent.get_span_context().span_id
    assert span.attributes["error.type"] == "interrupted"
