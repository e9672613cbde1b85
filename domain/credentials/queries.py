"""The queries of credentials, accreditors and listing rules."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from domain.actor import Actor, ActorKind, Role
from domain.clock import utc_now
from domain.credentials.tables import Credential, CredentialChange
from domain.credentials.types import (
    Accreditor,
    CredentialKind,
    CredentialStatus,
    CredentialView,
    ListingRule,
    Verification,
    VerificationMethod,
)
from domain.db import connection
from domain.ids import new_id

_VIEW = (
    "SELECT c.*, c.valid_during @> statement_timestamp() AS valid_now,"
    " c.valid_to IS NOT NULL AND (c.valid_to + 1)::timestamp AT TIME ZONE f.zone"
    " <= statement_timestamp() AS lapsed,"
    " f.name AS facility_name, f.jurisdiction, f.organisation_id"
    " FROM credential c JOIN facility f ON f.id = c.facility_id WHERE "
)
# What no second officer has confirmed is seen by those who have to do with it only.
_SEEN = (
    "(c.confirmed_by IS NOT NULL OR $1 = 'system' OR f.jurisdiction = $2 OR f.organisation_id = $3)"
)
_HOLDING = ("active", "conditional", "renewal_filed")


def _asking(actor: Actor) -> tuple[str, str | None, UUID | None]:
    officer = actor.role is Role.MINISTRY_OFFICER
    return (
        "system" if actor.kind is ActorKind.SYSTEM else "person",
        actor.jurisdiction if officer else None,
        actor.organisation_id if actor.of_facility else None,
    )


def _view(row: Any) -> CredentialView:
    status = row["status"]
    verification = None
    if row["verified_by"] is not None:
        verification = Verification(
            VerificationMethod(row["method"]),
            row["url"],
            row["primary_source"],
            row["checked_at"],
            row["evidence_sha256"].hex() if row["evidence_sha256"] else None,
            row["next_check_due"],
        )
    return CredentialView(
        id=row["id"],
        facility_id=row["facility_id"],
        facility_name=row["facility_name"],
        jurisdiction=row["jurisdiction"],
        kind=CredentialKind(row["kind"]),
        body=row["body"],
        accreditor_id=row["accreditor_id"],
        standard=row["standard"],
        edition=row["edition"],
        specialties=list(row["specialties"]),
        treatments=list(row["treatments"]),
        grade=row["grade"],
        certificate_number=row["certificate_number"],
        issued=row["issued"],
        valid_from=row["valid_from"],
        valid_to=row["valid_to"],
        next_check=row["next_check"],
        last_survey=row["last_survey"],
        next_survey=row["next_survey"],
        status=CredentialStatus("expired" if row["lapsed"] and status in _HOLDING else status),
        valid_now=row["valid_now"],
        status_reason=row["status_reason"],
        status_effective_at=row["status_effective_at"],
        suspended_specialties=list(row["suspended_specialties"]),
        suspended_treatments=list(row["suspended_treatments"]),
        verification=verification,
        confirmed=row["confirmed_by"] is not None,
        supersedes=row["supersedes"],
        demo=row["demo"],
        version=row["version"],
        updated_at=row["updated_at"],
    )


async def credential(
    credential_id: UUID, *, visible_to: Actor, lock: bool = False
) -> tuple[CredentialView, Any] | None:
    """Return a credential as the actor may see it, and its stored row; `lock` it for a change."""
    row = await connection().fetchrow(
        _VIEW + _SEEN + " AND c.id = $4" + (" FOR UPDATE OF c" if lock else ""),
        *_asking(visible_to), credential_id,
    )  # fmt: skip
    return (_view(row), row) if row else None


async def credentials(facility_id: UUID, *, visible_to: Actor) -> list[CredentialView]:
    """Return a facility's credentials, newest first."""
    rows = await connection().fetch(
        _VIEW + _SEEN + " AND c.facility_id = $4 ORDER BY c.id DESC LIMIT 200",
        *_asking(visible_to), facility_id,
    )  # fmt: skip
    return [_view(row) for row in rows]


async def of_jurisdiction(
    status: CredentialStatus, after: UUID | None, limit: int, *, visible_to: Actor
) -> list[CredentialView]:
    """Return the credentials in this status of the officer's own state, oldest first."""
    rows = await connection().fetch(
        _VIEW + "f.jurisdiction = $1 AND c.status = $2 AND ($3::uuid IS NULL OR c.id > $3)"
        " ORDER BY c.id LIMIT $4",
        visible_to.jurisdiction, status.value, after, limit,
    )  # fmt: skip
    return [_view(row) for row in rows]


