"""The queries of appeals and renewals."""

from datetime import datetime
from typing import Any
from uuid import UUID

from domain.credentials.proceeding_types import (
    AppealView,
    RenewalStatus,
    RenewalView,
)
from domain.credentials.tables import CredentialAppeal, CredentialRenewal
from domain.credentials.types import (
    AppealStatus,
)
from domain.db import connection


async def insert_appeal(row: CredentialAppeal) -> None:
    """Store a new appeal."""
    await CredentialAppeal.insert(row)


async def appeals(credential_id: UUID) -> list[AppealView]:
    """Return the appeals of a credential, newest first."""
    rows = await connection().fetch(
        "SELECT * FROM credential_appeal WHERE credential_id = $1 ORDER BY id DESC LIMIT 200",
        credential_id,
    )
    return [
        AppealView(
            row["id"], AppealStatus(row["status"]), row["against_version"], row["grounds"],
            row["filed_at"], row["closed_at"], row["reason"],
        )
        for row in rows
    ]  # fmt: skip


async def open_appeal(credential_id: UUID) -> Any | None:
    """Return the open appeal of a credential."""
    return await connection().fetchrow(
        "SELECT * FROM credential_appeal WHERE credential_id = $1 AND status = 'filed'",
        credential_id,
    )


async def close_appeal(
    credential_id: UUID,
    status: AppealStatus,
    closed_by: UUID | None,
    now: datetime,
    reason: str | None,
) -> bool:
    """Close the open appeal of a credential; return whether there was one."""
    closed = await connection().fetchval(
        "UPDATE credential_appeal SET status = $2, closed_by = $3, closed_at = $4, reason = $5"
        " WHERE credential_id = $1 AND status = 'filed' RETURNING true",
        credential_id, status.value, closed_by, now, reason,
    )  # fmt: skip
    return bool(closed)


async def insert_renewal(row: CredentialRenewal) -> None:
    """Store a new renewal."""
    await CredentialRenewal.insert(row)


async def renewals(credential_id: UUID) -> list[RenewalView]:
    """Return the renewals of a credential, newest first."""
    rows = await connection().fetch(
        "SELECT * FROM credential_renewal WHERE credential_id = $1 ORDER BY id DESC LIMIT 200",
        credential_id,
    )
    return [
        RenewalView(
            row["id"], RenewalStatus(row["status"]), row["reference_number"], row["file_id"],
            row["evidence_sha256"].hex(), row["filed_at"], row["decided_at"], row["reason"],
        )
        for row in rows
    ]  # fmt: skip


async def decide_renewal(
    credential_id: UUID,
    status: RenewalStatus,
    decided_by: UUID | None,
    now: datetime,
    reason: str | None,
) -> bool:
    """Settle the renewal that waits; return whether there was one."""
    decided = await connection().fetchval(
        "UPDATE credential_renewal SET status = $2, decided_by = $3, decided_at = $4, reason = $5"
        " WHERE credential_id = $1 AND status = 'filed' RETURNING true",
        credential_id, status.value, decided_by, now, reason,
    )  # fmt: skip
    return bool(decided)
