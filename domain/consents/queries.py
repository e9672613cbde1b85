"""The queries of consents."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from domain.actor import Actor, Role
from domain.consents.rules import status_at
from domain.consents.tables import Consent, ConsentTransition
from domain.consents.types import (
    AccessMode,
    Category,
    ConsentStatus,
    ConsentView,
    HowGiven,
    Label,
    Party,
    Purpose,
    Terms,
)
from domain.db import connection

_SELECT = (
    "SELECT c.*, g.name AS grantee_name, r.name AS requester_name,"
    " r.jurisdiction AS requester_country FROM consent c"
    " JOIN organisation g ON g.id = c.grantee_organisation_id"
    " LEFT JOIN organisation r ON r.id = c.requesting_organisation_id"
)


def view(row: asyncpg.Record, now: datetime) -> ConsentView:
    """Return a row of `consent` as a view, its status read by the clock."""
    requester = row["requesting_organisation_id"]
    signature = row["signature_sha256"]
    return ConsentView(
        id=row["id"],
        patient_id=row["patient_id"],
        episode_id=row["episode_id"],
        status=status_at(ConsentStatus(row["status"]), row["created_at"], row["valid_until"], now),
        version=row["version"],
        purpose=Purpose(row["purpose"]),
        grantee=Party(row["grantee_organisation_id"], row["grantee_name"], row["grantee_country"]),
        grantee_role=Role(row["grantee_role"]) if row["grantee_role"] else None,
        requested_by=Party(requester, row["requester_name"], row["requester_country"])
        if requester
        else None,
        categories=[Category(each) for each in row["categories"]],
        excluded_labels=[Label(each) for each in row["excluded_labels"]],
        data_from=row["data_from"],
        data_to=row["data_to"],
        access_mode=AccessMode(row["access_mode"]),
        valid_from=row["valid_from"],
        valid_until=row["valid_until"],
        legal_basis=row["legal_basis"],
        safeguard=row["safeguard"],
        text_version=row["text_version"],
        language=row["language"],
        signature_sha256=signature.hex() if signature else None,
        how_given=HowGiven(row["how_given"]) if row["how_given"] else None,
        created_at=row["created_at"],
        granted_at=row["granted_at"],
    )


def terms(consent: ConsentView) -> Terms:
    """Return the part of a consent on which decisions rest."""
    return Terms(
        id=consent.id,
        status=consent.status,
        purpose=consent.purpose,
        organisation_id=consent.grantee.organisation_id,
        role=consent.grantee_role,
        episode_id=consent.episode_id,
        categories=frozenset(consent.categories),
        excluded_labels=frozenset(consent.excluded_labels),
        data_from=consent.data_from,
        data_to=consent.data_to,
        valid_from=consent.valid_from,
        valid_until=consent.valid_until,
    )


async def insert_consent(consent: Consent) -> None:
    """Store a new consent."""
    await Consent.insert(consent)


async def insert_transition(transition: ConsentTransition) -> None:
    """Add to the log of a consent's moves."""
    await ConsentTransition.insert(transition)


async def country_of(organisation_id: UUID) -> str | None:
    """Return the jurisdiction of an organisation that may receive clinical data."""
    found = await connection().fetchval(
        "SELECT jurisdiction FROM organisation WHERE id = $1 AND kind IN ('practice', 'facility')",
        organisation_id,
    )
    return None if found is None else str(found)


async def consent_row(consent_id: UUID, *, visible_to: Actor) -> Any | None:
    """Return a consent that the actor may see (row-level security reads the actor)."""
    return await connection().fetchrow(_SELECT + " WHERE c.id = $1", consent_id)


async def lock_consent(consent_id: UUID, *, visible_to: Actor) -> Any | None:
    """Return a consent that the actor may change, locked until the operation ends."""
    return await connection().fetchrow(_SELECT + " WHERE c.id = $1 FOR UPDATE OF c", consent_id)


async def consents(
    patient_id: UUID | None, before: UUID | None, limit: int, *, visible_to: Actor
) -> list[Any]:
    """Return the consents the actor may see, newest first, one more than `limit`."""
    rows = await connection().fetch(
        _SELECT
        + " WHERE ($1::uuid IS NULL OR c.patient_id = ANY(ARRAY(SELECT patient_family($1))))"
        " AND ($2::uuid IS NULL OR c.id < $2) ORDER BY c.id DESC LIMIT $3",
        patient_id, before, limit + 1,
    )  # fmt: skip
    return list(rows)


async def open_consents_of(episode_id: UUID) -> list[UUID]:
    """Return the consents of an episode that are asked for, granted or suspended."""
    rows = await connection().fetch(
        "SELECT id FROM consent WHERE episode_id = $1"
        " AND status IN ('requested', 'granted', 'suspended') ORDER BY id",
        episode_id,
    )
    return [row["id"] for row in rows]


async def move(consent_id: UUID, to: ConsentStatus, version: int, now: datetime) -> bool:
    """Set the status of a consent still at `version`; tell whether it was."""
    done = await connection().fetchval(
        "UPDATE consent SET status = $2, version = version + 1, updated_at = $4"
        " WHERE id = $1 AND version = $3 RETURNING id",
        consent_id, to.value, version, now,
    )  # fmt: skip
    return done is not None


async def sign(
    consent_id: UUID,
    agreed: Terms,
    *,
    text_version: str,
    language: str,
    text_sealed: bytes,
    signature: bytes,
    how_given: HowGiven,
    now: datetime,
) -> None:
    """Write the terms and the words the patient agreed to."""
    await connection().execute(
        "UPDATE consent SET categories = $2, excluded_labels = $3, valid_until = $4,"
        " text_version = $5, language = $6, text_sealed = $7, signature_sha256 = $8,"
        " how_given = $9, granted_at = $10 WHERE id = $1",
        consent_id, sorted(agreed.categories), sorted(agreed.excluded_labels), agreed.valid_until,
        text_version, language, text_sealed, signature, how_given.value, now,
    )  # fmt: skip


async def standing(
    patient_id: UUID, organisation_id: UUID, episode_id: UUID | None, role: Role | None
) -> tuple[UUID | None, str | None]:
    """Return the newest clinical consent that holds now, and the home state if one ever did."""
    row = await connection().fetchrow(
        "SELECT (array_agg(id ORDER BY id DESC) FILTER (WHERE status = 'granted'"
        " AND valid_from <= clock_timestamp() AND valid_until > clock_timestamp()"
        " AND ($4::text IS NULL OR grantee_role IS NULL OR grantee_role = $4)))[1] AS id,"
        " min(home_state) AS home_state FROM consent WHERE patient_id = $1"
        " AND grantee_organisation_id = $2 AND granted_at IS NOT NULL"
        " AND purpose IN ('TREAT', 'ETREAT')"
        " AND ($3::uuid IS NULL OR episode_id IS NULL OR episode_id = $3)",
        patient_id, organisation_id, episode_id, role.value if role else None,
    )  # fmt: skip
    return row["id"], row["home_state"]


async def purposes_of(consent_ids: Sequence[UUID]) -> dict[UUID, Purpose]:
    """Return the purposes of consents that the actor sees."""
    rows = await connection().fetch(
        "SELECT id, purpose FROM consent WHERE id = ANY($1)", list(consent_ids)
    )
    return {row["id"]: Purpose(row["purpose"]) for row in rows}
