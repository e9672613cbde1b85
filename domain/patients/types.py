"""The vocabulary of patients and of access to their files."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

from domain.identity.types import PersonName, StateCode


class AccessKind(StrEnum):
    """Why an account may act for a patient."""

    SELF = "self"
    PROXY = "proxy"
    MANDATE = "mandate"


class AccessScope(StrEnum):
    """What an account may do for a patient."""

    VIEW = "view"
    MESSAGE = "message"
    PAY = "pay"
    ACCEPT_QUOTE = "accept_quote"
    CONSENT = "consent"


class PatientView(msgspec.Struct, frozen=True):
    """A patient as somebody with access, a practice or a treating facility sees them."""

    id: UUID
    name: PersonName
    birth_date: str | None
    home_state: str


class HowGiven(StrEnum):
    """How an access for somebody else came about."""

    OWN_DEVICE = "own_device"
    QR_AT_DESK = "qr_at_desk"
    WITNESSED_PAPER = "witnessed_paper"
    OPENED_FILE = "opened_file"


class Relationship(StrEnum):
    """Why somebody acts for a minor or a ward."""

    PARENT = "parent"
    GUARDIAN = "guardian"
    COURT_APPOINTED = "court_appointed"


class IdentityDocument(StrEnum):
    """By what the doctor knew who sat at the desk."""

    IDENTITY_CARD = "identity_card"
    PASSPORT = "passport"
    RESIDENCE_PERMIT = "residence_permit"
    BIRTH_CERTIFICATE = "birth_certificate"
    KNOWN_TO_PRACTICE = "known_to_practice"


class AccessView(msgspec.Struct, frozen=True, kw_only=True):
    """Who may act for a patient, or might once.

    `holder` (a name) and `last_used_at` are told only to the patient's own side; `until` is the
    end by the clock, `ended_at` that of one which was withdrawn or replaced.
    """

    id: UUID
    account_id: UUID
    kind: AccessKind
    scopes: list[AccessScope]
    until: datetime | None
    how_given: HowGiven | None = None
    relationship: Relationship | None = None
    given_at: datetime | None = None
    ended_at: datetime | None = None
    holder: str | None = None
    last_used_at: datetime | None = None


class HeldAccess(msgspec.Struct, frozen=True, kw_only=True):
    """For whom the caller may act, what, and until when."""

    id: UUID
    patient_id: UUID
    patient_name: str
    kind: AccessKind
    scopes: list[AccessScope]
    until: datetime | None
    how_given: HowGiven | None = None
    relationship: Relationship | None = None


class PendingOffer(msgspec.Struct, frozen=True, kw_only=True):
    """What was begun at a practice's desk and nobody has taken up yet."""

    id: UUID
    patient_id: UUID
    patient_name: str
    kind: AccessKind
    scopes: list[AccessScope]
    until: datetime | None
    how_given: HowGiven
    relationship: Relationship | None
    needs_confirmation: bool
    offered_by_me: bool
    created_at: datetime
    expires_at: datetime


Scopes = Annotated[list[AccessScope], msgspec.Meta(min_length=1, max_length=5)]
Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class OfferMandate(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What somebody may do for the patient, and until when: two years at most."""

    scopes: Scopes
    until: Instant


class WitnessedPaper(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A mandate on paper: the scan's SHA-256 and the two who saw the patient sign it."""

    sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    witnesses: Annotated[
        list[Annotated[str, msgspec.Meta(min_length=3, max_length=120)]],
        msgspec.Meta(min_length=2, max_length=2),
    ]


class OfferMandateAtDesk(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A mandate of a patient who sits at the doctor's desk, whose identity was checked.

    With `paper` there is no code until a second member of the practice confirms.
    """

    scopes: Scopes
    until: Instant
    identity_checked: IdentityDocument
    paper: WitnessedPaper | None = None


class MandateCode(msgspec.Struct, frozen=True):
    """A code for whoever shall act for the patient; it works once and for half an hour.

    None while a mandate on paper waits for its confirmation.
    """

    id: UUID
    code: str | None
    expires_at: datetime
    needs_confirmation: bool


class RedeemMandate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    code: Annotated[str, msgspec.Meta(min_length=10, max_length=60)]


Evidence = Annotated[str, msgspec.Meta(min_length=3, max_length=200)]


class OpenChildFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Open the file of a minor, or of an adult ward with the date to which the court's order runs.

    `evidence` says where the proof is: the number of a birth certificate or of a court's order.
    """

    name: PersonName
    birth_date: Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    home_state: StateCode
    evidence: Evidence
    relationship: Relationship = Relationship.PARENT
    until: Instant | None = None


class InviteParent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A parent lets a second parent or guardian act for the child as they do."""

    relationship: Relationship = Relationship.PARENT


class OfferProxyAtDesk(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A doctor has seen the proof that somebody acts for a patient of the practice."""

    relationship: Relationship
    evidence: Evidence
    identity_checked: IdentityDocument
    until: Instant | None = None


class OfferClaim(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A doctor has seen that the person at the desk is the patient, who is of age."""

    identity_checked: IdentityDocument


class MergeReason(StrEnum):
    """How one person came to have two files."""

    REGISTERED_TWICE = "registered_twice"
    OPENED_BY_FAMILY = "opened_by_family"
    OPENED_BY_PRACTICE = "opened_by_practice"


class MergeStatus(StrEnum):
    """Where the merging of two files stands."""

    PROPOSED = "proposed"
    MERGED = "merged"
    EXPIRED = "expired"


class ProposeMerge(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Two files are one person's: the first stays, the other becomes another name for it."""

    survivor_id: UUID
    alias_id: UUID
    reason: MergeReason


class MergeView(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal to merge two files, or the merge itself.

    `waits_for` counts the people with a sign-in of their own to one of the files who have not
    agreed yet; `agreed` tells the caller whether they have.
    """

    id: UUID
    survivor_id: UUID
    alias_id: UUID
    home_state: str
    reason: MergeReason
    status: MergeStatus
    proposed_at: datetime
    proposed_by_me: bool
    waits_for: int
    agreed: bool
    confirmed_at: datetime | None


class NewCareCode(msgspec.Struct, frozen=True):
    """A code the patient reads out to a practice; it works once and for a short time."""

    code: str
    expires_at: datetime


class RedeemCareCode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A practice takes a patient into its care with the code the patient gave."""

    code: Annotated[str, msgspec.Meta(min_length=8, max_length=20)]
