"""The vocabulary of consent: what may be named in one, its states, its commands and views."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from domain.actor import Role


class Category(StrEnum):
    """A part of the record: the sections of the International Patient Summary and two of ours."""

    PROBLEMS = "problems"
    ALLERGIES = "allergies"
    MEDICATIONS = "medications"
    IMMUNIZATIONS = "immunizations"
    RESULTS = "results"
    PROCEDURES = "procedures"
    DEVICES = "devices"
    ADVANCE_DIRECTIVES = "advance-directives"
    ALERTS = "alerts"
    FUNCTIONAL_STATUS = "functional-status"
    PAST_PROBLEMS = "past-problems"
    PREGNANCY = "pregnancy"
    PATIENT_STORY = "patient-story"
    CARE_PLAN = "care-plan"
    SOCIAL_HISTORY = "social-history"
    VITAL_SIGNS = "vital-signs"
    DOCUMENTS = "documents"
    IMAGING = "imaging"


class Label(StrEnum):
    """Why an entry is sensitive (HL7 v3 ActCode, InformationSensitivityPolicy, and two of ours).

    `ETH` is HL7's code for alcohol and drug use; ethnic origin, which HL7 does not name, is
    `ORIGIN`.
    """

    PSYCHIATRY = "PSY"
    SUBSTANCE_USE = "ETH"
    VIOLENCE = "SDV"
    HIV = "HIV"
    REPRODUCTION = "REPRO"
    ORIGIN = "ORIGIN"


class Purpose(StrEnum):
    """What the data may be used for (HL7 v3 ActReason, PurposeOfUse)."""

    TREATMENT = "TREAT"
    EMERGENCY = "ETREAT"
    PAYMENT = "HPAYMT"
    OPERATIONS = "HOPERAT"
    RESEARCH = "HRESCH"


CLINICAL_PURPOSES = frozenset({Purpose.TREATMENT, Purpose.EMERGENCY})
"""Only these purposes ever yield clinical data."""


class AccessMode(StrEnum):
    """Whether the grantee may only look, or also keep a copy."""

    VIEW = "view"
    COPY = "copy"


class HowGiven(StrEnum):
    """Where the patient said yes."""

    OWN_DEVICE = "own_device"
    QR_AT_DESK = "qr_at_desk"
    WITNESSED_PAPER = "witnessed_paper"


class ConsentStatus(StrEnum):
    """Where a consent stands; `expired` is a matter of the clock and is never stored."""

    REQUESTED = "requested"
    GRANTED = "granted"
    DENIED = "denied"
    EXPIRED = "expired"
    SUSPENDED = "suspended"
    REVOKED = "revoked"


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a consent on which a decision rests."""

    id: UUID
    status: ConsentStatus
    purpose: Purpose
    organisation_id: UUID
    role: Role | None = None
    episode_id: UUID | None = None
    categories: frozenset[Category]
    excluded_labels: frozenset[Label] = frozenset()
    data_from: datetime | None = None
    data_to: datetime | None = None
    valid_from: datetime
    valid_until: datetime


Categories = Annotated[list[Category], msgspec.Meta(min_length=1, max_length=18)]
Labels = Annotated[list[Label], msgspec.Meta(max_length=6)]
Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class RequestConsent(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Ask a patient to let an organisation read parts of the record."""

    patient_id: UUID
    grantee_organisation_id: UUID
    grantee_role: Literal["referring_doctor", "clinician", "coordinator"] | None = None
    episode_id: UUID | None = None
    purpose: Purpose = Purpose.TREATMENT
    categories: Categories
    excluded_labels: Labels = []
    data_from: Instant | None = None
    data_to: Instant | None = None
    access_mode: AccessMode = AccessMode.VIEW
    valid_from: Instant | None = None
    valid_until: Instant


class Grant(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The patient's yes, to all that was asked or to less.

    `text_sha256` is the hash of the text the client showed; where it is sent it must be the hash
    of the text that these terms give.
    """

    categories: Categories | None = None
    excluded_labels: Labels = []
    valid_until: Instant | None = None
    language: Annotated[str, msgspec.Meta(max_length=12)] = "en"
    how_given: Literal["own_device", "qr_at_desk"] = "own_device"
    text_sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")] | None = None


class Party(msgspec.Struct, frozen=True):
    """An organisation named in a consent."""

    organisation_id: UUID
    name: str
    country: str


class ConsentView(msgspec.Struct, frozen=True, kw_only=True):
    """A consent as its patient, the asking practice or the grantee sees it."""

    id: UUID
    patient_id: UUID
    episode_id: UUID | None
    status: ConsentStatus
    version: int
    purpose: Purpose
    grantee: Party
    grantee_role: Role | None
    requested_by: Party | None
    categories: list[Category]
    excluded_labels: list[Label]
    data_from: datetime | None
    data_to: datetime | None
    access_mode: AccessMode
    valid_from: datetime
    valid_until: datetime
    legal_basis: str
    safeguard: str
    text_version: str | None
    language: str | None
    signature_sha256: str | None
    how_given: HowGiven | None
    created_at: datetime
    granted_at: datetime | None


class ConsentPage(msgspec.Struct, frozen=True):
    """Consents, newest first; `next` is the cursor of the following page."""

    items: list[ConsentView]
    next: str | None


class ConsentText(msgspec.Struct, frozen=True):
    """The words a patient agrees to."""

    text: str
    version: str
    language: str
    sha256: str


class ConsentOffer(msgspec.Struct, frozen=True):
    """A consent on the terms that the patient considers, with the words they would sign."""

    consent: ConsentView
    terms: Terms
    text: ConsentText
