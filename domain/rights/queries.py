"""The queries of erasures and legal holds."""

from datetime import datetime
from typing import Any
from uuid import UUID

from domain.actor import Actor
from domain.db import connection
from domain.rights.tables import Erasure, LegalHold
from domain.rights.types import HoldView

_VIEW = "SELECT e.*, on_legal_hold(e.patient_id) AS held FROM erasure e"


async def insert_erasure(erasure: Erasure) -> None:
    """Store a new request."""
    await Erasure.insert(erasure)


async def erasure(erasure_id: UUID, *, visible_to: Actor, lock: bool = False) -> Any | None:
    """Return a request that the actor may see; row-level security decides."""
    return await connection().fetchrow(
        _VIEW + " WHERE e.id = $1" + (" FOR UPDATE OF e" if lock else ""), erasure_id
    )


async def erasures(patient_id: UUID | None, *, visible_to: Actor) -> list[Any]:
    """Return the requests that the actor may see, newest first."""
    return list(
        await connection().fetch(
            _VIEW + " WHERE $1::uuid IS NULL OR e.patient_id = $1 ORDER BY e.id DESC LIMIT 200",
            patient_id,
        )
    )


async def move(
    erasure_id: UUID, status: str, *, by: UUID | None, reason: str | None, now: datetime
) -> None:
    """Note a step of a request, and who took it."""
    await connection().execute(
        "UPDATE erasure SET status = $2::text,"
        " reviewed_by = CASE WHEN $2 = 'reviewed' THEN $3 ELSE reviewed_by END,"
        " confirmed_by = CASE WHEN $2 = 'confirmed' THEN $3 ELSE confirmed_by END,"
        " reason = coalesce($4, reason),"
        " decided_at = CASE WHEN $2 IN ('confirmed', 'refused', 'withdrawn') THEN $5"
        " ELSE decided_at END,"
        " done_at = CASE WHEN $2 = 'done' THEN $5 ELSE done_at END WHERE id = $1",
        erasure_id, status, by, reason, now,
    )  # fmt: skip


async def insert_hold(hold: LegalHold) -> None:
    """Store a new legal hold."""
    await LegalHold.insert(hold)


async def home_of(patient_id: UUID) -> str | None:
    """Return the home state of a patient."""
    found = await connection().fetchval("SELECT home_state FROM patient WHERE id = $1", patient_id)
    return str(found) if found else None


async def holds(patient_id: UUID, *, visible_to: Actor) -> list[HoldView]:
    """Return a patient's legal holds, newest first."""
    rows = await connection().fetch(
        "SELECT * FROM legal_hold WHERE patient_id = $1 ORDER BY id DESC LIMIT 100", patient_id
    )
    return [_hold(row) for row in rows]


async def lift(hold_id: UUID, by: UUID | None, now: datetime) -> HoldView | None:
    """End a legal hold that stands and return it."""
    row = await connection().fetchrow(
        "UPDATE legal_hold SET lifted_by = $2, lifted_at = $3"
        " WHERE id = $1 AND lifted_at IS NULL RETURNING *",
        hold_id, by, now,
    )  # fmt: skip
    return _hold(row) if row else None


async def unfinished() -> list[UUID]:
    """Return the confirmed requests that were not executed yet and are not held."""
    rows = await connection().fetch(_VIEW + " WHERE e.status = 'confirmed'")
    return [row["id"] for row in rows if not row["held"]]


def _hold(row: Any) -> HoldView:
    return HoldView(
        row["id"], row["patient_id"], row["authority"], row["reference"], row["placed_at"],
        row["lifted_at"],
    )  # fmt: skip
