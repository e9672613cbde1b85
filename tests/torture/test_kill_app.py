"""The whole product is killed under load and started again: what it had acknowledged still stands.

`SHIFAYOL_TORTURE_KILLS` says how often (20).
"""

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import msgspec

from api.postgres import EmbeddedPostgres
from domain.ids import new_id
from tests.serving import ROOT, free_port, scratch_folder

KILLS = int(os.environ.get("SHIFAYOL_TORTURE_KILLS", "20"))
CLIENTS = 6
BETWEEN_S = 3.0
SETTLED_S = 90.0

LIVE = "('held', 'quoted', 'pending', 'confirmed', 'blocked')"


class Product:
    """`python -m api serve` on one data folder, as often as it is killed."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.address = f"http://localhost:{self.port}"
        self.folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> float:
        """Start it and return after how many seconds it was ready."""
        began = time.monotonic()
        environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("SHIFAYOL_", "DATABASE_"))},
            "SHIFAYOL_DATA_DIR": str(self.folder / "data"),
            "SHIFAYOL_PORT": str(self.port),
            "SHIFAYOL_LOG_LEVEL": "error",
            "SHIFAYOL_RATE_LIMITS": "false",
        }
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "api", "serve"], env=environment, cwd=ROOT,
                stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip
        async with httpx.AsyncClient(base_url=self.address) as client:
            while True:
                try:
                    if (await client.get("/health/ready")).status_code == 200:
                        return time.monotonic() - began
                except httpx.TransportError:
                    pass
                assert self._process.poll() is None, (self.folder / "log").read_text()[-2000:]
                await asyncio.sleep(0.05)

    def kill(self) -> None:
        """Kill it without a word."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        """Let it end in order."""
        assert self._process is not None
        self._process.terminate()
        self._process.wait(30)


class Tally(msgspec.Struct):
    """What the clients were told."""

    held: set[str] = set()
    paid: set[str] = set()
    cancelled: set[str] = set()
    faults: list[str] = []


async def asked(tally: Tally, client: httpx.AsyncClient, path: str, **more: Any) -> httpx.Response:
    """Ask until there is an answer: a killed server gives none."""
    while True:
        try:
            answer = await client.post(path, **more)
        except httpx.TransportError:
            await asyncio.sleep(0.1)
            continue
        if answer.status_code == 500:
            tally.faults.append(f"{path}: {answer.text[:300]}")
        if answer.status_code != 503:
            return answer
        await asyncio.sleep(0.1)


async def load(
    tally: Tally, client: httpx.AsyncClient, patient: str, slots: list[dict[str, Any]],
    dice: random.Random, stop: asyncio.Event,
) -> None:  # fmt: skip
    """Hold times, pay some, cancel others, until told to stop."""
    while not stop.is_set():
        key = {"Idempotency-Key": f"kill-{new_id()}"}
        body = {"patient_id": patient, **dice.choice(slots)}
        answer = await asked(tally, client, "/v1/bookings", json=body, headers=key)
        if answer.status_code != 201:
            continue
        booking = answer.json()["id"]
        tally.held.add(booking)
        if dice.random() < 0.4:
            opened = await asked(tally, client, f"/v1/bookings/{booking}/payments")
            if opened.status_code == 201:
                done = await asked(
                    tally, client, f"/v1/demo/payments/{opened.json()['id']}/confirm"
                )
                if done.status_code == 200:
                    tally.paid.add(booking)
                    continue
        ended = await asked(tally, client, f"/v1/bookings/{booking}/cancel")
        if ended.status_code in (200, 409):
            tally.cancelled.add(booking)


async def slots_of(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    """Return the holds that some instant offers of the demo admit."""
    found = []
    offers = (await client.get("/v1/offers", params={"mode": "instant", "limit": 8})).json()
    for offer in offers["items"]:
        slots = (await client.get(f"/v1/offers/{offer['id']}/slots")).json()
        found += [
            {
                "offer_id": offer["id"], "offer_version": slots["offer_version"],
                "starts_at": slot["starts_at"],
            }
            for slot in slots["items"][:20]
        ]  # fmt: skip
    return found


async def left_behind(url: str) -> dict[str, Any]:
    """Return what the database itself says: reservations sold twice, or taken for ever."""
    connection = await asyncpg.connect(url)
    twice = await connection.fetchval(
        "SELECT count(*) FROM reservation a JOIN reservation b ON a.resource_id = b.resource_id"
        f" AND a.id < b.id AND a.status IN {LIVE} AND b.status IN {LIVE}"
        " AND tstzrange(a.starts_at, a.ends_at) && tstzrange(b.starts_at, b.ends_at)"
    )
    stuck = await connection.fetchval(
        "SELECT count(*) FROM reservation v LEFT JOIN booking b ON b.id = v.booking_id"
        " WHERE (v.status IN ('held', 'pending') AND v.hold_until IS NULL)"
        " OR (v.status = 'confirmed' AND b.status IN ('held', 'pending_payment', 'expired',"
        " 'cancelled_by_patient', 'cancelled_by_facility', 'no_show'))"
    )
    bookings = await connection.fetch("SELECT id::text, status FROM booking")
    await connection.close()
    return {
        "twice": twice, "stuck": stuck, "bookings": {row["id"]: row["status"] for row in bookings}
    }  # fmt: skip


async def test_a_killed_product_keeps_what_it_acknowledged_and_sells_nothing_twice(
    capsys: Any,
) -> None:
    product, tally, stop = Product(scratch_folder()), Tally(), asyncio.Event()
    await product.start()
    async with httpx.AsyncClient(base_url=product.address, timeout=20) as client:
        session = await client.post("/v1/demo/sessions", json={"person": "demo-patient"})
        client.headers["authorization"] = f"Bearer {session.json()['token']}"
        patient = (await client.get("/v1/patients")).json()[0]["id"]
        slots = await slots_of(client)
        clients = [
            asyncio.create_task(load(tally, client, patient, slots, random.Random(n), stop))
            for n in range(CLIENTS)
        ]
        back = []
        for _ in range(KILLS):
            await asyncio.sleep(BETWEEN_S)
            product.kill()
            back.append(await product.start())
        await asyncio.sleep(BETWEEN_S)
        stop.set()
        await asyncio.wait_for(asyncio.gather(*clients), 60)
        unsettled = set(tally.paid)
        until = time.monotonic() + SETTLED_S
        while unsettled and time.monotonic() < until:
            for booking in list(unsettled):
                shown = (await client.get(f"/v1/bookings/{booking}")).json()
                if shown["status"] != "pending_payment":
                    unsettled.discard(booking)
            await asyncio.sleep(0.5)
    product.stop()
    with EmbeddedPostgres(product.folder / "data") as postgres:
        left = await left_behind(postgres.superuser_url)
    stored = left["bookings"]
    lost = [each for each in tally.held if each not in stored]
    lost += [each for each in tally.cancelled if not stored[each].startswith("cancelled")]
    lost += [each for each in tally.paid if stored[each] not in ("confirmed", "awaiting_facility")]
    figure = {
        "figure": "recovery after kill -9 of the product, worst",
        "value": round(max(back), 3),
        "unit": "s",
        "detail": {
            "kills": KILLS, "acknowledged": len(tally.held) + len(tally.cancelled),
            "paid": len(tally.paid), "lost": len(lost), "sold twice": left["twice"],
            "stuck": left["stuck"],
        },
    }  # fmt: skip
    with capsys.disabled():
        print(json.dumps(figure))
    assert tally.faults == []
    assert (lost, left["twice"], left["stuck"], unsettled) == ([], 0, 0, set())
    assert tally.held and tally.paid
