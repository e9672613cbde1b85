"""Is the process alive, and may traffic be sent to it?"""

import asyncio
from typing import Any

import msgspec
from litestar import Controller, Request, Response, get
from litestar.openapi.datastructures import ResponseSpec

from api.http.guards import may
from domain.actor import SYSTEM
from domain.db import ping
from domain.errors import DomainError
from domain.outbox import service as outbox


class Health(msgspec.Struct, frozen=True):
    """`status` is `ok` or `failing`; `checks` tells which part fails."""

    status: str
    checks: dict[str, str]


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
        try:
            await asyncio.wait_for(ping(SYSTEM), 5)
            lag = await outbox.lag_seconds(SYSTEM)
            checks["outbox"] = "ok" if lag < 60 else f"events wait since {lag:.0f} s"
        except (DomainError, TimeoutError) as error:
            checks["database"] = str(error) or "no answer"
        good = all(text == "ok" for text in checks.values())
        return Response(
            Health("ok" if good else "failing", checks), status_code=200 if good else 503
        )
