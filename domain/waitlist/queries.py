"""The queries of the waitlist."""

from datetime import datetime
from typing import Any
from uuid import UUID

from domain.actor import Actor
from domain.db import connection
from domain.waitlist.tables import WaitlistEntry
from domain.waitlist.types import WaitStatus


async def insert_entry(entry: WaitlistEntry) -> None:
    """Store a place in a waitlist."""
    await WaitlistEntry.insert(entry)


async def entry(entry_id: UUID, *, visible_to: Actor) -> Any | None:
    """Return a place that the actor may see."""
    return await connection().fetchrow("SELECT * FROM waitlist_entry WHERE id = $1", entry_id)


async def entries(*, visible_to: Actor) -> list[Any]:
    """Return the places of the actor's patients, newest first."""
    return list(
        await connection().fetch(
            "SELECT * FROM waitlist_entry WHERE patient_id IN (SELECT my_patients())"
            " ORDER BY id DESC LIMIT 100"
        )
    )


async def serialise(offer_id: UUID) -> None:
    """Let one operation at a time decide about an offer's waitlist."""
    await connection().execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('waitlist:' || $1::text, 7))", str(offer_id)
    )


async def position(row: Any) -> int:
    """Return how many wait before somebody, and themself (read as the system)."""
    return int(
        await connection().fetchval(
            "SELECT count(*) FROM waitlist_entry WHERE offer_id = $1 AND status = 'waiting'"
            " AND (queued_at, id) <= ($2, $3)",
            row["offer_id"], row["queued_at"], row["id"],
        )
    )  # fmt: skip


async def waiting(offer_id: UUID) -> list[Any]:
    """Return who waits for an offer, in order."""
    return list(
        await connection().fetch(
            "SELECT * FROM waitlist_entry WHERE offer_id = $1 AND status = 'waiting'"
            " ORDER BY queued_at, id LIMIT 200 FOR UPDATE",
            offer_id,
        )
    )


async def awaited_offers(facility_id: UUID | None, limit: int) -> list[UUID]:
    """Return the offers that somebody waits for, of one facility or of all."""
    rows = await connection().fetch(
        "SELECT DISTINCT offer_id FROM waitlist_entry WHERE status = 'waiting'"
        " AND ($1::uuid IS NULL OR facility_id = $1) ORDER BY offer_id LIMIT $2",
        facility_id, limit,
    )  # fmt: skip
    return [row["offer_id"] for row in rows]


async def of_booking(booking_id: UUID) -> Any | None:
    """Return, locked, the place whose offered time a booking is."""
    return await connection().fetchrow(
        "SELECT * FROM waitlist_entry WHERE booking_id = $1 AND status = 'offered' FOR UPDATE",
        booking_id,
    )


async def move(entry_id: UUID, status: WaitStatus, now: datetime, **changes: object) -> bool:
    """Store where somebody stands now; tell whether they still waited or had an offered time."""
    placed = "".join(f", {column} = ${n}" for n, column in enumerate(changes, 4))
    return bool(
        await connection().fetchval(
            f"UPDATE waitlist_entry SET status = $2, updated_at = $3{placed}"
            " WHERE id = $1 AND status IN ('waiting', 'offered') RETURNING true",
            entry_id, status.value, now, *changes.values(),
        )
    )  # fmt: skip
