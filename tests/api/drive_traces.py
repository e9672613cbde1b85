"""Run by test_tracing in a process of its own: asks the application with canaries and a trace."""

import asyncio

import httpx

from api.app import create_app
from api.runtime import Runtime
from domain.settings import read_settings

CANARY = "gonarthrosis-canary"
STRANGERS_TRACE = "0af7651916cd43dd8448eb211c80319c"


async def main() -> None:
    """Ask for what is right and what is not, then stop as the service does."""
    settings = read_settings()
    app = create_app(settings)
    async with Runtime(settings, worker=False, size=2) as runtime:
        app.state.runtime = runtime
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="https://localhost") as client:
            traced = {"traceparent": f"00-{STRANGERS_TRACE}-b7ad6b7169203331-01"}
            await client.get(f"/v1/offers?q={CANARY}", headers=traced)
            await client.get(f"/v1/nowhere/{CANARY}")
            wrong = {"email": f"{CANARY}@example.org", "password": f"{CANARY} 77"}
            await client.post("/v1/sessions", json=wrong)


if __name__ == "__main__":
    asyncio.run(main())
