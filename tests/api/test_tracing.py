"""Traces reach a collector only where one is named, and carry nobody's words."""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from litestar import Litestar
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from api.tracing import start_tracing
from domain.settings import Settings, SettingsError, read_settings
from tests.api.drive_traces import CANARY, STRANGERS_TRACE
from tests.serving import ROOT


class Collector:
    """An OTLP/HTTP collector that keeps what it is sent."""

    def __init__(self) -> None:
        received = self.received = list[bytes]()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                assert self.path == "/v1/traces"
                received.append(self.rfile.read(int(self.headers["content-length"])))
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"

    @property
    def spans(self) -> list[Span]:
        return [
            span
            for body in self.received
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


@pytest.fixture
def collector() -> Iterator[Collector]:
    made = Collector()
    thread = threading.Thread(target=made.server.serve_forever)
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


async def drive(settings: Settings, endpoint: str | None) -> None:
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "tests.api.drive_traces"],
        env={
            **os.environ,
            "SHIFAYOL_DATA_DIR": str(settings.data_dir),
            "SHIFAYOL_OTLP_ENDPOINT": endpoint or "",
            "SHIFAYOL_RATE_LIMITS": "false",
            "DATABASE_URL": settings.database_url or "",
            "MIGRATION_DATABASE_URL": settings.migration_database_url or "",
        },
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]


async def test_a_collector_hears_routes_and_operations_and_no_words_of_people(
    app: Litestar, settings: Settings, collector: Collector
) -> None:
    await drive(settings, f"{collector.address}/")
    by_name = {span.name: span for span in collector.spans}
    searched, refused = by_name["GET /v1/offers"], by_name["POST /v1/sessions"]
    within = [span for span in collector.spans if span.parent_span_id == searched.span_id]
    assert {span.trace_id for span in within} == {searched.trace_id}  # operations are below it
    told = {each.key: each.value for each in refused.attributes}
    assert told["http.response.status_code"].int_value == 401
    assert refused.status.code == Status.STATUS_CODE_UNSET  # not our fault
    assert "GET unknown" in by_name
    assert searched.trace_id.hex() != STRANGERS_TRACE
    assert not searched.parent_span_id
    assert CANARY.encode() not in b"".join(collector.received)


async def test_nothing_is_sent_where_no_collector_is_named(
    app: Litestar, settings: Settings, collector: Collector
) -> None:
    await drive(settings, None)
    assert collector.received == []
    assert start_tracing(None) is None


def test_a_collector_without_an_address_is_refused() -> None:
    with pytest.raises(SettingsError, match="SHIFAYOL_OTLP_ENDPOINT"):
        read_settings({"SHIFAYOL_OTLP_ENDPOINT": "collector:4318"})
