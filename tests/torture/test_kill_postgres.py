"""PostgreSQL is killed under load: nothing acknowledged is lost, nothing is sold twice.

`SHIFAYOL_TORTURE_KILLS` says how often (20).
"""

import asyncio
import json
import os
import random
import signal
import statistics
import time
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest

from api.postgres.cluster import DataFolder
from api.worker import run_worker
from domain import db
from domain.actor import SYSTEM, Role
from domain.errors import Unavailable
from domain.ids import new_id
from domain.settings import Settings
from tests.factories.bookable import Bookable, bookable
from tests.factories.desk import run, sold_twice

KILLS = int(os.environ.get("SHIFAYOL_TORTURE_KILLS", "20"))
CLIENTS = 8
BETWEEN_S = 2.0


class Tally(msgspec.Struct):
    """What the clients were told."""

    held: dict[UUID, str] = {}
    cancelled: set[UUID] = set()
    unpaid: set[UUID] = set()
    statuses: Counter[int] = Counter()
    faults: list[str] = []


async def asked(tally: Tally, client: httpx.AsyncClient, path: str, **more: Any) -> Any:
    """Ask until the answer is definite; every refusal must be a problem document."""
    while True:
        answer = await client.post(path, **more)
        tally.statuses[answer.status_code] += 1
        if answer.status_code >= 400:
            kind = answer.headers.get("content-type", "")
            if not kind.startswith("application/problem+json") or answer.status_code == 500:
                tally.faults.append(f"{path}: {answer.status_code} {answer.text[:300]}")
        if answer.status_code != 503:
            return answer
        if "retry-after" not in answer.headers:
            tally.faults.append(f"{path}: 503 without Retry-After")
        await asyncio.sleep(0.05)


async def book(tally: Tally, who: Any, offer: Bookable, dice: random.Random) -> None:
    """Hold a time, then pay it or give it up."""
    key = {"Idempotency-Key": f"torture-{new_id()}"}
    body = offer.hold(who.patient_id, dice.randrange(len(offer.starts)))
    answer = await asked(tally, who.client, "/v1/bookings", json=body, headers=key)
    if answer.status_code != 201:
        return
    booking_id = UUID(answer.json()["id"])
    again = await asked(tally, who.client, "/v1/bookings", json=body, headers=key)
    if again.status_code != 201 or UUID(again.json()["id"]) != booking_id:
        tally.faults.append(f"a repeat made another booking: {again.text[:300]}")
    tally.held[booking_id] = "held"
    if dice.random() < 0.3:
        paid = await asked(tally, who.client, f"/v1/bookings/{booking_id}/payments")
        if paid.status_code == 201:
            await asked(tally, who.client, f"/v1/demo/payments/{paid.json()['id']}/confirm")
    ended = await asked(tally, who.client, f"/v1/bookings/{booking_id}/cancel")
    # A cancel whose first answer was lost finds its own work done.
    if ended.status_code in (200, 409):
        tally.cancelled.add(booking_id)


async def load(tally: Tally, who: Any, offer: Bookable, seed: int, stop: asyncio.Event) -> None:
    dice = random.Random(seed)
    while not stop.is_set():
        await book(tally, who, offer, dice)


async def answering(since: float) -> float:
    """Return after how many seconds a real query was answered again."""
    while True:
        try:
            await db.ping(SYSTEM)
        except Unavailable:
            await asyncio.sleep(0.01)
        else:
            return time.monotonic() - since


@pytest.mark.usefixtures("catalogue")
async def test_killed_under_load(
    person: Any, settings: Settings, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    coordinator = await person(Role.COORDINATOR)
    offer = await bookable(coordinator.organisation_id)
    patients = [await person() for _ in range(CLIENTS)]
    tally, stop, data = Tally(), asyncio.Event(), DataFolder(folder)
    worker = asyncio.create_task(run_worker(settings, stop))
    clients = [
        asyncio.create_task(load(tally, who, offer, seed, stop))
        for seed, who in enumerate(patients)
    ]
    recovered = []
    for _ in range(KILLS):
        await asyncio.sleep(BETWEEN_S)
        server = data.postmaster()
        assert server is not None
        os.kill(server, signal.SIGKILL)
        recovered.append(await answering(time.monotonic()))
    await asyncio.sleep(BETWEEN_S)
    stop.set()
    await asyncio.wait_for(asyncio.gather(*clients, worker), 60)

    rows = await run(SYSTEM, "SELECT id, status FROM booking")
    stored = {row["id"]: row["status"] for row in rows}
    lost = [str(each) for each in tally.held if each not in stored]
    lost += [str(each) for each in tally.cancelled if not stored[each].startswith("cancelled")]
    twice = await sold_twice()
    figure = {
        "figure": "recovery after kill -9 of PostgreSQL, worst",
        "value": round(max(recovered), 3),
        "unit": "s",
        "detail": {
            "kills": KILLS,
            "median": round(statistics.median(recovered), 3),
            "acknowledged": len(tally.held) + len(tally.cancelled),
            "lost": len(lost),
            "sold twice": len(twice),
            "answers": dict(sorted(tally.statuses.items())),
        },
    }
    with capsys.disabled():
        print(json.dumps(figure))
    assert tally.faults == []
    assert (lost, twice) == ([], [])
    assert tally.held
