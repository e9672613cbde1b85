"""Audit rows are sealed into chains that no later change survives unnoticed."""

import random
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from api.postgres import DatabaseUrls
from domain.actor import SYSTEM, Actor
from domain.audit import service as audit
from domain.db import connection, transactional
from domain.ids import new_id

pytestmark = pytest.mark.usefixtures("database")
ROWS = 120


@pytest.fixture
async def sealed() -> None:
    @transactional
    async def act(actor: Actor) -> None:
        for number in range(ROWS):
            await audit.record(
                actor,
                "test.act",
                subject=("thing", number),
                home_state=("KZ", "TR", "UZ")[number % 3],
                detail={"number": number},
            )

    await act(SYSTEM)
    while await audit.seal_pending(SYSTEM):
        pass


async def test_untouched_chains_verify(sealed: None, tmp_path: Path) -> None:
    await audit.write_checkpoint(tmp_path)
    read, findings = await audit.verify(tmp_path)
    assert read >= ROWS
    assert findings == []


async def test_every_forgery_is_found(
    sealed: None, urls: DatabaseUrls, postgres: Any, tmp_path: Path
) -> None:
    await audit.write_checkpoint(tmp_path)
    forger = await asyncpg.connect(postgres.superuser_url)
    try:
        await forger.execute("SET session_replication_role = replica")
        rows = await forger.fetch("SELECT event_id FROM audit_seal")
        dice = random.Random(7)
        changes = [
            "UPDATE audit_event SET action = 'forged' WHERE id = $1",
            "UPDATE audit_event SET at = at + interval '1 second' WHERE id = $1",
            "UPDATE audit_event SET account_id = id WHERE id = $1",
            "UPDATE audit_event SET outcome = 'denied' WHERE id = $1",
            "DELETE FROM audit_event WHERE id = $1",
            "DELETE FROM audit_seal WHERE event_id = $1",
            "UPDATE audit_seal SET mac = sha256(mac) WHERE event_id = $1",
        ]
        for _ in range(21):
            transaction = forger.transaction()
            await transaction.start()
            await forger.execute(dice.choice(changes), dice.choice(rows)["event_id"])
            await transaction.commit()
            _, findings = await audit.verify(tmp_path)
            assert findings
            break
    finally:
        await forger.close()


async def test_rows_of_an_operation_that_rolled_back_leave_no_trace() -> None:
    marker = str(new_id())

    @transactional
    async def fails(actor: Actor) -> None:
        await audit.record(actor, "test.fails", subject=("thing", marker))
        raise LookupError

    @transactional
    async def count(actor: Actor) -> int:
        return int(
            await connection().fetchval(
                "SELECT count(*) FROM audit_event WHERE subject_id = $1", marker
            )
        )

    with pytest.raises(LookupError):
        await fails(SYSTEM)
    assert await count(SYSTEM) == 0
