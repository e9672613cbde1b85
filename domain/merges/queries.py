"""The queries of merging two files."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.actor import Actor
from domain.db import connection
from domain.merges.rules import Holders
from domain.merges.tables import PatientAlias, PatientMerge
from domain.patients.types import AccessKind

_CONTENTS = {
    "cases": "care_case t WHERE true",
    "referrals": "referral t WHERE true",
    "bookings": "booking t WHERE true",
    "consents": "consent t WHERE true",
    "entries": "record_entry t WHERE status = 'current'",
    "files": "stored_file t WHERE status NOT IN ('deleted', 'erased')",
    "people": "access t WHERE ended_at IS NULL AND (until IS NULL OR until > clock_timestamp())",
    "practices": "care_relation t WHERE (until IS NULL OR until > clock_timestamp())",
}
"""What a file holds, by the name under which the preview counts it."""

_SINCE = {
    "care_case": "created_at",
    "referral": "updated_at",
    "booking": "created_at",
    "consent": "updated_at",
    "record_entry": "created_at",
    "record_import": "created_at",
    "stored_file": "created_at",
    "access": "created_at",
    "care_relation": "since",
    "mandate_offer": "created_at",
}
"""When a row that may depend on a merge came about, by table."""

_LIVE_BOOKING = (
    "status IN ('held', 'pending_payment', 'awaiting_facility', 'confirmed', 'checked_in',"
    " 'pre_op_assessed', 'in_treatment', 'extended')"
)


async def lock_files(ids: Sequence[UUID]) -> dict[UUID, Any]:
    """Return patients with what makes them unfit for a merge, locked, the lower number first."""
    rows = await connection().fetch(
        "SELECT id, home_state, is_alias, EXISTS (SELECT FROM patient_alias l"
        " WHERE l.patient_id = p.id) AS is_survivor, on_legal_hold(id) AS held"
        " FROM patient p WHERE id = ANY($1)"
        " ORDER BY id FOR UPDATE",
        list(ids),
    )
    return {row["id"]: row for row in rows}


async def holders(ids: Sequence[UUID]) -> dict[UUID, Holders]:
    """Return, by file, the accounts that are its own side now."""
    rows = await connection().fetch(
        "SELECT f.id, x.account_id, x.kind FROM unnest($1::uuid[]) AS f(id)"
        " JOIN access x ON x.patient_id = f.id"
        "  OR x.patient_id IN (SELECT alias_id FROM patient_alias WHERE patient_id = f.id)"
        " WHERE x.kind IN ('self', 'proxy') AND x.ended_at IS NULL"
        " AND (x.until IS NULL OR x.until > clock_timestamp()) ORDER BY x.kind",
        list(ids),
    )
    found: dict[UUID, dict[UUID, AccessKind]] = {each: {} for each in ids}
    for row in rows:
        # Whoever is both comes last as themself.
        found[row["id"]][row["account_id"]] = AccessKind(row["kind"])
    return dict(found)


async def bookings_cross(one: UUID, other: UUID) -> bool:
    """Tell whether two files hold bookings for the same time."""
    return bool(
        await connection().fetchval(
            "SELECT EXISTS (SELECT FROM booking a JOIN booking b"
            " ON a.starts_at < b.ends_at AND b.starts_at < a.ends_at"
            " WHERE a.patient_id IN (SELECT patient_family($1))"
            " AND b.patient_id IN (SELECT patient_family($2))"
            f" AND a.{_LIVE_BOOKING} AND b.{_LIVE_BOOKING})",
            one, other,
        )
    )  # fmt: skip


async def contents(patient_id: UUID) -> Any:
    """Return how much lies in a file, and a mark that changes with every row of it."""
    counted = ", ".join(
        f"(SELECT count(*) FROM {table} AND t.patient_id = ANY(f.ids)) AS {name},"
        " (SELECT md5(coalesce(string_agg(t.id::text, ',' ORDER BY t.id), ''))"
        f" FROM {table} AND t.patient_id = ANY(f.ids)) AS {name}_mark"
        for name, table in _CONTENTS.items()
    )
    return await connection().fetchrow(
        f"SELECT {counted} FROM (SELECT ARRAY(SELECT patient_family($1)) AS ids) AS f", patient_id
    )


async def insert_merge(merge: PatientMerge) -> None:
    """Store a proposal to merge two files."""
    await PatientMerge.insert(merge)


async def expire(now: datetime, before: datetime) -> None:
    """Close the proposals that nobody confirmed in time."""
    await connection().execute(
        "UPDATE patient_merge SET status = 'expired', closed_at = $1"
        " WHERE status = 'proposed' AND proposed_at <= $2",
        now, before,
    )  # fmt: skip


async def open_merge_of(one: UUID, other: UUID, proposed_by: UUID) -> UUID | None:
    """Return the account's own open proposal about two files."""
    found = await connection().fetchval(
        "SELECT id FROM patient_merge WHERE survivor_id = $1 AND alias_id = $2"
        " AND proposed_by = $3 AND status IN ('proposed', 'merged') ORDER BY id DESC LIMIT 1",
        one, other, proposed_by,
    )  # fmt: skip
    return None if found is None else UUID(str(found))


