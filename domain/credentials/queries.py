"""The queries of credentials and listing rules."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from domain.actor import Actor, ActorKind, Role
from domain.clock import utc_now
from domain.credentials import rules
from domain.credentials.tables import Credential, CredentialChange
from domain.credentials.types import (
    AppealStatus,
    CredentialKind,
    CredentialMove,
    CredentialStatus,
    CredentialView,
    FacilitatorView,
    ListingRule,
    RuleGroup,
    Verification,
    VerificationMethod,
)
from domain.db import connection
from domain.ids import new_id

VIEW = (
    "SELECT c.*, c.valid_during @> statement_timestamp() AS valid_now,"
    " (least(c.valid_to, c.conditions_until) + 1)::timestamp AT TIME ZONE"
    " coalesce(f.zone, c.zone) <= statement_timestamp() AS lapsed,"
    " CASE c.kind WHEN 'quality_accreditation' THEN accreditor_recognised(c) END AS recognised,"
    " f.name AS facility_name, o.name AS organisation_name, p.status AS appeal,"
    " coalesce(f.jurisdiction, c.jurisdiction) AS place, coalesce(f.zone, c.zone) AS calendar,"
    " coalesce(f.organisation_id, c.organisation_id) AS held_by"
    " FROM credential c LEFT JOIN facility f ON f.id = c.facility_id"
    " LEFT JOIN organisation o ON o.id = c.organisation_id"
    " LEFT JOIN LATERAL (SELECT a.status FROM credential_appeal a"
    "  WHERE a.credential_id = c.id AND a.against_version = c.decided_version"
    "  ORDER BY a.filed_at DESC LIMIT 1) p ON true WHERE "
)
"""A credential with its holder, its place and its calendar; a condition follows."""

# What no second officer has confirmed is seen by those who have to do with it only.
SEEN = (
    "(c.confirmed_by IS NOT NULL OR $1 OR coalesce(f.jurisdiction, c.jurisdiction) = $2"
    " OR coalesce(f.organisation_id, c.organisation_id) = $3"
    " OR ($4 AND c.organisation_id IS NOT NULL))"
)
"""Who may see a credential; the four values of `asking` come first."""


def asking(actor: Actor) -> tuple[bool, str | None, UUID | None, bool]:
    """Return who asks, as `SEEN` wants it: operators know the organisations they register."""
    return (
        actor.kind is ActorKind.SYSTEM,
        actor.jurisdiction if actor.role is Role.MINISTRY_OFFICER else None,
        actor.organisation_id if actor.of_facility else None,
        actor.role is Role.OPERATOR,
    )


def view_of(row: Any) -> CredentialView:
    """Return the view of a row of `VIEW`."""
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
        organisation_id=row["organisation_id"],
        organisation_name=row["organisation_name"],
        jurisdiction=row["place"],
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
        status=CredentialStatus("expired" if row["lapsed"] and status in rules.HOLDING else status),
        valid_now=row["valid_now"],
        recognised=row["recognised"],
        status_reason=row["status_reason"],
        status_effective_at=row["status_effective_at"],
        suspended_specialties=list(row["suspended_specialties"]),
        suspended_treatments=list(row["suspended_treatments"]),
        conditions=row["conditions"],
        conditions_until=row["conditions_until"],
        appeal=AppealStatus(row["appeal"]) if row["appeal"] else None,
        stayed=rules.stayed(row, utc_now()),
        stay_until=row["stay_until"],
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
        VIEW + SEEN + " AND c.id = $5" + (" FOR UPDATE OF c" if lock else ""),
        *asking(visible_to), credential_id,
    )  # fmt: skip
    return (view_of(row), row) if row else None


async def credentials(facility_id: UUID, *, visible_to: Actor) -> list[CredentialView]:
    """Return a facility's credentials, newest first."""
    rows = await connection().fetch(
        VIEW + SEEN + " AND c.facility_id = $5 ORDER BY c.id DESC LIMIT 200",
        *asking(visible_to), facility_id,
    )  # fmt: skip
    return [view_of(row) for row in rows]


async def of_jurisdiction(
    status: CredentialStatus, after: UUID | None, limit: int, *, visible_to: Actor
) -> list[CredentialView]:
    """Return the credentials in this status of the officer's own state, oldest first."""
    rows = await connection().fetch(
        VIEW + "coalesce(f.jurisdiction, c.jurisdiction) = $1 AND c.status = $2"
        " AND ($3::uuid IS NULL OR c.id > $3) ORDER BY c.id LIMIT $4",
        visible_to.jurisdiction, status.value, after, limit,
    )  # fmt: skip
    return [view_of(row) for row in rows]


async def held_by_organisation(organisation_id: UUID, *, visible_to: Actor) -> list[CredentialView]:
    """Return the authorisations of an organisation, newest first."""
    rows = await connection().fetch(
        VIEW + SEEN + " AND c.organisation_id = $5 ORDER BY c.id DESC LIMIT 200",
        *asking(visible_to), organisation_id,
    )  # fmt: skip
    return [view_of(row) for row in rows]


