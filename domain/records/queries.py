"""The queries of records; row-level security and `consent_permits` decide on every row."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.actor import Actor
from domain.consents.types import Category, Terms
from domain.db import connection
from domain.records.tables import RecordEntry, RecordImport
from domain.records.types import Cursor

_COLUMNS = (
    "e.id, e.patient_id, e.category, e.resource_type, e.body_sealed, e.effective_at, e.labels,"
    " e.source_country, e.source_organisation_id, e.author_account_id, e.created_at"
)
_FAMILY = "ANY(ARRAY(SELECT patient_family($1)))"
"""The file and those it was merged with."""
_NEWEST_FIRST = " coalesce(effective_at, '-infinity') DESC, id DESC"
_BEFORE = (
    " ($3::uuid IS NULL OR (coalesce(effective_at, '-infinity'), id)"
    " < (coalesce($4::timestamptz, '-infinity'), $3))"
)
_PERMITTED = (
    "consent_permits(e.patient_id, actor_organisation(), e.category, e.labels, e.effective_at, $2)"
)


async def lock_record(patient_id: UUID) -> None:
    """Let one operation at a time add to a record."""
    await connection().execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('record|' || $1, 7))", str(patient_id)
    )


async def import_of(patient_id: UUID, sha256: bytes, *, visible_to: Actor) -> Any | None:
    """Return the import that brought exactly these bytes, if there was one."""
    return await connection().fetchrow(
        f"SELECT * FROM record_import WHERE patient_id = {_FAMILY} AND sha256 = $2 ORDER BY id",
        patient_id,
        sha256,
    )


async def insert_import(brought: RecordImport) -> None:
    """Store that a document was imported."""
    await RecordImport.insert(brought)


async def known_bodies(patient_id: UUID, indexes: Sequence[bytes]) -> set[bytes]:
    """Return which of these fingerprints current entries of the record have."""
    rows = await connection().fetch(
        "SELECT body_index FROM record_entry WHERE patient_id = $1 AND status = 'current'"
        " AND body_index = ANY($2)",
        patient_id, list(indexes),
    )  # fmt: skip
    return {bytes(row["body_index"]) for row in rows}


async def insert_entries(entries: Sequence[RecordEntry]) -> None:
    """Store new entries."""
    await connection().executemany(
        "INSERT INTO record_entry (id, patient_id, home_state, category, resource_type,"
        " body_sealed, body_index, code_index, effective_at, labels, source_country,"
        " source_organisation_id, author_account_id, import_id, residency, status, created_at)"
        " VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17)",
        [
            (
                e.id, e.patient_id, e.home_state, e.category, e.resource_type, e.body_sealed,
                e.body_index, e.code_index, e.effective_at, e.labels, e.source_country,
                e.source_organisation_id, e.author_account_id, e.import_id, e.residency,
                e.status, e.created_at,
            )
            for e in entries
        ],
    )  # fmt: skip


async def counts(
    patient_id: UUID, episode_id: UUID | None, *, by_consent: bool, visible_to: Actor
) -> dict[Category, int]:
    """Return how many entries of each section the actor may see."""
    rows = await connection().fetch(
        "SELECT e.category, count(*) AS entries FROM record_entry e"
        f" WHERE e.patient_id = {_FAMILY} AND e.status = 'current' AND (NOT $3 OR {_PERMITTED}"
        " IS NOT NULL) GROUP BY e.category",
        patient_id, episode_id, by_consent,
    )  # fmt: skip
    return {Category(row["category"]): row["entries"] for row in rows}


async def sections(
    patient_id: UUID,
    episode_id: UUID | None,
    categories: Sequence[Category],
    after: Cursor | None,
    limit: int,
    *,
    by_consent: bool,
    visible_to: Actor,
) -> list[Any]:
    """Return the newest entries of each section, one more than `limit` each.

    Every row has the consent that permits it and the section's total for this reader.
    """
    return list(
        await connection().fetch(
            "SELECT * FROM (SELECT shown.*, row_number() OVER (PARTITION BY category"
            f" ORDER BY {_NEWEST_FIRST}) AS place FROM (SELECT seen.*, count(*) OVER"
            f" (PARTITION BY category) AS total FROM (SELECT {_COLUMNS}, CASE WHEN $7"
            f" THEN {_PERMITTED} END AS consent_id FROM record_entry e"
            f" WHERE e.patient_id = {_FAMILY} AND e.status = 'current'"
            " AND e.category = ANY($5)) AS seen"
            " WHERE NOT $7 OR consent_id IS NOT NULL) AS shown"
            f" WHERE {_BEFORE}) AS placed"
            " WHERE place <= $6 ORDER BY category, place",
            patient_id, episode_id, after.id if after else None,
            after.effective_at if after else None, [each.value for each in categories],
            limit + 1, by_consent,
        )
    )  # fmt: skip


async def covered(
    patient_id: UUID,
    terms: Terms,
    categories: Sequence[Category],
    after: Cursor | None,
    limit: int,
    *,
    granted_at: datetime | None,
) -> list[Any]:
    """Return the newest entries of each section that lie within the terms of a consent."""
    return list(
        await connection().fetch(
            "SELECT * FROM (SELECT shown.*, row_number() OVER (PARTITION BY category"
            f" ORDER BY {_NEWEST_FIRST}) AS place FROM (SELECT {_COLUMNS}, count(*) OVER"
            " (PARTITION BY category) AS total FROM record_entry e WHERE (e.patient_id = $1"
            " OR e.patient_id IN (SELECT other FROM patient_links($1)"
            "  WHERE $10::timestamptz IS NULL OR since <= $10)) AND e.status = 'current'"
            " AND e.category = ANY($2) AND consent_covers($6, $7, $8,"
            f" $9, e.category, e.labels, e.effective_at)) AS shown WHERE {_BEFORE}) AS placed"
            " WHERE place <= $5 ORDER BY category, place",
            patient_id, [each.value for each in categories], after.id if after else None,
            after.effective_at if after else None, limit + 1, sorted(terms.categories),
            sorted(terms.excluded_labels), terms.data_from, terms.data_to, granted_at,
        )
    )  # fmt: skip


async def coded(patient_id: UUID, code_indexes: Sequence[bytes]) -> list[Any]:
    """Return the current entries of one file that carry one of these codes."""
    return list(
        await connection().fetch(
            "SELECT e.id, e.body_sealed, e.code_index FROM record_entry e WHERE patient_id = $1"
            " AND code_index = ANY($2) AND status = 'current'",
            patient_id, list(code_indexes),
        )
    )  # fmt: skip
