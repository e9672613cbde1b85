"""What watchers read: counts without people in them, readiness, and logs without bodies."""

import asyncio
import json
import os
import subprocess
import sys

import httpx
import msgspec
import pytest
from litestar import Litestar

from api import health
from api.app import create_app
from domain.settings import Settings
from tests.api.drive_logs import CANARIES
from tests.conftest import Register
from tests.serving import ROOT


async def test_requests_are_counted_under_their_template(
    client: httpx.AsyncClient, person: Register
) -> None:
    patient = await person()
    await patient.client.get(f"/v1/patients/{patient.patient_id}")
    await client.get("/v1/nowhere/else")
    answer = await client.get("/metrics")
    assert answer.status_code == 200
    assert 'route="/v1/patients/{patient_id}"' in answer.text
    assert 'shifayol_refusals_total{code="unknown_address"}' in answer.text
    for name in (
        "shifayol_db_connections", "shifayol_outbox_lag_seconds",
        "shifayol_audit_sealing_lag_seconds", "process_resident_memory_bytes",
    ):  # fmt: skip
        assert name in answer.text
    for private in (str(patient.patient_id), patient.email, "/v1/nowhere"):
        assert private not in answer.text


@pytest.mark.parametrize(
    ("token", "sent", "status"),
    [("a watcher's long word", None, 404), ("a watcher's long word", "guess", 404),
     ("a watcher's long word", "a watcher's long word", 200)],
)  # fmt: skip
async def test_counts_are_for_whoever_knows_the_word(
    app: Litestar, settings: Settings, token: str, sent: str | None, status: int
) -> None:
    guarded = create_app(msgspec.structs.replace(settings, metrics_token=token))
    guarded.state.runtime = app.state.runtime
    headers = {"X-Metrics-Token": sent} if sent else {}
    transport = httpx.ASGITransport(app=guarded)
    async with httpx.AsyncClient(transport=transport, base_url="https://localhost") as client:
        assert (await client.get("/metrics", headers=headers)).status_code == status


async def test_a_full_disk_is_told_before_it_stops_the_database(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "FULL", 0.0)
    answer = await client.get("/health/ready")
    assert answer.status_code == 503
    assert "full" in answer.json()["checks"]["disk"]
    assert answer.json()["checks"]["database"] == "ok"


async def test_no_canary_reaches_the_log(settings: Settings, person: Register) -> None:
    patient = await person()
    driven = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "tests.api.drive_logs"],
        env={
            **os.environ,
            "SHIFAYOL_LOG_LEVEL": "debug",
            "SHIFAYOL_DATA_DIR": str(settings.data_dir),
            "SHIFAYOL_PUBLIC_URL": settings.public_url,
            "DATABASE_URL": settings.database_url or "",
            "MIGRATION_DATABASE_URL": settings.migration_database_url or "",
            "CANARY_TOKEN": patient.token,
            "CANARY_PATIENT": str(patient.patient_id),
        },
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert driven.returncode == 0, driven.stderr[-2000:]
    written = driven.stderr + driven.stdout
    lines = [json.loads(line) for line in driven.stderr.splitlines() if line.startswith("{")]
    assert any(line["event"] == "unexpected_error" and line["trace"] for line in lines)
    assert any(line.get("route") == "/v1/offers" for line in lines)
    assert any("[redacted]" in line["event"] for line in lines)
    for canary in (*CANARIES, str(patient.patient_id), patient.token):
        assert canary not in written, canary
