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
    """A patient as somebody with access, a practice or a treating facility sees them.

    `replaces` are the numbers of files that were merged into this one and answer still (FHIR R4,
    Patient.link of type `replaces`); lists leave it empty.
    """

    id: UUID
    name: PersonName
    birth_date: str | None
    home_state: str
    replaces: list[UUID] = []


class Relationship(StrEnum):
    """Why a proxy acts: as a parent, or as a guardian whom a court appointed."""

    PARENT = "parent"
    GUARDIAN = "guardian"


class AccessGiven(StrEnum):
    """How an access for somebody else came about."""

    OWN_DEVICE = "own_device"
    QR_AT_DESK = "qr_at_desk"
    WITNESSED_PAPER = "witnessed_paper"
    PARENT = "parent"
    COURT_ORDER = "court_order"


class AccessView(msgspec.Struct, frozen=True, kw_only=True):
    """Who may act for a patient; `holder` is named only to the patient's own side."""

    id: UUID
    account_id: UUID
    kind: AccessKind
    scopes: list[AccessScope]
    until: datetime | None
    how_given: AccessGiven | None = None
    relationship: Relationship | None = None
    holder: str | None = None


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

    With `paper` a second member of the practice confirms before the code works.
    """

    scopes: Scopes
    until: Instant
    identity_checked: Annotated[str, msgspec.Meta(min_length=3, max_length=120)]
    paper: WitnessedPaper | None = None


class MandateCode(msgspec.Struct, frozen=True):
    """A code for whoever shall act for the patient; it works once and for half an hour."""

    id: UUID
    code: str
    expires_at: datetime
    needs_confirmation: bool


class RedeemMandate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    code: Annotated[str, msgspec.Meta(min_length=10, max_length=60)]


class OpenChildFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Open the file of a minor one is a parent or guardian of."""

    name: PersonName
    birth_date: Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    home_state: StateCode
    evidence: Annotated[str, msgspec.Meta(min_length=3, max_length=200)]


class CourtOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where a court's order is found: the court, the order's number, and the day it ends."""

    court: Annotated[str, msgspec.Meta(min_length=3, max_length=120)]
    number: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    until: Instant


class OpenWardFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Open the file of a ward without one, whom the caller will act for once an officer agreed."""

    name: PersonName
    birth_date: Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    home_state: StateCode
    order: CourtOrder


class OfferGuardianship(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A doctor has seen a guardian's identity and the court's order about a patient in care."""

    order: CourtOrder
    identity_checked: Annotated[str, msgspec.Meta(min_length=3, max_length=120)]


class RedeemCode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A code from the practice's desk."""

    code: Annotated[str, msgspec.Meta(min_length=10, max_length=60)]


class OfferClaim(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A doctor has seen that whoever sits at the desk is the patient, who is of age."""

    identity_checked: Annotated[str, msgspec.Meta(min_length=3, max_length=120)]


class DeskCode(msgspec.Struct, frozen=True):
    """A code for whoever sits at the desk; it works once and for half an hour."""

    id: UUID
    code: str
    expires_at: datetime


class GuardianshipStatus(StrEnum):
    """Where a guardianship stands."""

    OFFERED = "offered"
    REQUESTED = "requested"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    ENDED = "ended"
    EXPIRED = "expired"


class GuardianshipView(msgspec.Struct, frozen=True, kw_only=True):
    """A guardian, a ward and the court's order; names so that an officer can compare them."""

    id: UUID
    patient_id: UUID
    ward: PersonName
    birth_date: str | None
    guardian: PersonName | None
    home_state: str
    order: CourtOrder
    status: GuardianshipStatus
    requested_at: datetime
    decided_at: datetime | None
    ended_at: datetime | None


class NewCareCode(msgspec.Struct, frozen=True):
    """A code the patient reads out to a practice; it works once and for a short time."""

    code: str
    expires_at: datetime


class RedeemCareCode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A practice takes a patient into its care with the code the patient gave."""

    code: Annotated[str, msgspec.Meta(min_length=8, max_length=20)]
