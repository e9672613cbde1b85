"""The last wall alone: what PostgreSQL hides when every WHERE is forgotten."""

import re
from typing import Any

import asyncpg
import pytest
from litestar import Litestar

from api.postgres import DatabaseUrls
from domain.actor import SYSTEM, Actor, ActorKind, Role
from domain.clients import tokens
from domain.db import connection, transactional
from tests.conftest import Register
from tests.factories.care import actor_of
from tests.walls.cast import Member
from tests.walls.world import World, build, run

UNPROTECTED = {
    "reservation": "time without a word of the patient: one must clear another's expired hold",
    "audit_pending": "ids of rows that wait for their seal",
    "outbox_event": "ids for jobs of the marketplace, which alone reads it",
    "idempotency_key": "ids of what a request made, under the caller's key",
    "account": "whoever signs in is looked up before anybody is known; names and e-mail are sealed",
}
"""Tables that mention a patient or an episode and need no row policy, with the reason."""

COLUMNS = ("patient_id", "person_id", "episode_id")


async def rows(sql: str, *values: object) -> list[Any]:
    return list(await run(sql, *values))


async def patient_tables() -> set[str]:
    """Return every table with a column that says whose data a row is."""
    found = await rows(
        "SELECT DISTINCT c.relname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
        " JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'"
        " WHERE a.attname = ANY($1) AND c.relkind = 'r' AND NOT a.attisdropped",
        list(COLUMNS),
    )
    return {row["relname"] for row in found} | {"person", "patient"}


async def naked() -> set[str]:
    """Return the tables of patient data that no forced policy protects."""
    forced = {
        row["relname"]
        for row in await rows(
            "SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity"
        )
    }
    return await patient_tables() - forced - set(UNPROTECTED)


async def test_every_table_of_patient_data_is_behind_forced_policies(database: None) -> None:
    assert await naked() == set(), "CALL protect(...) them, or say here why they need no policy"


async def test_a_table_without_force_is_found(database: None, urls: DatabaseUrls) -> None:
    owner = await asyncpg.connect(urls.owner)
    try:
        await owner.execute("CREATE TABLE leak (patient_id uuid)")
        assert await naked() == {"leak"}
        await owner.execute("ALTER TABLE leak ENABLE ROW LEVEL SECURITY")
        assert await naked() == {"leak"}
    finally:
        await owner.execute("DROP TABLE IF EXISTS leak")
        await owner.close()


@pytest.fixture
async def world(app: Litestar, person: Register, catalogue: None) -> World:
    return await build(app, person)


@transactional
async def seen(actor: Actor, table: str, patient: str) -> int:
    """Count the patient's rows that this actor's transaction sees, with no other condition."""
    columns = {
        row["attname"]
        for row in await connection().fetch(
            "SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0", table
        )
    }
    column = "id" if table == "patient" else next(c for c in COLUMNS if c in columns)
    wanted = patient
    return int(
        await connection().fetchval(
            f"SELECT count(*) FROM {table} WHERE {column}::text = $1", wanted
        )
    )


async def behind(member: Member) -> Actor:
    """Return the actor whose token a member of the cast sends."""
    token = re.sub(r"^Bearer ", "", member.client.headers["authorization"])
    if member.role is Role.FACILITY_SYSTEM:
        found = await tokens.resolve_token(token, None)
        assert found is not None
        return found
    return await actor_of(type("Signed", (), {"token": token}))


async def test_without_any_where_no_stranger_sees_a_row(world: World) -> None:
    patient = world.ids["patient_id"]
    tables = [
        table
        for table in sorted(await patient_tables())
        if table not in UNPROTECTED and table != "person"
    ]
    with_rows = [table for table in tables if await seen(SYSTEM, table, patient)]
    assert len(with_rows) >= 10, with_rows
    strangers = (
        "another patient", "mandate that has ended", "a doctor elsewhere", "payer", "pharmacist",
        "coordinator elsewhere", "officer of another state", "system that opens hours",
        "system of another facility",
    )  # fmt: skip
    for name in strangers:
        actor = await behind(world.member(name))
        for table in with_rows:
            # Whoever held a mandate still sees that they did.
            own = int((name, table) == ("mandate that has ended", "access"))
            assert await seen(actor, table, patient) == own, (name, table)
    # A facility's own system sees the booking by its patient's number, and nothing beside it.
    for name, open_to in (
        ("system of the facility", {"booking", "booking_transition"}),
        ("system that reads bookings", {"booking"}),
    ):
        actor = await behind(world.member(name))
        shown = {table for table in with_rows if await seen(actor, table, patient)}
        assert shown == open_to, name
    nobody = Actor(kind=ActorKind.ANONYMOUS)
    for table in with_rows:
        assert await seen(nobody, table, patient) == 0, table


async def test_an_actor_without_context_sees_nothing(world: World) -> None:
    @transactional
    async def forgotten(actor: Actor) -> int:
        db = connection()
        await db.execute("SELECT set_config('shifayol.kind', '', true)")
        return int(await db.fetchval("SELECT count(*) FROM patient"))

    assert await forgotten(SYSTEM) == 0
