"""The queries of data keys, which the database holds only wrapped."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from domain.clock import utc_now
from domain.db import connection
from domain.ids import new_id


async def insert_data_key(kind: str, subject_id: UUID, wrapped: bytes, kek_version: int) -> None:
    """Store a subject's first data key."""
    await connection().execute(
        "INSERT INTO data_key (id, subject_kind, subject_id, version, wrapped, kek_version,"
        " created_at) VALUES ($1, $2, $3, 1, $4, $5, $6)",
        new_id(), kind, subject_id, wrapped, kek_version, utc_now(),
    )  # fmt: skip


async def data_keys(kind: str, subject_ids: Sequence[UUID]) -> list[Any]:
    """Return the data keys of subjects of one kind."""
    return list(
        await connection().fetch(
            "SELECT subject_id, version, wrapped, kek_version FROM data_key"
            " WHERE subject_kind = $1 AND subject_id = ANY($2)",
            kind, subject_ids,
        )
    )  # fmt: skip


async def newest_data_key() -> Any:
    """Return whose data key was made last, or None before the first."""
    return await connection().fetchrow(
        "SELECT subject_kind, subject_id FROM data_key ORDER BY id DESC LIMIT 1"
    )


async def delete_data_keys(kind: str, subject_id: UUID) -> int:
    """Destroy every data key of a subject; return how many there were."""
    rows = await connection().fetch(
        "DELETE FROM data_key WHERE subject_kind = $1 AND subject_id = $2 RETURNING id",
        kind, subject_id,
    )  # fmt: skip
    return len(rows)
