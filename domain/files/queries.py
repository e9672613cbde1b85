"""The queries of files; row-level security and `consent_permits` decide on every row."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.actor import Actor
from domain.clock import utc_now
from domain.db import connection
from domain.files.rules import WRITER_LEASE
from domain.files.tables import StoredFile
from domain.files.types import FileReason, FileStatus, Part

_COLUMNS = (
    "f.id, f.patient_id, f.organisation_id, f.home_state, f.purpose, f.category, f.labels,"
    " f.effective_at, f.media_type, f.size, f.received, f.name_sealed, f.sha256_sealed, f.status,"
    " f.reason, f.scanned, f.writer, f.writer_until, f.created_at, f.checked_at,"
    " CASE WHEN f.patient_id IS NOT NULL AND actor_organisation() IS NOT NULL THEN"
    " consent_permits(f.patient_id, actor_organisation(), f.category, f.labels, f.effective_at)"
    " END AS consent_id"
)


async def insert_file(file: StoredFile) -> None:
    """Store that a file was announced."""
    await StoredFile.insert(file)


async def file(file_id: UUID, *, visible_to: Actor) -> Any:
    """Return a file, with the consent that lets the actor's organisation read it, or None."""
    return await connection().fetchrow(
        f"SELECT {_COLUMNS} FROM stored_file f WHERE f.id = $1", file_id
    )


async def files_of(
    patient_id: UUID, after: UUID | None, limit: int, *, by_consent: bool, visible_to: Actor
) -> list[Any]:
    """Return a patient's files, newest first, one more than `limit`; those that are gone not."""
    return list(
        await connection().fetch(
            f"SELECT * FROM (SELECT {_COLUMNS} FROM stored_file f"
            " WHERE f.patient_id = ANY(ARRAY(SELECT patient_family($1)))"
            " AND f.status NOT IN ('deleted', 'erased') AND ($2::uuid IS NULL OR f.id < $2))"
            " AS seen WHERE NOT $4 OR (consent_id IS NOT NULL AND status = 'available')"
            " ORDER BY id DESC LIMIT $3",
            patient_id, after, limit + 1, by_consent,
        )
    )  # fmt: skip


async def evidence_of(
    organisation_id: UUID, after: UUID | None, limit: int, *, visible_to: Actor
) -> list[Any]:
    """Return an organisation's evidence, newest first, one more than `limit`."""
    return list(
        await connection().fetch(
            f"SELECT {_COLUMNS} FROM stored_file f WHERE f.organisation_id = $1"
            " AND f.status NOT IN ('deleted', 'erased') AND ($2::uuid IS NULL OR f.id < $2)"
            " ORDER BY f.id DESC LIMIT $3",
            organisation_id, after, limit + 1,
        )
    )  # fmt: skip


async def lock_owner(owner_id: UUID) -> None:
    """Let one operation at a time announce files of one patient or organisation."""
    await connection().execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('files|' || $1, 7))", str(owner_id)
    )


async def open_uploads(owner_id: UUID) -> int:
    """Return how many uploads of a patient or organisation are unfinished."""
    return int(
        await connection().fetchval(
            "SELECT count(*) FROM stored_file WHERE (patient_id = $1 OR organisation_id = $1)"
            " AND status = 'uploading'",
            owner_id,
        )
    )


async def claim_writing(file_id: UUID, writer: UUID, offset: int) -> bool:
    """Make one writer the file's only one, if nobody else writes at this moment."""
    now = utc_now()
    return bool(
        await connection().fetchval(
            "UPDATE stored_file SET writer = $2, writer_until = $3 WHERE id = $1"
            " AND status = 'uploading' AND received = $4"
            " AND (writer IS NULL OR writer_until < $5) RETURNING true",
            file_id, writer, now + WRITER_LEASE, offset, now,
        )
    )  # fmt: skip


async def release_writing(file_id: UUID, writer: UUID) -> None:
    """Let others write."""
    await connection().execute(
        "UPDATE stored_file SET writer = NULL, writer_until = NULL WHERE id = $1 AND writer = $2",
        file_id, writer,
    )  # fmt: skip


async def advance(file_id: UUID, writer: UUID, received: int, *, done: bool) -> bool:
    """Move the offset on, for the one writer who holds the file; the last part ends the upload."""
    now = utc_now()
    return bool(
        await connection().fetchval(
            "UPDATE stored_file SET received = $3, touched_at = $4::timestamptz, writer_until = $5,"
            " status = CASE WHEN $6 THEN 'pending' ELSE status END,"
            " check_due_at = CASE WHEN $6 THEN $4::timestamptz END"
            " WHERE id = $1 AND writer = $2 AND status = 'uploading' RETURNING true",
            file_id, writer, received, now, now + WRITER_LEASE, done,
        )
    )  # fmt: skip


async def replace_part(file_id: UUID, part: Part, replaced: UUID | None) -> None:
    """Store a part, in the place of the unfinished one that it continues."""
    if replaced is not None:
        await connection().execute(
            "DELETE FROM file_part WHERE id = $1 AND file_id = $2", replaced, file_id
        )
    await connection().execute(
        "INSERT INTO file_part (id, file_id, number, size) VALUES ($1, $2, $3, $4)",
        part.id, file_id, part.number, part.size,
    )  # fmt: skip


