"""Traces for whoever runs the service: off until a collector is named, without people in them.

A span tells which route answered or which operation ran, how long and with which outcome; never an
address, a parameter or a message, which could carry ids and words of a patient.
"""

import contextlib
from collections.abc import Iterator

from litestar.types import Scope
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, StatusCode

_FLUSH_MS = 5_000

_tracer = trace.get_tracer("shifayol")
_collected = False


def start_tracing(endpoint: str | None) -> TracerProvider | None:
    """Send spans to an OTLP collector from now on; without an address of one nothing happens.

    `endpoint` is the collector's base address (OTLP/HTTP 1.10: the path `/v1/traces` is added).
    """
    global _collected
    if endpoint is None:
        return None
    provider = TracerProvider(resource=Resource.create({"service.name": "shifayol"}))
    exporter = OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces", timeout=_FLUSH_MS / 1000)
    provider.add_span_processor(BatchSpanProcessor(exporter, export_timeout_millis=_FLUSH_MS))
    trace.set_tracer_provider(provider)
    _collected = True
    return provider


def request_span(scope: Scope, request_id: str) -> contextlib.AbstractContextManager[None]:
    """Trace one request under its route's template (OpenTelemetry HTTP semantic conventions).

    Always the root of its trace: a stranger's `traceparent` does not decide what we record.
    """
    # Where nobody collects them, spans would be a tenth of what a small answer costs.
    return _span(scope, request_id) if _collected else contextlib.nullcontext()


@contextlib.contextmanager
def _span(scope: Scope, request_id: str) -> Iterator[None]:
    method = str(scope.get("method"))
    with _tracer.start_as_current_span(
        method, Context(), SpanKind.SERVER, record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            yield
        finally:
            route = scope.get("path_template") or "unknown"
            span.update_name(f"{method} {route}")
            span.set_attributes(
                {
                    "http.request.method": method,
                    "http.route": route,
                    "shifayol.request_id": request_id,
                }
            )


def note_status(status: int) -> None:
    """Tell the running request's span how it was answered; what is our fault marks it failed."""
    if not _collected:
        return
    span = trace.get_current_span()
    span.set_attribute("http.response.status_code", status)
    if status >= 500:
        span.set_status(StatusCode.ERROR)
