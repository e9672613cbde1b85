"""The queries of what was done with credentials."""

from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from domain.credentials.feed_types import PublicChange
from domain.credentials.types import (
    CredentialChangeView,
    CredentialKind,
    CredentialMove,
    CredentialStatus,
    DecidedBy,
)
from domain.db import connection

_CHANGE = (
    "SELECT h.*, o.name AS organisation FROM credential_change h"
    " LEFT JOIN organisation o ON o.id = h.organisation_id WHERE "
)


class _Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """What a change reads from the view stored with it, however old that is."""

    facility_id: UUID | None = None
    facility_name: str | None = None
    organisation_id: UUID | None = None
    organisation_name: str | None = None
    kind: CredentialKind
    body: str
    certificate_number: str
    specialties: list[str]
    treatments: list[str]
    valid_from: date
    valid_to: date | None
    suspended_specialties: list[str] = []
    suspended_treatments: list[str] = []
    conditions: str | None = None
    conditions_until: date | None = None
    stayed: bool = False


def _view(row: Any) -> CredentialChangeView:
    then = msgspec.json.decode(row["snapshot"], type=_Snapshot)
    return CredentialChangeView(
        version=row["version"],
        move=CredentialMove(row["move"]),
        status=CredentialStatus(row["status"]),
        reason=row["reason"],
        effective_at=row["effective_at"],
        suspended_specialties=then.suspended_specialties,
        suspended_treatments=then.suspended_treatments,
        conditions=then.conditions,
        conditions_until=then.conditions_until,
        stayed=then.stayed,
        at=row["changed_at"],
        by=_by(row),
    )


def _by(row: Any) -> DecidedBy | None:
    return DecidedBy(row["organisation"], row["jurisdiction"]) if row["changed_by"] else None


def _public(row: Any) -> PublicChange:
    then = msgspec.json.decode(row["snapshot"], type=_Snapshot)
    return PublicChange(
        position=row["position"],
        at=row["changed_at"],
        credential_id=row["credential_id"],
        facility_id=then.facility_id,
        organisation_id=then.organisation_id,
        holder_name=then.facility_name or then.organisation_name or "",
        kind=then.kind,
        body=then.body,
        certificate_number=then.certificate_number,
        specialties=then.specialties,
        treatments=then.treatments,
        valid_from=then.valid_from,
        valid_to=then.valid_to,
        move=CredentialMove(row["move"]),
        status=CredentialStatus(row["status"]),
        reason=row["reason"],
        effective_at=row["effective_at"],
        suspended_specialties=then.suspended_specialties,
        suspended_treatments=then.suspended_treatments,
        conditions=then.conditions,
        conditions_until=then.conditions_until,
        stayed=then.stayed,
        by=_by(row),
    )


async def changes(credential_id: UUID, after: int, limit: int) -> list[CredentialChangeView]:
    """Return the changes of a credential after a version, oldest first."""
    rows = await connection().fetch(
        _CHANGE + "h.credential_id = $1 AND h.version > $2 ORDER BY h.version LIMIT $3",
        credential_id, after, limit,
    )  # fmt: skip
    return [_view(row) for row in rows]


async def last_position(jurisdiction: str) -> int:
    """Return the newest position among a jurisdiction's public changes; 0 before the first."""
    return int(
        await connection().fetchval(
            "SELECT coalesce(max(position), 0) FROM credential_change WHERE jurisdiction = $1",
            jurisdiction,
        )
    )


async def public_changes(
    jurisdiction: str, after: int, until: int, limit: int
) -> list[PublicChange]:
    """Return a jurisdiction's public changes after a position, up to another, in their order."""
    rows = await connection().fetch(
        _CHANGE + "h.jurisdiction = $1 AND h.position > $2 AND h.position <= $3"
        " ORDER BY h.position LIMIT $4",
        jurisdiction, after, until, limit,
    )  # fmt: skip
    return [_public(row) for row in rows]