async def parts_of(file_id: UUID) -> list[Part]:
    """Return the parts of a file in their order."""
    rows = await connection().fetch(
        "SELECT id, number, size FROM file_part WHERE file_id = $1 ORDER BY number", file_id
    )
    return [Part(row["id"], row["number"], row["size"]) for row in rows]


async def last_part(file_id: UUID) -> Part | None:
    """Return the part that a continued upload begins after, or within."""
    row = await connection().fetchrow(
        "SELECT id, number, size FROM file_part WHERE file_id = $1 ORDER BY number DESC LIMIT 1",
        file_id,
    )
    return Part(row["id"], row["number"], row["size"]) if row else None


async def forget_parts(file_id: UUID, parts: Sequence[UUID]) -> None:
    """Drop the rows of parts whose objects are gone."""
    await connection().execute(
        "DELETE FROM file_part WHERE file_id = $1 AND id = ANY($2)", file_id, list(parts)
    )


async def remove(file_id: UUID, status: FileStatus, reason: FileReason) -> bool:
    """Mark a file as removed; return whether it was there to remove."""
    return bool(
        await connection().fetchval(
            "UPDATE stored_file SET status = $2, reason = $3, writer = NULL, writer_until = NULL,"
            " check_due_at = NULL WHERE id = $1 AND status NOT IN ('deleted', 'erased')"
            " RETURNING true",
            file_id, status.value, reason.value,
        )
    )  # fmt: skip


async def mark_erased(patient_id: UUID | None, organisation_id: UUID | None) -> list[UUID]:
    """Mark every file of a subject as erased, with its sealed name gone; return their ids."""
    rows = await connection().fetch(
        "UPDATE stored_file SET status = 'erased', name_sealed = '', sha256_sealed = NULL,"
        " writer = NULL, writer_until = NULL, check_due_at = NULL"
        " WHERE patient_id = $1 OR organisation_id = $2 RETURNING id",
        patient_id, organisation_id,
    )  # fmt: skip
    return [row["id"] for row in rows]


async def due_checks(now: datetime) -> list[UUID]:
    """Return the complete files whose check is due."""
    rows = await connection().fetch(
        "SELECT id FROM stored_file WHERE status = 'pending' AND check_due_at <= $1"
        " ORDER BY check_due_at LIMIT 20",
        now,
    )
    return [row["id"] for row in rows]


async def claim_check(file_id: UUID, now: datetime, until: datetime) -> Any | None:
    """Take over the check of a file that is due, until then; None when somebody else has it."""
    return await connection().fetchrow(
        "UPDATE stored_file SET check_due_at = $3, check_attempts = check_attempts + 1"
        " WHERE id = $1 AND status = 'pending' AND check_due_at <= $2"
        " RETURNING id, patient_id, organisation_id, home_state, purpose, media_type, size,"
        " sha256_sealed, check_attempts",
        file_id, now, until,
    )  # fmt: skip


async def postpone_check(file_id: UUID, due_at: datetime) -> None:
    """Let the check be tried again."""
    await connection().execute(
        "UPDATE stored_file SET check_due_at = $2 WHERE id = $1 AND status = 'pending'",
        file_id, due_at,
    )  # fmt: skip


async def settle_check(
    file_id: UUID,
    status: FileStatus,
    reason: FileReason | None,
    scanned: bool,
    sha256: bytes | None,
) -> bool:
    """Write down what a check found, unless the file is gone; return whether it was written."""
    return bool(
        await connection().fetchval(
            "UPDATE stored_file SET status = $2::text, reason = $3, scanned = $4,"
            " sha256_sealed = coalesce($5, sha256_sealed), checked_at = $6, check_due_at = NULL"
            " WHERE id = $1 AND status = 'pending' RETURNING true",
            file_id, status.value, reason.value if reason else None, scanned, sha256, utc_now(),
        )
    )  # fmt: skip


async def abandoned(before: datetime) -> list[UUID]:
    """Return the unfinished uploads that nobody continued since."""
    rows = await connection().fetch(
        "SELECT id FROM stored_file WHERE status = 'uploading' AND touched_at < $1"
        " AND (writer_until IS NULL OR writer_until < $1) LIMIT 500",
        before,
    )
    return [row["id"] for row in rows]


async def with_leftovers() -> list[UUID]:
    """Return the files that are gone or rejected but still have objects."""
    rows = await connection().fetch(
        "SELECT DISTINCT f.id FROM stored_file f JOIN file_part p ON p.file_id = f.id"
        " WHERE f.status IN ('rejected', 'deleted', 'erased') LIMIT 500"
    )
    return [row["id"] for row in rows]


async def known_parts(ids: Sequence[UUID]) -> set[UUID]:
    """Return which of these objects belong to a file."""
    rows = await connection().fetch("SELECT id FROM file_part WHERE id = ANY($1)", list(ids))
    return {row["id"] for row in rows}


async def size_of(file_id: UUID) -> int | None:
    """Return the declared size of a file."""
    found = await connection().fetchval("SELECT size FROM stored_file WHERE id = $1", file_id)
    return None if found is None else int(found)


async def had_files(organisation_id: UUID) -> bool:
    """Tell whether an organisation ever handed in evidence."""
    return bool(
        await connection().fetchval(
            "SELECT exists(SELECT FROM stored_file WHERE organisation_id = $1)", organisation_id
        )
    )
