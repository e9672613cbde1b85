"""The queries of letters."""

from datetime import datetime
from typing import Any
from uuid import UUID

from domain.db import connection
from domain.letters.tables import Letter


async def insert_letter(letter: Letter) -> None:
    """Store a new letter."""
    await Letter.insert(letter)


async def living(booking_id: UUID) -> Any | None:
    """Return the letter of a booking that was not revoked, if the actor may see it."""
    return await connection().fetchrow(
        "SELECT * FROM letter WHERE booking_id = $1 AND revoked_at IS NULL", booking_id
    )


async def letter(letter_id: UUID) -> Any | None:
    """Return a letter, revoked or not."""
    return await connection().fetchrow("SELECT * FROM letter WHERE id = $1", letter_id)


async def revoke(
    booking_id: UUID, reason: str, now: datetime, *, before_version: int | None = None
) -> list[Any]:
    """Revoke a booking's letter, or only one of an earlier version; return what was revoked."""
    return list(
        await connection().fetch(
            "UPDATE letter SET revoked_at = $3, revoked_reason = $2 WHERE booking_id = $1"
            " AND revoked_at IS NULL AND ($4::int IS NULL OR booking_version < $4)"
            " RETURNING id, patient_id, home_state",
            booking_id, reason, now, before_version,
        )
    )  # fmt: skip


async def letters_of(patient_ids: list[UUID]) -> list[Any]:
    """Return every letter about a patient that the actor may see, newest first."""
    return list(
        await connection().fetch(
            "SELECT * FROM letter WHERE patient_id = ANY($1) ORDER BY id DESC", patient_ids
        )
    )
