"""A collector for tests: what is sent to it by OTLP over HTTP, kept as it came."""

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


@dataclass
class Collector:
    """Use as a context manager; `url` is what OTEL_EXPORTER_OTLP_ENDPOINT takes."""

    status: int = 200
    hangs: bool = False
    """It takes a request and says nothing."""
    bodies: list[tuple[str, bytes]] = field(default_factory=list)
    """Path and body of each request."""

    def __post_init__(self) -> None:
        self._is_over = threading.Event()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads, self._http.block_on_close = True, False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._is_over.set()
        self._http.shutdown()
        self._http.server_close()

    def spans(self) -> list[Any]:
        """The spans that came, as opentelemetry-proto has them."""
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
            ExportTraceServiceRequest,
        )

        return [
            span
            for body in self._of("/v1/traces")
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def metrics(self) -> list[Any]:
        """The metrics that came, the same way."""
        from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
            ExportMetricsServiceRequest,
        )

        return [
            metric
            for body in self._of("/v1/metrics")
            for resource in ExportMetricsServiceRequest.FromString(body).resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
        ]

    def resources(self) -> list[dict[str, Any]]:
        """What the spans are of."""
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
            ExportTraceServiceRequest,
        )

        return [
            attributes(found.resource)
            for body in self._of("/v1/traces")
            for found in ExportTraceServiceRequest.FromString(body).resource_spans
        ]

    def _of(self, path: str) -> list[bytes]:
        return [body for at, body in self.bodies if at == path]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        collector = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                collector.bodies.append((self.path, body))
                if collector.hangs:
                    collector._is_over.wait()
                    return
                self.send_response(collector.status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_words: Any) -> None:
                pass

        return Handler


def attributes(has_them: Any) -> dict[str, Any]:
    """Of a span, a resource or a point of a metric."""
    found = {one.key: one.value for one in has_them.attributes}
    return {key: _plain(value) for key, value in found.items()}


def _plain(value: Any) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_plain(one) for one in value.array_value.values]
    return getattr(value, kind)