async def facilitators(
    state: str | None, after: tuple[str, UUID] | None, limit: int
) -> list[FacilitatorView]:
    """Return the agencies with an authorisation in force, for a state or any, by name."""
    name, last = after or (None, None)
    holds = (
        "c.kind = 'facilitator_authorisation' AND c.valid_during @> statement_timestamp()"
        " AND ($1::text IS NULL OR c.jurisdiction = $1)"
    )
    rows = await connection().fetch(
        "SELECT o.* FROM organisation o WHERE EXISTS (SELECT FROM credential c"
        f"  WHERE c.organisation_id = o.id AND {holds})"
        " AND ($2::text IS NULL OR (o.name, o.id) > ($2, $3)) ORDER BY o.name, o.id LIMIT $4",
        state, name, last, limit,
    )  # fmt: skip
    held = await connection().fetch(
        VIEW + f"{holds} AND c.organisation_id = ANY($2) ORDER BY c.jurisdiction, c.id",
        state, [row["id"] for row in rows],
    )  # fmt: skip
    views = [view_of(row) for row in held]
    return [
        FacilitatorView(
            row["id"], row["name"], row["jurisdiction"], row["demo_key"] is not None,
            [view for view in views if view.organisation_id == row["id"]],
        )
        for row in rows
    ]  # fmt: skip


async def belongs_to(
    credential_id: UUID, *, facility_id: UUID | None = None, organisation_id: UUID | None = None
) -> bool:
    """Tell whether the credential is one of this holder."""
    return bool(
        await connection().fetchval(
            "SELECT true FROM credential WHERE id = $1"
            " AND (facility_id = $2 OR organisation_id = $3)",
            credential_id, facility_id, organisation_id,
        )
    )  # fmt: skip


async def unknown_codes(specialties: Sequence[str], treatments: Sequence[str]) -> list[str]:
    """Return which of these codes the catalogue does not have."""
    rows = await connection().fetch(
        "(SELECT unnest($1::text[]) AS code EXCEPT SELECT code FROM specialty)"
        " UNION (SELECT unnest($2::text[]) EXCEPT SELECT code FROM treatment) ORDER BY code",
        list(specialties), list(treatments),
    )  # fmt: skip
    return [row["code"] for row in rows]


async def insert_credential(row: Credential) -> None:
    """Store a new credential."""
    await Credential.insert(row)


async def update_credential(
    credential_id: UUID, values: dict[str, Any], *, version: int, now: datetime
) -> bool:
    """Write columns of a credential if it still has this version; return whether it had."""
    sets = "".join(f"{column} = ${n}, " for n, column in enumerate(values, 4))
    done = await connection().fetchval(
        f"UPDATE credential SET {sets}version = version + 1, updated_at = $3"
        " WHERE id = $1 AND version = $2 RETURNING id",
        credential_id, version, now, *values.values(),
    )  # fmt: skip
    return done is not None


async def append_change(
    view: CredentialView, move: CredentialMove, reason: str | None, actor: Actor
) -> None:
    """Add what the credential is now to its history."""
    await CredentialChange.insert(
        CredentialChange(
            id=new_id(),
            credential_id=view.id,
            version=view.version,
            status=view.status.value,
            reason=reason,
            effective_at=view.status_effective_at,
            changed_by=actor.account_id,
            changed_at=utc_now(),
            snapshot=msgspec.json.encode(view).decode(),
            move=move.value,
            jurisdiction=view.jurisdiction,
            organisation_id=actor.organisation_id,
        )
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


async def listing_rules(jurisdiction: str) -> list[ListingRule]:
    """Return the versions of a jurisdiction's listing rule, the first first."""
    rows = await connection().fetch(
        "SELECT jurisdiction, version, valid_from, valid_to, facility_kinds, groups, source"
        " FROM listing_rule WHERE jurisdiction = $1 ORDER BY version",
        jurisdiction,
    )
    return [
        ListingRule(**{**row, "groups": msgspec.json.decode(row["groups"], type=list[RuleGroup])})
        for row in rows
    ]


class Listed(msgspec.Struct, frozen=True):
    """What of a facility is listed at one moment."""

    facility: bool
    offers: dict[UUID, tuple[UUID, str, str]]
    treatments: frozenset[str]


async def listed_at(facility_id: UUID, at: datetime, treatments: Collection[str]) -> Listed:
    """Return what is listed at a moment: the facility, its active offers, and these treatments."""
    offers = await connection().fetch(
        "SELECT id, treatment_code, specialty_code FROM offer"
        " WHERE facility_id = $1 AND active AND listed_during @> $2::timestamptz"
        " ORDER BY treatment_code, id",
        facility_id, at,
    )  # fmt: skip
    codes = await connection().fetch(
        "SELECT t.code FROM treatment t WHERE t.code = ANY($3)"
        " AND listing_during($1, t.specialty_code, t.code) @> $2::timestamptz",
        facility_id, at, list(treatments),
    )  # fmt: skip
    return Listed(
        await connection().fetchval(
            "SELECT listed_during @> $2::timestamptz FROM facility WHERE id = $1", facility_id, at
        ),
        {row["id"]: tuple(row.values()) for row in offers},
        frozenset(row["code"] for row in codes),
    )


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
