"""The queries of what is kept of a stay; row-level security hides what its reader may not see."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from piccolo.table import Table

from domain.actor import Actor
from domain.bookings.stay_types import ChangeOrderStatus
from domain.db import connection


async def insert(row: Table) -> None:
    """Store a new row of a booking."""
    await type(row).insert(row)


async def of_booking(table: str, booking_id: UUID, *, visible_to: Actor) -> list[Any]:
    """Return a booking's rows of one of this room's tables, in the order they came."""
    return list(
        await connection().fetch(
            f"SELECT * FROM {table} WHERE booking_id = $1 ORDER BY id", booking_id
        )
    )


async def moves(booking_id: UUID, *, visible_to: Actor) -> list[Any]:
    """Return a booking's log."""
    return list(
        await connection().fetch(
            "SELECT * FROM booking_transition WHERE booking_id = $1 ORDER BY version, id",
            booking_id,
        )
    )


async def row_of(
    table: str, booking_id: UUID, row_id: UUID, *, visible_to: Actor, lock: bool = False
) -> Any | None:
    """Return one row of a booking, locked when asked."""
    return await connection().fetchrow(
        f"SELECT * FROM {table} WHERE booking_id = $1 AND id = $2"
        + (" FOR UPDATE" if lock else ""),
        booking_id, row_id,
    )  # fmt: skip


async def change(
    booking_id: UUID, change_id: UUID, *, visible_to: Actor, lock: bool = False
) -> Any | None:
    """Return one change of a booking."""
    return await row_of("change_order", booking_id, change_id, visible_to=visible_to, lock=lock)


async def decide_change(
    change_id: UUID, status: ChangeOrderStatus, by: UUID | None, now: datetime
) -> None:
    """Store what became of a proposed change."""
    await connection().execute(
        "UPDATE change_order SET status = $2, decided_by = $3, decided_at = $4,"
        " version = version + 1 WHERE id = $1 AND status = 'proposed'",
        change_id, status.value, by, now,
    )  # fmt: skip


async def justify_change(change_id: UUID, justification: bytes, now: datetime) -> None:
    """Store why a variation was needed."""
    await connection().execute(
        "UPDATE change_order SET justification_sealed = $2, justified_at = $3,"
        " version = version + 1 WHERE id = $1",
        change_id, justification, now,
    )  # fmt: skip


async def withdraw_consent(consent_id: UUID, now: datetime) -> None:
    """Store that a consent to a procedure no longer holds."""
    await connection().execute(
        "UPDATE procedure_consent SET withdrawn_at = $2 WHERE id = $1", consent_id, now
    )


async def cover_rule(state: str, day: date) -> Any | None:
    """Return what a state asks of cover for complications on a day."""
    return await connection().fetchrow(
        "SELECT * FROM cover_rule WHERE state = $1 AND valid_from <= $2"
        " ORDER BY valid_from DESC LIMIT 1",
        state, day,
    )  # fmt: skip


async def covered(booking_id: UUID, first: date, last: date) -> bool:
    """Tell whether one policy covers all days from the first to the last."""
    return bool(
        await connection().fetchval(
            "SELECT EXISTS (SELECT FROM complication_cover WHERE booking_id = $1"
            " AND valid_from <= $2 AND valid_to >= $3)",
            booking_id, first, last,
        )
    )  # fmt: skip


async def add_claim(complication_id: UUID, told_at: datetime, claim: bytes | None) -> None:
    """Store when the insurer was told of a complication, and its number for it."""
    await connection().execute(
        "UPDATE complication SET insurer_told_at = $2, claim_sealed = coalesce($3, claim_sealed),"
        " version = version + 1 WHERE id = $1",
        complication_id, told_at, claim,
    )  # fmt: skip


async def change_item(
    item_id: UUID, status: str, supplier: str | None, details: bytes, now: datetime
) -> None:
    """Store an item's new content."""
    await connection().execute(
        "UPDATE booking_item SET status = $2, supplier = $3, details_sealed = $4,"
        " version = version + 1, updated_at = $5 WHERE id = $1",
        item_id, status, supplier, details, now,
    )  # fmt: skip


async def claim(claim_id: UUID, *, visible_to: Actor, lock: bool = False) -> Any | None:
    """Return a claim the actor may see, locked when asked."""
    return await connection().fetchrow(
        "SELECT * FROM cancellation_claim WHERE id = $1" + (" FOR UPDATE" if lock else ""),
        claim_id,
    )


async def decide_claim(
    claim_id: UUID, status: str, answer: bytes | None, by: UUID | None, now: datetime
) -> None:
    """Store what was decided about a claim."""
    await connection().execute(
        "UPDATE cancellation_claim SET status = $2, answer_sealed = $3, decided_by = $4,"
        " decided_at = $5, version = version + 1 WHERE id = $1",
        claim_id, status, answer, by, now,
    )  # fmt: skip


async def future_of_facility(facility_id: UUID, after: UUID | None, limit: int) -> list[UUID]:
    """Return a facility's bookings whose patients have not come yet, in the order of their ids."""
    rows = await connection().fetch(
        "SELECT id FROM booking WHERE facility_id = $1 AND status IN"
        " ('awaiting_facility', 'confirmed') AND ($2::uuid IS NULL OR id > $2)"
        " ORDER BY id LIMIT $3",
        facility_id, after, limit,
    )  # fmt: skip
    return [row["id"] for row in rows]