async def belongs_to(credential_id: UUID, facility_id: UUID) -> bool:
    """Tell whether the credential is one of the facility's."""
    return bool(
        await connection().fetchval(
            "SELECT true FROM credential WHERE id = $1 AND facility_id = $2",
            credential_id,
            facility_id,
        )
    )


async def insert_credential(row: Credential) -> None:
    """Store a new credential."""
    await Credential.insert(row)


async def update_credential(
    credential_id: UUID, values: dict[str, Any], *, version: int, now: datetime
) -> bool:
    """Write columns of a credential if it still has this version; return whether it had."""
    sets = ", ".join(f"{column} = ${n}" for n, column in enumerate(values, 4))
    done = await connection().fetchval(
        f"UPDATE credential SET {sets}, version = version + 1, updated_at = $3"
        " WHERE id = $1 AND version = $2 RETURNING id",
        credential_id, version, now, *values.values(),
    )  # fmt: skip
    return done is not None


async def append_change(view: CredentialView, changed_by: UUID | None) -> None:
    """Add what the credential is now to its history."""
    await CredentialChange.insert(
        CredentialChange(
            id=new_id(),
            credential_id=view.id,
            version=view.version,
            status=view.status.value,
            reason=view.status_reason,
            effective_at=view.status_effective_at,
            changed_by=changed_by,
            changed_at=utc_now(),
            snapshot=msgspec.json.encode(view).decode(),
        )
    )


async def accreditor(accreditor_id: UUID) -> Accreditor | None:
    """Return an accreditor."""
    row = await connection().fetchrow("SELECT * FROM accreditor WHERE id = $1", accreditor_id)
    return Accreditor(**dict(row)) if row else None


async def accreditor_by_name(name: str) -> Accreditor | None:
    """Return the accreditor of that name."""
    row = await connection().fetchrow("SELECT * FROM accreditor WHERE name = $1", name)
    return Accreditor(**dict(row)) if row else None


async def put_accreditor(accreditor: Accreditor) -> None:
    """Store an accreditor under its name."""
    await connection().execute(
        "INSERT INTO accreditor (id, name, jurisdiction, recognised_by, recognised_from,"
        " recognised_to, demo) VALUES ($1, $2, $3, $4, $5, $6, $7)"
        " ON CONFLICT (name) DO UPDATE SET jurisdiction = excluded.jurisdiction,"
        " recognised_by = excluded.recognised_by, recognised_from = excluded.recognised_from,"
        " recognised_to = excluded.recognised_to",
        *msgspec.structs.astuple(accreditor),
    )


async def put_listing_rule(rule: ListingRule) -> None:
    """Store a version of a state's listing rule; an equal one is left alone."""
    await connection().execute(
        "INSERT INTO listing_rule (id, jurisdiction, version, valid_from, valid_to,"
        " facility_kinds, groups, source) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        " ON CONFLICT ON CONSTRAINT listing_rule_version DO UPDATE SET"
        " valid_from = excluded.valid_from, valid_to = excluded.valid_to,"
        " facility_kinds = excluded.facility_kinds, groups = excluded.groups,"
        " source = excluded.source"
        " WHERE (listing_rule.valid_from, listing_rule.valid_to, listing_rule.facility_kinds,"
        " listing_rule.groups, listing_rule.source) IS DISTINCT FROM (excluded.valid_from,"
        " excluded.valid_to, excluded.facility_kinds, excluded.groups, excluded.source)",
        new_id(), rule.jurisdiction, rule.version, rule.valid_from, rule.valid_to,
        rule.facility_kinds, msgspec.json.encode(rule.groups).decode(), rule.source,
    )  # fmt: skip


async def covers(offer_id: UUID, starts_at: datetime, ends_at: datetime) -> bool:
    """Tell whether an offer is listed now and its credentials hold over the whole time.

    A certificate whose renewal is filed counts as holding on.
    """
    return bool(
        await connection().fetchval(
            "SELECT o.listed_during @> clock_timestamp() AND ("
            " o.listed_during @> tstzrange($2, $3, '[]') OR listing_during("
            "  o.facility_id, o.specialty_code, o.treatment_code, true)"
            "  @> tstzrange($2, $3, '[]')) FROM offer o WHERE o.id = $1",
            offer_id,
            starts_at,
            ends_at,
        )
    )
