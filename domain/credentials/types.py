"""The vocabulary of credentials: why a facility may be listed, and who says so."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

ShortText = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Reason = Annotated[str, msgspec.Meta(min_length=5, max_length=1000)]
Code = Annotated[str, msgspec.Meta(min_length=2, max_length=80, pattern="^[a-z0-9_-]+$")]
Sha256 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
WebAddress = Annotated[str, msgspec.Meta(max_length=500, pattern="^https?://")]


class CredentialKind(StrEnum):
    """What a credential attests."""

    LICENCE = "licence"
    HEALTH_TOURISM_AUTHORISATION = "health_tourism_authorisation"
    QUALITY_ACCREDITATION = "quality_accreditation"
    PROGRAMME_CERTIFICATION = "programme_certification"
    FACILITATOR_AUTHORISATION = "facilitator_authorisation"
    OPERATOR_AUTHORISATION = "operator_authorisation"


class CredentialStatus(StrEnum):
    """Where a credential stands."""

    PENDING = "pending"
    ACTIVE = "active"
    CONDITIONAL = "conditional"
    RENEWAL_FILED = "renewal_filed"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"
    DENIED = "denied"
    ISSUED_IN_ERROR = "issued_in_error"


class VerificationMethod(StrEnum):
    """How an officer convinced themself."""

    REGISTRY_API = "registry_api"
    REGISTRY_PAGE = "registry_page"
    CERTIFICATE_PDF = "certificate_pdf"
    LETTER = "letter"


class SubmitCredential(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Hand in a credential for verification.

    Name the `accreditor_id`, or the `body` where it is none of the known ones. Without specialties
    and treatments the credential covers the whole facility. Dates are days of the facility's own
    calendar, the last one included; a credential without `valid_to` names its `next_check`.
    """

    kind: CredentialKind
    accreditor_id: UUID | None = None
    body: ShortText | None = None
    standard: ShortText | None = None
    edition: ShortText | None = None
    specialties: Annotated[list[Code], msgspec.Meta(max_length=100)] = []
    treatments: Annotated[list[Code], msgspec.Meta(max_length=200)] = []
    grade: ShortText | None = None
    certificate_number: ShortText
    issued: date
    valid_from: date
    valid_to: date | None = None
    next_check: date | None = None
    last_survey: date | None = None
    next_survey: date | None = None
    url: WebAddress | None = None
    evidence_sha256: Sha256 | None = None
    supersedes: UUID | None = None


class VerifyCredential(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the first officer checked, and how."""

    method: VerificationMethod
    primary_source: bool
    url: WebAddress | None = None
    evidence_sha256: Sha256 | None = None
    next_check_due: date | None = None


class SuspendCredential(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Suspend a credential, wholly or for some specialties or treatments, now or from a moment."""

    reason: Reason
    effective_at: datetime | None = None
    specialties: Annotated[list[Code], msgspec.Meta(max_length=100)] = []
    treatments: Annotated[list[Code], msgspec.Meta(max_length=200)] = []


class ReinstateCredential(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """End a suspension."""

    reason: Reason


class RevokeCredential(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """End a credential for good, now or from a moment."""

    reason: Reason
    effective_at: datetime | None = None


class Accreditor(msgspec.Struct, frozen=True):
    """A body that issues credentials, and who recognises it."""

    id: UUID
    name: str
    jurisdiction: str | None
    recognised_by: str | None
    recognised_from: date | None
    recognised_to: date | None
    demo: bool


class Verification(msgspec.Struct, frozen=True):
    """How the credential was checked."""

    method: VerificationMethod
    url: str | None
    primary_source: bool
    checked_at: datetime
    evidence_sha256: str | None
    next_check_due: date | None


class CredentialView(msgspec.Struct, frozen=True):
    """A credential as the public sees it; `valid_now` is the answer of the clock."""

    id: UUID
    facility_id: UUID
    facility_name: str
    jurisdiction: str
    kind: CredentialKind
    body: str
    accreditor_id: UUID | None
    standard: str | None
    edition: str | None
    specialties: list[str]
    treatments: list[str]
    grade: str | None
    certificate_number: str
    issued: date
    valid_from: date
    valid_to: date | None
    next_check: date | None
    last_survey: date | None
    next_survey: date | None
    status: CredentialStatus
    valid_now: bool
    status_reason: str | None
    status_effective_at: datetime | None
    suspended_specialties: list[str]
    suspended_treatments: list[str]
    verification: Verification | None
    confirmed: bool
    supersedes: UUID | None
    demo: bool
    version: int
    updated_at: datetime


class CredentialPage(msgspec.Struct, frozen=True):
    """One page of an officer's queue, oldest first."""

    items: list[CredentialView]
    next: UUID | None


class RuleGroup(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One thing a listing rule asks for: any of these kinds of credential."""

    any_of: list[CredentialKind]
    label: str
    transition: dict[str, str] | None = None


class ListingRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One version of a state's rule; every group must be covered."""

    jurisdiction: str
    version: int
    valid_from: datetime | None
    valid_to: datetime | None
    facility_kinds: list[str]
    groups: list[RuleGroup]
    source: str
