"""The worker and a look past the walls, for tests that act and then see what followed."""

from typing import Any
from uuid import UUID

from api.worker import HANDLERS
from domain.actor import SYSTEM, Actor
from domain.db import connection, transactional
from domain.outbox import service as outbox


async def work() -> None:
    """Do what the worker would do now."""
    while await outbox.deliver_due(HANDLERS):
        pass


@transactional
async def run(actor: Actor, sql: str, *values: Any) -> Any:
    """Run a statement as the actor and return its rows."""
    return await connection().fetch(sql, *values)


async def one(sql: str, *values: Any) -> Any:
    """Return the first value that a statement finds, as the system."""
    rows = await run(SYSTEM, sql, *values)
    return rows[0][0] if rows else None


async def end_hold(booking_id: UUID) -> None:
    """Let the clock pass the end of a hold."""
    for table, column in (("booking", "id"), ("reservation", "booking_id")):
        await run(
            SYSTEM,
            f"UPDATE {table} SET hold_until = now() - interval '1 second' WHERE {column} = $1"
            " AND hold_until IS NOT NULL",
            booking_id,
        )


async def sold_twice() -> list[UUID]:
    """Return the live reservations that overlap another one of the same resource."""
    rows = await run(
        SYSTEM,
        "WITH live AS (SELECT *, tstzrange(starts_at, ends_at) AS span FROM reservation"
        "  WHERE status IN ('held', 'quoted', 'pending', 'confirmed', 'blocked'))"
        " SELECT a.id FROM live a JOIN live b ON a.resource_id = b.resource_id"
        " AND a.id < b.id AND a.span && b.span",
    )
    return [row["id"] for row in rows]
