"""The queries of guardianships and of claiming a file."""

from datetime import datetime
from typing import Any
from uuid import UUID

from domain.actor import Actor
from domain.db import connection
from domain.patients.tables import Guardianship
from domain.patients.types import AccessKind

_LIVE = " AND ended_at IS NULL AND (until IS NULL OR until > clock_timestamp())"
_FAMILY = "ANY(ARRAY(SELECT patient_family($1)))"


async def insert_guardianship(guardianship: Guardianship) -> None:
    """Store that somebody shall act for a ward."""
    await Guardianship.insert(guardianship)


async def guardianship(guardianship_id: UUID, *, visible_to: Actor, lock: bool = False) -> Any:
    """Return a guardianship the actor may see, or None (row-level security decides)."""
    return await connection().fetchrow(
        "SELECT * FROM guardianship WHERE id = $1" + (" FOR UPDATE" if lock else ""),
        guardianship_id,
    )


async def guardianships(*, visible_to: Actor) -> list[Any]:
    """Return the guardianships the actor may see, newest first; offers that ran out not."""
    return list(
        await connection().fetch(
            "SELECT * FROM guardianship WHERE status <> 'offered'"
            " OR code_expires_at > clock_timestamp() ORDER BY id DESC LIMIT 100"
        )
    )


async def take_up(code_hash: bytes, account_id: UUID, now: datetime) -> Any:
    """Let an account ask to be the guardian it was offered; None where the code does not hold."""
    return await connection().fetchrow(
        "UPDATE guardianship SET account_id = $2, status = 'requested' WHERE code_hash = $1"
        " AND status = 'offered' AND code_expires_at > $3 AND until > $3 RETURNING *",
        code_hash, account_id, now,
    ) or await connection().fetchrow(
        "SELECT * FROM guardianship WHERE code_hash = $1 AND account_id = $2",
        code_hash, account_id,
    )  # fmt: skip


async def decide(
    guardianship_id: UUID, status: str, officer_id: UUID, access_id: UUID | None, now: datetime
) -> None:
    """Note what an officer decided."""
    await connection().execute(
        "UPDATE guardianship SET status = $2, decided_by = $3, access_id = $4, decided_at = $5"
        " WHERE id = $1",
        guardianship_id, status, officer_id, access_id, now,
    )  # fmt: skip


async def end(guardianship_id: UUID, account_id: UUID, now: datetime) -> None:
    """Note who ended a guardianship."""
    await connection().execute(
        "UPDATE guardianship SET status = 'ended', ended_by = $2, ended_at = $3 WHERE id = $1",
        guardianship_id, account_id, now,
    )  # fmt: skip


async def lock_patient(patient_id: UUID) -> Any:
    """Return a patient with the sealed day of birth, locked; for the system only."""
    return await connection().fetchrow(
        "SELECT p.id, p.person_id, p.home_state, h.birth_date_sealed FROM patient p"
        " JOIN person h ON h.id = p.person_id WHERE p.id = $1 FOR UPDATE OF p",
        patient_id,
    )


async def live_accesses(patient_id: UUID) -> list[Any]:
    """Return everybody's live access to a patient, by any of their numbers."""
    return list(
        await connection().fetch(f"SELECT * FROM access WHERE patient_id = {_FAMILY}" + _LIVE,
                                 patient_id)
    )  # fmt: skip


async def ever_represented(patient_id: UUID, account_id: UUID) -> bool:
    """Tell whether an account is or was the patient's parent or guardian here."""
    return bool(
        await connection().fetchval(
            f"SELECT EXISTS (SELECT FROM access WHERE patient_id = {_FAMILY}"
            " AND account_id = $2 AND kind = $3)",
            patient_id, account_id, AccessKind.PROXY.value,
        )
    )  # fmt: skip


async def person_of_account(account_id: UUID) -> UUID:
    """Return who signs in with an account."""
    return UUID(
        str(await connection().fetchval("SELECT person_id FROM account WHERE id = $1", account_id))
    )
