"""The vocabulary of credentials: why a facility may be listed, and who says so."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

from domain.identity.types import StateCode

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


class CredentialMove(StrEnum):
    """What was done with a credential."""

    SUBMIT = "submit"
    VERIFY = "verify"
    CONFIRM = "confirm"
    RECHECK = "recheck"
    IMPOSE_CONDITIONS = "impose_conditions"
    LIFT_CONDITIONS = "lift_conditions"
    FILE_RENEWAL = "file_renewal"
    ACKNOWLEDGE_RENEWAL = "acknowledge_renewal"
    REFUSE_RENEWAL = "refuse_renewal"
    SUSPEND = "suspend"
    REINSTATE = "reinstate"
    REVOKE = "revoke"
    APPEAL = "appeal"
    WITHDRAW_APPEAL = "withdraw_appeal"
    STAY = "stay"
    LIFT_STAY = "lift_stay"
    UPHOLD = "uphold"
    OVERTURN = "overturn"


class AppealStatus(StrEnum):
    """Where an appeal stands; it lapses when the decision is taken back or replaced."""

    FILED = "filed"
    UPHELD = "upheld"
    OVERTURNED = "overturned"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


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


class SubmitAuthorisation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Hand in the authorisation of an organisation for one jurisdiction, by whom it was given.

    Dates are days of the calendar there, the last one included; an authorisation without
    `valid_to` names its `next_check`.
    """

    kind: CredentialKind
    jurisdiction: StateCode
    body: ShortText
    certificate_number: ShortText
    issued: date
    valid_from: date
    valid_to: date | None = None
    next_check: date | None = None
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


class SuspensionScope(msgspec.Struct, frozen=True, kw_only=True):
    """What a suspension would cover and from when, to see whom it would touch."""

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


class ImposeConditions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Let a credential hold on conditions only, until the end of a day of its own calendar."""

    conditions: Reason
    until: date


class LiftConditions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Say why a credential needs its conditions no longer."""

    reason: Reason


class CredentialStanding(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a suspension or revocation replaces, kept for the day it is taken back."""

    status: CredentialStatus
    reason: str | None = None
    effective_at: datetime | None = None
    suspended_specialties: list[str] = []
    suspended_treatments: list[str] = []
    decided_by: UUID | None = None
    decided_version: int | None = None
    before: "CredentialStanding | None" = None


class Verification(msgspec.Struct, frozen=True):
    """How the credential was checked."""

    method: VerificationMethod
    url: str | None
    primary_source: bool
    checked_at: datetime
    evidence_sha256: str | None
    next_check_due: date | None


class CredentialView(msgspec.Struct, frozen=True):
    """A credential as the public sees it; its holder is a facility or an organisation.

    `valid_now` is the answer of the clock, `recognised` whether the accreditor was recognised in
    the jurisdiction on the day of issue (null where nobody asks), `appeal` where the appeal
    against the present decision stands, and `stayed` that the decision has no effect now.
    """

    id: UUID
    facility_id: UUID | None
    facility_name: str | None
    organisation_id: UUID | None
    organisation_name: str | None
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
    recognised: bool | None
    status_reason: str | None
    status_effective_at: datetime | None
    suspended_specialties: list[str]
    suspended_treatments: list[str]
    conditions: str | None
    conditions_until: date | None
    appeal: AppealStatus | None
    stayed: bool
    stay_until: datetime | None
    verification: Verification | None
    confirmed: bool
    supersedes: UUID | None
    demo: bool
    version: int
    updated_at: datetime

    @property
    def holder_name(self) -> str:
        """Return whose credential it is, in words."""
        return self.facility_name or self.organisation_name or ""


class CredentialPage(msgspec.Struct, frozen=True):
    """One page of an officer's queue, oldest first."""

    items: list[CredentialView]
    next: UUID | None


class DecidedBy(msgspec.Struct, frozen=True):
    """Who stands behind a change: their organisation and jurisdiction, never a person."""

    organisation: str | None
    jurisdiction: str


class CredentialChangeView(msgspec.Struct, frozen=True):
    """One change in a credential's history: the move, and where the credential stood after it.

    `by` is null for what the marketplace itself did.
    """

    version: int
    move: CredentialMove
    status: CredentialStatus
    reason: str | None
    effective_at: datetime | None
    suspended_specialties: list[str]
    suspended_treatments: list[str]
    conditions: str | None
    conditions_until: date | None
    stayed: bool
    at: datetime
    by: DecidedBy | None


class CredentialHistory(msgspec.Struct, frozen=True):
    """One page of a credential's history, oldest first; `next` is the version to go on after."""

    items: list[CredentialChangeView]
    next: int | None


class FacilitatorView(msgspec.Struct, frozen=True):
    """An authorised agency: its seat, and where it may act now, by which authorisations."""

    id: UUID
    name: str
    seat: str
    demo: bool
    authorisations: list[CredentialView]


class FacilitatorPage(msgspec.Struct, frozen=True):
    """One page of facilitators by name; `next` is the cursor of the following page."""

    items: list[FacilitatorView]
    next: str | None


class RuleTransition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whoever `held` that kind `before` a moment is spared the group `until` another."""

    held: CredentialKind
    before: datetime
    until: datetime


class RuleGroup(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One thing a listing rule asks for: any of these kinds of credential."""

    any_of: list[CredentialKind]
    label: str
    transition: RuleTransition | None = None


class ListingRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One version of a state's rule for these kinds of facility; every group must be covered.

    Without `valid_from` it always was in force, without `valid_to` it stays so.
    """

    jurisdiction: str
    version: int
    valid_from: datetime | None
    valid_to: datetime | None
    facility_kinds: list[str]
    groups: list[RuleGroup]
    source: str
