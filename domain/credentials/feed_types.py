"""The vocabulary of a state's public changes."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

import msgspec

from domain.credentials.types import (
    CredentialKind,
    CredentialMove,
    CredentialStatus,
    DecidedBy,
)


class PublicChange(msgspec.Struct, frozen=True, kw_only=True):
    """One public change: what was done, and the credential as it stood then."""

    position: int
    at: datetime
    credential_id: UUID
    facility_id: UUID | None
    organisation_id: UUID | None
    holder_name: str
    kind: CredentialKind
    body: str
    certificate_number: str
    specialties: list[str]
    treatments: list[str]
    valid_from: date
    valid_to: date | None
    move: CredentialMove
    status: CredentialStatus
    reason: str | None
    effective_at: datetime | None
    suspended_specialties: list[str]
    suspended_treatments: list[str]
    conditions: str | None
    conditions_until: date | None
    stayed: bool
    by: DecidedBy | None


class ChangePage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of a state's public changes in the order of their positions, which have no gaps.

    `head` is the newest position there is; `next`, null on the last page, is where to go on
    `after`.
    """

    type: Literal["credential-changes"] = "credential-changes"
    state: str
    after: int
    items: list[PublicChange]
    next: int | None
    head: int
    issued_at: datetime


class SignedChangePage(ChangePage, frozen=True, kw_only=True):
    """A page and its `signature`: a detached JWS over the page without it, as canonical JSON."""

    signature: str