async def merge(merge_id: UUID, *, visible_to: Actor, lock: bool = False) -> Any:
    """Return a merge the actor may see, or None (row-level security decides), locked when asked."""
    return await connection().fetchrow(
        "SELECT * FROM patient_merge WHERE id = $1" + (" FOR UPDATE" if lock else ""), merge_id
    )


async def merges(*, visible_to: Actor) -> list[Any]:
    """Return the merges the actor may see, newest first."""
    return list(await connection().fetch("SELECT * FROM patient_merge ORDER BY id DESC LIMIT 100"))


async def agree(merge_id: UUID, account_id: UUID, *, survivor: bool, alias: bool) -> None:
    """Note for which of the files somebody agrees."""
    await connection().execute(
        "UPDATE patient_merge SET"
        " survivor_agreed_by = CASE WHEN $3 THEN $2 ELSE survivor_agreed_by END,"
        " alias_agreed_by = CASE WHEN $4 THEN $2 ELSE alias_agreed_by END WHERE id = $1",
        merge_id, account_id, survivor, alias,
    )  # fmt: skip


async def settle(
    merge_id: UUID, merged_by: UUID, officer_id: UUID | None, accepted: list[str], now: datetime
) -> None:
    """Note who merged two files and which contradictions were put up with."""
    await connection().execute(
        "UPDATE patient_merge SET status = 'merged', merged_by = $2, officer_id = $3,"
        " accepted = $4, merged_at = $5 WHERE id = $1",
        merge_id, merged_by, officer_id, accepted, now,
    )  # fmt: skip


async def insert_alias(alias: PatientAlias) -> None:
    """Let a file answer to the number of another."""
    await connection().execute("UPDATE patient SET is_alias = true WHERE id = $1", alias.alias_id)
    await PatientAlias.insert(alias)


async def remove_alias(alias_id: UUID) -> None:
    """Let a file stand under its own number again."""
    await connection().execute("DELETE FROM patient_alias WHERE alias_id = $1", alias_id)
    await connection().execute("UPDATE patient SET is_alias = false WHERE id = $1", alias_id)


async def close(
    merge_id: UUID, status: str, account_id: UUID, reason_sealed: bytes, now: datetime
) -> None:
    """Note that a proposal was withdrawn or a merge undone."""
    await connection().execute(
        "UPDATE patient_merge SET status = $2, closed_by = $3, closed_reason_sealed = $4,"
        " closed_at = $5 WHERE id = $1",
        merge_id, status, account_id, reason_sealed, now,
    )  # fmt: skip


async def used_since(patient_id: UUID, since: datetime) -> bool:
    """Tell whether anything was done with a file or what was merged with it."""
    return bool(
        await connection().fetchval(
            "SELECT "
            + " OR ".join(
                f"EXISTS (SELECT FROM {table} WHERE patient_id = ANY(f.ids) AND {column} > $2)"
                for table, column in _SINCE.items()
            )
            + " FROM (SELECT ARRAY(SELECT patient_family($1)) AS ids) AS f",
            patient_id, since,
        )
    )  # fmt: skip
