"""The queries of attempts and links."""

from datetime import datetime
from typing import Any
from uuid import UUID

from domain.db import connection
from domain.identity.tables import EidAttempt, EidLink


async def insert_attempt(attempt: EidAttempt) -> None:
    """Store a new attempt and drop those that ran out."""
    await connection().execute("DELETE FROM eid_attempt WHERE expires_at < clock_timestamp()")
    await EidAttempt.insert(attempt)


async def take_attempt(
    attempt_id: UUID, provider: str, purpose: str | None, binder_hash: bytes
) -> Any | None:
    """Use up an attempt of this browser with this provider, for this purpose if one is named."""
    return await connection().fetchrow(
        "DELETE FROM eid_attempt WHERE id = $1 AND provider = $2"
        " AND ($3::text IS NULL OR purpose = $3) AND binder_hash = $4"
        " AND expires_at > clock_timestamp() RETURNING *",
        attempt_id, provider, purpose, binder_hash,
    )  # fmt: skip


async def insert_link(link: EidLink) -> None:
    """Store a new link."""
    await EidLink.insert(link)


async def use_link(subject_index: bytes, now: datetime) -> UUID | None:
    """Note that an identity was proved again, and return the open account it opens."""
    found = await connection().fetchval(
        "UPDATE eid_link l SET last_used_at = $2 FROM account a"
        " WHERE l.subject_index = $1 AND a.id = l.account_id AND a.closed_at IS NULL"
        " RETURNING l.account_id",
        subject_index, now,
    )  # fmt: skip
    return UUID(str(found)) if found else None


async def links_of(account_id: UUID) -> list[Any]:
    """Return the links of an account with its person, oldest first."""
    return list(
        await connection().fetch(
            "SELECT l.*, a.person_id FROM eid_link l JOIN account a ON a.id = l.account_id"
            " WHERE l.account_id = $1 ORDER BY l.id",
            account_id,
        )
    )


async def delete_link(link_id: UUID, account_id: UUID) -> Any | None:
    """Remove a link of this account and return it."""
    return await connection().fetchrow(
        "DELETE FROM eid_link WHERE id = $1 AND account_id = $2 RETURNING provider",
        link_id, account_id,
    )  # fmt: skip
