"""The isolation matrix: every operation asked by everybody, and the faults it must find."""

import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from litestar import Litestar

from domain.actor import SYSTEM, Actor, ClientScope, Role
from domain.db import transactional
from domain.patients import policy as patients
from domain.permissions import service as permissions
from domain.referrals import queries as referrals
from tests.conftest import Register
from tests.walls.matrix import Cell, operations, refused, walk
from tests.walls.world import World, build

LEAST_ACTORS = 14


@pytest.fixture
async def world(app: Litestar, person: Register, catalogue: None) -> World:
    """One patient's things and everybody who might ask for them."""
    return await build(app, person)


def told(cells: list[Cell]) -> str:
    return "\n".join(f"{c.operation} by {c.actor}: {c.status} {c.problem}" for c in cells)


async def test_nobody_gets_what_the_table_does_not_give(app: Litestar, world: World) -> None:
    cells = await walk(app, world)
    wrong = [cell for cell in cells if cell.problem]
    if figures := os.environ.get("SHIFAYOL_WALLS_FIGURES"):
        counted = {"actors": len(world.cast), "cells": len(cells), "unexpected": len(wrong)}
        Path(figures).write_text(json.dumps(counted))
    assert wrong == [], told(wrong)
    asked = Counter(cell.operation for cell in cells)
    assert set(asked) == {operation.id for operation in operations(app)}
    assert set(asked.values()) == {len(world.cast)}
    assert len(world.cast) >= LEAST_ACTORS


async def test_the_number_of_a_merged_file_opens_nothing_more(app: Litestar, world: World) -> None:
    old = msgspec.structs.replace(
        world, ids=world.ids | {"patient_id": world.ids["alias_id"]},
        canaries={**world.canaries, "old": world.ids["alias_id"]},
    )  # fmt: skip
    about = {each.id for each in operations(app) if "patient_id" in each.parameters}
    cells = await refused(app, old, only=about)
    wrong = [cell for cell in cells if cell.problem]
    assert cells and wrong == [], told(wrong)


@transactional
async def _blind_referral(
    actor: Actor, referral_id: Any, *, visible_to: Actor, lock: bool = False
) -> Any:
    return await _referral(referral_id, visible_to=SYSTEM, lock=lock)


_referral = referrals.referral


@pytest.fixture(
    params=[
        "a dropped visible_to",
        "a dropped scope",
        "a row too many",
        "a system too many",
        "no audit",
    ]
)
def fault(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[str, str]]:
    """Plant one fault and name the operation and the words by which it must be found."""
    if request.param == "a dropped visible_to":
        # With it falls the last wall: the query runs as the marketplace itself.
        async def blind(referral_id: Any, *, visible_to: Actor, lock: bool = False) -> Any:
            return await _blind_referral(SYSTEM, referral_id, visible_to=visible_to, lock=lock)

        monkeypatch.setattr(referrals, "referral", blind)
        found = "listReferralActions", "answered whom the table does not admit"
    elif request.param == "a dropped scope":

        async def nothing(*_: Any) -> None:
            return None

        monkeypatch.setattr(patients, "require_scope", nothing)
        found = "listDisclosures", "answered whom the table does not admit"
    elif request.param == "a row too many":
        rows = permissions.PERMISSIONS["ledger.read"]
        wider = msgspec.structs.replace(rows[0], roles=rows[0].roles | {Role.PAYER})
        monkeypatch.setattr(
            permissions, "PERMISSIONS", {**permissions.PERMISSIONS, "ledger.read": (wider,)}
        )
        found = "trialBalance", "answered whom the table does not admit"
    elif request.param == "a system too many":
        rows = permissions.PERMISSIONS["bookings.list_of_facility"]
        wider = msgspec.structs.replace(rows[0], client_scope=ClientScope.AVAILABILITY_WRITE)
        widened = {**permissions.PERMISSIONS, "bookings.list_of_facility": (wider,)}
        monkeypatch.setattr(permissions, "PERMISSIONS", widened)
        found = "listFacilityBookings", "answered whom the table does not admit"
    else:

        async def silent(*_: Any) -> None:
            return None

        monkeypatch.setattr("api.http.guards.audit.record_denial", silent)
        found = "trialBalance", "refused without a trace in the audit"
    yield found


async def test_a_planted_fault_is_found(
    app: Litestar, world: World, fault: tuple[str, str]
) -> None:
    operation, words = fault
    cells = await refused(app, world, only={operation})
    assert [cell for cell in cells if words in cell.problem], told(cells)
