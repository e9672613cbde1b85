"""Is the process alive, may traffic be sent to it, and what has it counted?"""

import asyncio
import hmac
import shutil
from pathlib import Path
from typing import Any

import msgspec
from litestar import Controller, Request, Response, get
from litestar.openapi.datastructures import ResponseSpec
from prometheus_client import CONTENT_TYPE_LATEST

from api.http.guards import may
from api.metrics import measured
from domain.actor import SYSTEM
from domain.audit import service as audit
from domain.db import ping
from domain.errors import DomainError, NotFound
from domain.outbox import service as outbox


class Health(msgspec.Struct, frozen=True):
    """`status` is `ok` or `failing`; `checks` tells which part fails."""

    status: str
    checks: dict[str, str]


FULL = 0.85
"""The share of a disk above which it is time to act: PostgreSQL stops at a full one."""


def disk_check(folder: Path) -> str:
    """Return `ok`, or how full the disk under a folder is."""
    there = next((each for each in (folder, *folder.parents) if each.exists()), Path("/"))
    usage = shutil.disk_usage(there)
    share = usage.used / (usage.used + usage.free) if usage.used + usage.free else 1.0
    return "ok" if share < FULL else f"the disk is {share:.0%} full"


class HealthController(Controller):
    path = "/health"
    tags = ["Health"]

    @get("/live", operation_id="live", guards=[may("health.read")], summary="The process runs")
    async def live(self) -> Health:
        """Answer as long as the process serves requests at all."""
        return Health("ok", {})

    @get(
        "/ready",
        operation_id="ready",
        guards=[may("health.read")],
        summary="Traffic is welcome",
        responses={
            503: ResponseSpec(
                data_container=Health,
                generate_examples=False,
                description="What fails, under `checks`",
            )
        },
    )
    async def ready(self, request: Request[Any, Any, Any]) -> Response[Health]:
        """Answer 200 when the database answers and is migrated, else 503 with what is wrong."""
        checks = {"migrations": request.app.state.runtime.migrations, "database": "ok"}
        checks["disk"] = disk_check(request.app.state.settings.data_dir)
        try:
            await asyncio.wait_for(ping(SYSTEM), 4)
            lag = await outbox.lag_seconds(SYSTEM)
            checks["outbox"] = "ok" if lag < 60 else f"events wait since {lag:.0f} s"
            lag = await audit.sealing_lag_seconds(SYSTEM)
            checks["audit"] = "ok" if lag < 60 else f"rows wait for their seal since {lag:.0f} s"
        except (DomainError, TimeoutError) as error:
            checks["database"] = str(error) or "no answer"
        good = all(text == "ok" for text in checks.values())
        return Response(
            Health("ok" if good else "failing", checks), status_code=200 if good else 503
        )


class MetricsController(Controller):
    path = "/metrics"
    include_in_schema = False

    @get(guards=[may("metrics.read")])
    async def metrics(self, request: Request[Any, Any, Any]) -> Response[bytes]:
        """Return the counts; in production only to who knows SHIFAYOL_METRICS_TOKEN."""
        require_watcher(request)
        return Response(await measured(), media_type=CONTENT_TYPE_LATEST)


def require_watcher(request: Request[Any, Any, Any]) -> None:
    """Hide the counts from everybody else; raises NotFound."""
    settings = request.app.state.settings
    token = settings.metrics_token
    if token is None:
        if settings.production:
            raise NotFound("There is nothing under this address")
        return
    sent = request.headers.get("x-metrics-token", "")
    if not hmac.compare_digest(sent.encode(), token.encode()):
        raise NotFound("There is nothing under this address")
