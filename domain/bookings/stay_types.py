"""The vocabulary of a stay: what is said of it when it moves, and what is kept of it."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

from domain.bookings.types import Assessment, BookingStatus
from domain.catalogue.types import LineKind
from domain.identity.types import LanguageTag
from domain.money import MinorUnits, Money

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
Note = Annotated[str, msgspec.Meta(min_length=3, max_length=2000)]
Label = Annotated[str, msgspec.Meta(min_length=2, max_length=200)]
Sha256 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class NotTreatedReason(StrEnum):
    """Why somebody who came was not treated."""

    MEDICALLY_UNFIT = "medically_unfit"
    NOT_INDICATED = "not_indicated"
    CHANGE_REFUSED = "change_refused"
    CONSENT_REFUSED = "consent_refused"
    FACILITY_UNABLE = "facility_unable"
    OTHER = "other"


class ExtensionReason(StrEnum):
    """Why somebody stays longer."""

    RECOVERY = "recovery"
    COMPLICATION = "complication"
    FURTHER_TREATMENT = "further_treatment"
    NOT_FIT_TO_TRAVEL = "not_fit_to_travel"
    OTHER = "other"


class TransferReason(StrEnum):
    """Why somebody goes on to another facility."""

    HIGHER_LEVEL_OF_CARE = "higher_level_of_care"
    COMPLICATION = "complication"
    PATIENT_WISH = "patient_wish"
    NO_CAPACITY = "no_capacity"
    OTHER = "other"


class LeavingReason(StrEnum):
    """Why somebody left against advice, as far as they said."""

    OWN_WISH = "own_wish"
    FAMILY = "family"
    COSTS = "costs"
    DISSATISFIED = "dissatisfied"
    NOT_SAID = "not_said"


class ChangedLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One line of a changed price, in minor units of the booking's currency."""

    kind: LineKind
    label: Label
    amount: MinorUnits
    cap: MinorUnits | None = None


Lines = Annotated[list[ChangedLine], msgspec.Meta(min_length=1, max_length=60)]


class ProposedChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Another treatment than was booked: its lines, and another time where it needs one."""

    lines: Lines
    starts_at: Instant | None = None


class AssessPatient(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the assessment found: `change` with change_order, `reason` with not_treated."""

    outcome: Assessment
    note: Note | None = None
    reason: NotTreatedReason | None = None
    change: ProposedChange | None = None


class StartTreatment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When the treatment began; now, where nothing is said."""

    started_at: Instant | None = None


class ExtendStay(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Until when somebody stays, and why."""

    ends_at: Instant
    reason: ExtensionReason
    note: Note | None = None


class TransferOut(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where somebody is taken on to, and why."""

    to: Label
    reason: TransferReason
    note: Note | None = None


class LeaveAgainstAdvice(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Why somebody left, and what they were told of the risk."""

    reason: LeavingReason
    note: Note


class RecordDeath(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """When somebody died, and what is known of it."""

    died_at: Instant
    note: Note


class DischargePatient(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When somebody was discharged; now, where nothing is said."""

    discharged_at: Instant | None = None


class DischargeLetter(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where the discharge letter is: a file kept here, or the document's own reference."""

    file_id: UUID | None = None
    reference: Annotated[str, msgspec.Meta(min_length=3, max_length=300)] | None = None


class SignedBy(StrEnum):
    """Who signed the consent to a procedure."""

    PATIENT = "patient"
    PARENT = "parent"
    GUARDIAN = "guardian"


class RecordConsent(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The signed consent to the procedure: in which language, with whose help, and its document.

    `interpreter` names who interpreted, null where nobody had to.
    """

    language: LanguageTag
    text_version: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    document_sha256: Sha256
    signed_by: SignedBy
    signatory: Label
    interpreter: Label | None
    signed_at: Instant


class ProcedureConsentView(msgspec.Struct, frozen=True, kw_only=True):
    """A recorded consent to a procedure; names are gone where the person's data was erased."""

    id: UUID
    treatment: str
    language: str
    text_version: str
    document_sha256: str
    signed_by: SignedBy
    signatory: str | None
    interpreter: str | None
    signed_at: datetime
    recorded_at: datetime
    withdrawn_at: datetime | None


class RecordCover(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Insurance against complications, both days included."""

    insurer: Label
    policy_number: Annotated[str, msgspec.Meta(min_length=2, max_length=80)]
    valid_from: date
    valid_to: date


class CoverView(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    insurer: str
    policy_number: str | None
    valid_from: date
    valid_to: date
    recorded_at: datetime


class InsurerClaim(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """When the insurer was told of a complication, and under which number."""

    insurer_told_at: Instant
    claim_number: Annotated[str, msgspec.Meta(min_length=2, max_length=80)] | None = None


class ReportComplication(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What went otherwise than it should, and when; the insurer may have been told already."""

    what: Note
    occurred_at: Instant
    claim: InsurerClaim | None = None


class ComplicationView(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    what: str | None
    occurred_at: datetime
    insurer_told_at: datetime | None
    claim_number: str | None
    version: int
    recorded_at: datetime


class ChangeOrderKind(StrEnum):
    """From what a change comes."""

    ASSESSMENT = "assessment"
    RESCHEDULE = "reschedule"
    INTRA_OPERATIVE = "intra_operative"


class ChangeOrderStatus(StrEnum):
    """Where a change stands; what was done during an operation is recorded, not proposed."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    RECORDED = "recorded"


class RecordVariation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What an operation turned out to need, within the price the patient agreed to at most."""

    lines: Lines
    note: Note


class JustifyVariation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why it was needed."""

    justification: Note


class RefuseChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Refuse a change; with `withdraw` the patient does not want to be treated here either."""

    withdraw: bool = False


class ChangeOrderView(msgspec.Struct, frozen=True, kw_only=True):
    """A change of a booking: its price and time if accepted, or what was recorded and why.

    `overdue` tells that a variation still waits for its justification after 24 hours.
    """

    id: UUID
    booking_id: UUID
    kind: ChangeOrderKind
    status: ChangeOrderStatus
    starts_at: datetime | None
    lines: list[ChangedLine]
    price: Money
    max_price: Money
    note: str | None
    proposed_at: datetime
    decided_at: datetime | None
    justify_by: datetime | None
    justified_at: datetime | None
    justification: str | None
    overdue: bool
    version: int


class BookingLogLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a booking's log."""

    status: BookingStatus
    reason: str | None
    note: str | None
    version: int
    at: datetime


class StayView(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a stay: its log, consents, cover, complications and changes, in order."""

    booking_id: UUID
    cover_required: bool
    moves: list[BookingLogLine]
    consents: list[ProcedureConsentView]
    cover: list[CoverView]
    complications: list[ComplicationView]
    changes: list[ChangeOrderView]
