"""Run by test_watching in a process of its own: drives the application with canaries everywhere."""

import asyncio
import logging
import os
from typing import Any

import httpx
import structlog

from api.app import create_app
from api.patients import routes
from api.runtime import Runtime
from domain.settings import read_settings

PASSWORD = "canary-password 77"
CANARIES = (
    "Gonarthrosis-canary", PASSWORD, "canary@example.org", "canary-token", "canary-query",
    "Aybek-canary", "canary-cookie",
)  # fmt: skip


async def broken(*_: Any, **__: Any) -> None:
    """Fail as a fault of ours would, with a body in the message."""
    raise ValueError("Gonarthrosis-canary of Aybek-canary <canary@example.org>")


async def main() -> None:
    """Ask the application for what is right, wrong and broken."""
    settings = read_settings()
    app = create_app(settings)
    async with Runtime(settings, worker=False, size=4) as runtime:
        app.state.runtime = runtime
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="https://localhost") as client:
            body = {"email": "canary@example.org", "password": PASSWORD, "home_state": "KZ",
                    "name": {"given": "Aybek-canary", "family": "Aybek-canary"}}  # fmt: skip
            await client.post("/v1/accounts", json=body)
            await client.post("/v1/sessions", json={k: body[k] for k in ("email", "password")})
            await client.get("/v1/offers?q=canary-query", headers={"Cookie": "x=canary-cookie"})
            await client.get("/v1/me", headers={"Authorization": "Bearer canary-token"})
            token = os.environ["CANARY_TOKEN"]
            routes.service.show_patient = broken  # type: ignore[assignment]
            failed = await client.get(
                f"/v1/patients/{os.environ['CANARY_PATIENT']}?q=canary-query",
                headers={"Authorization": f"Bearer {token}"},
            )
            assert failed.status_code == 500, failed.text
    logging.getLogger("a.library").error("canary@example.org asked ?q=canary-query")
    structlog.get_logger().error("failed", detail="Bearer canary-token", name="Aybek-canary")


if __name__ == "__main__":
    asyncio.run(main())
