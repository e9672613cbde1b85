"""Audit rows are sealed into chains that no later change survives unnoticed."""

import hmac
import random
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from domain.actor import SYSTEM, Actor
from domain.audit import service as audit
from domain.audit.service import GENESIS
from domain.audit.verification import verify
from domain.db import connection, transactional
from domain.ids import new_id

pytestmark = pytest.mark.usefixtures("database")
ROWS = 120


CHAIN = "Q7"
"""A chain of this test's own, so that forging it harms no other."""


async def seal_all() -> None:
    while await audit.seal_pending(SYSTEM):
        pass


@pytest.fixture
async def sealed() -> None:
    @transactional
    async def act(actor: Actor) -> None:
        for number in range(ROWS):
            await audit.record(
                actor, "test.act", subject=("thing", number), home_state=CHAIN,
                patient_id=new_id(), detail={"number": number},
            )  # fmt: skip

    await act(SYSTEM)
    await seal_all()


async def test_untouched_chains_verify(sealed: None, tmp_path: Path) -> None:
    await audit.write_checkpoint(tmp_path)
    read, findings = await verify(tmp_path)
    assert read >= ROWS
    assert findings == []


FORGERIES = (
    "UPDATE audit_event SET action = 'forged' WHERE id = $1",
    "UPDATE audit_event SET at = at + interval '1 microsecond' WHERE id = $1",
    "UPDATE audit_event SET account_id = id WHERE id = $1",
    "UPDATE audit_event SET client_id = id WHERE id = $1",
    "UPDATE audit_event SET outcome = 'denied' WHERE id = $1",
    "UPDATE audit_event SET patient_id = id WHERE id = $1",
    "UPDATE audit_event SET detail = '{\"number\": 999}' WHERE id = $1",
    "UPDATE audit_event SET purpose = 'TREAT' WHERE id = $1",
    "DELETE FROM audit_event WHERE id = $1",
    "DELETE FROM audit_seal WHERE event_id = $1",
    "UPDATE audit_seal SET mac = sha256(mac) WHERE event_id = $1",
    "UPDATE audit_seal SET event_id = gen_random_uuid() WHERE event_id = $1",
)


async def test_a_hundred_forgeries_are_all_found(
    sealed: None, postgres: Any, tmp_path: Path
) -> None:
    await audit.write_checkpoint(tmp_path)
    forger = await asyncpg.connect(postgres.superuser_url)
    dice, found = random.Random(7), 0
    try:
        await forger.execute("SET session_replication_role = replica")
        events = await forger.fetch("SELECT * FROM audit_event WHERE chain = $1", CHAIN)
        seals = await forger.fetch("SELECT * FROM audit_seal WHERE chain = $1", CHAIN)
        for number in range(100):
            if number % 10 == 9:
                await rewrite_the_whole_chain(forger, dice)
            else:
                await forger.execute(dice.choice(FORGERIES), dice.choice(events)["id"])
            _, findings = await verify(tmp_path, only={CHAIN})
            found += bool(findings)
            await put_back(forger, "audit_event", events)
            await put_back(forger, "audit_seal", seals)
        assert found == 100
        assert (await verify(tmp_path, only={CHAIN}))[1] == []
    finally:
        await forger.close()


async def rewrite_the_whole_chain(forger: asyncpg.Connection, dice: random.Random) -> None:
    """Change a row and seal everything anew, as one would who lacks nothing but the key."""
    rows = await forger.fetch(
        "SELECT s.id AS seal, e.* FROM audit_seal s JOIN audit_event e ON e.id = s.event_id"
        " WHERE s.chain = $1 ORDER BY s.position",
        CHAIN,
    )
    changed, previous = dice.randrange(len(rows)), GENESIS
    for position, row in enumerate(rows, 1):
        if position == changed + 1:
            await forger.execute("UPDATE audit_event SET action = 'x' WHERE id = $1", row["id"])
        content = {name: str(value) for name, value in dict(row).items()}
        linked = {"chain": CHAIN, "position": position, "previous": previous.hex(),
                  "event": content}  # fmt: skip
        previous = hmac.digest(b"a key of the forger", rfc8785.dumps(linked), "sha256")
        await forger.execute("UPDATE audit_seal SET mac = $2 WHERE id = $1", row["seal"], previous)


async def put_back(forger: asyncpg.Connection, table: str, rows: list[Any]) -> None:
    await forger.execute(f"DELETE FROM {table} WHERE chain = $1", CHAIN)
    await forger.copy_records_to_table(
        table, records=[tuple(row) for row in rows], columns=list(rows[0].keys())
    )


async def test_a_chain_that_lost_its_end_is_shorter_than_its_checkpoint(
    sealed: None, postgres: Any, tmp_path: Path
) -> None:
    await audit.write_checkpoint(tmp_path)
    forger = await asyncpg.connect(postgres.superuser_url)
    try:
        await forger.execute("SET session_replication_role = replica")
        last = await forger.fetchrow(
            "SELECT s.*, e.id AS event FROM audit_seal s JOIN audit_event e ON e.id = s.event_id"
            " WHERE s.chain = $1 ORDER BY position DESC LIMIT 1",
            CHAIN,
        )
        seals = await forger.fetch("SELECT * FROM audit_seal WHERE id = $1", last["id"])
        events = await forger.fetch("SELECT * FROM audit_event WHERE id = $1", last["event"])
        await forger.execute("DELETE FROM audit_seal WHERE id = $1", last["id"])
        await forger.execute("DELETE FROM audit_event WHERE id = $1", last["event"])
        _, findings = await verify(tmp_path, only={CHAIN})
        assert [finding.problem for finding in findings] == ["the chain left its checkpoint"]
        for table, rows in (("audit_seal", seals), ("audit_event", events)):
            await forger.copy_records_to_table(
                table, records=[tuple(row) for row in rows], columns=list(rows[0].keys())
            )
    finally:
        await forger.close()


async def test_a_row_kept_from_the_sealer_is_found(sealed: None, postgres: Any) -> None:
    forger = await asyncpg.connect(postgres.superuser_url)
    try:
        await forger.execute("SET session_replication_role = replica")
        hidden = new_id()
        await forger.execute(
            "INSERT INTO audit_event (id, at, chain, actor_kind, action, outcome)"
            " VALUES ($1, now() - interval '1 hour', $2, 'person', 'test.hidden', 'success')",
            hidden, CHAIN,
        )  # fmt: skip
        _, findings = await verify()
        assert [str(hidden) in finding.problem for finding in findings] == [True]
    finally:
        await forger.execute("DELETE FROM audit_event WHERE action = 'test.hidden'")
        await forger.close()


_texts = st.text(st.characters(exclude_categories=("Cs",)))


@given(st.dictionaries(st.from_regex(r"[a-z_]{1,12}", fullmatch=True),
                       st.none() | _texts | st.integers(0, 2**53 - 1)))  # fmt: skip
def test_our_canonical_json_is_that_of_rfc_8785(value: dict[str, Any]) -> None:
    assert audit.canonical(value) == rfc8785.dumps(value)


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
