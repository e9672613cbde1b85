"""The vocabulary of referrals and quotes."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

from domain.bookings.types import BookingView
from domain.cases.types import Urgency
from domain.catalogue.types import LineKind
from domain.money import MinorUnits, Money
from domain.patients.types import PatientView


class ReferralStatus(StrEnum):
    """Where a referral stands; appointment states live on the booking."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RECEIVED = "received"
    INFO_REQUESTED = "info_requested"
    ADVICE_RETURNED = "advice_returned"
    DECLINED = "declined"
    ACCEPTED = "accepted"
    QUOTED = "quoted"
    CHOSEN = "chosen"
    FUNDED = "funded"
    SCHEDULED = "scheduled"
    IN_TREATMENT = "in_treatment"
    DISCHARGED = "discharged"
    OUTCOME_SENT = "outcome_sent"
    CLOSED = "closed"
    NOT_SELECTED = "not_selected"
    QUOTE_DECLINED = "quote_declined"
    CANCEL_REQUESTED = "cancel_requested"
    CANCELLED = "cancelled"


class Move(StrEnum):
    """What may be done with a referral."""

    SUBMIT = "submit"
    RECEIVE = "receive"
    REQUEST_INFO = "request-info"
    ANSWER = "answer"
    ADVISE = "advise"
    DECLINE = "decline"
    ACCEPT = "accept"
    QUOTE = "quote"
    CHOOSE = "choose"
    REFUSE = "refuse"
    RELEASE = "release"
    FUND = "fund"
    SCHEDULE = "schedule"
    START = "start"
    REPORT = "report"
    DISCHARGE = "discharge"
    OUTCOME = "outcome"
    ACKNOWLEDGE = "acknowledge"
    CANCEL = "cancel"
    CONFIRM_CANCEL = "confirm-cancel"
    NOT_SELECT = "not-select"


class Side(StrEnum):
    """On whose behalf a move is made."""

    PRACTICE = "practice"
    FACILITY = "facility"
    CLINICIAN = "clinician"
    PATIENT = "patient"
    SYSTEM = "system"


class DeclineReason(StrEnum):
    """Why a facility declines, coded so that it can be counted."""

    NOT_INDICATED = "not_indicated"
    TOO_RISKY = "too_risky"
    NO_CAPACITY = "no_capacity"
    OUT_OF_SCOPE = "out_of_scope"
    INCOMPLETE_FILE = "incomplete_file"


Letter = Annotated[str, msgspec.Meta(min_length=10, max_length=20_000)]
Comment = Annotated[str, msgspec.Meta(min_length=1, max_length=4000)]


class CreateReferral(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Refer a case to a facility; `categories` are the parts of the record the letter relies on.

    Without `categories` the treatment's usual ones are asked for. `declares_no_interest` is the
    doctor's word that nobody pays for this referral; a referral without it is refused.
    """

    case_id: UUID
    facility_id: UUID
    priority: Urgency = Urgency.ROUTINE
    letter: Letter
    categories: list[str] | None = None
    declares_no_interest: bool


class Reply(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A sentence that goes with a move."""

    comment: Comment


class Decline(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Decline with a coded reason and a sentence to the referring doctor."""

    reason: DeclineReason
    comment: Comment


class QuoteLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One line of a quote, in minor units of the quote's currency."""

    kind: LineKind
    label: Annotated[str, msgspec.Meta(min_length=2, max_length=200)]
    amount: MinorUnits = 0
    cap: MinorUnits | None = None


class CreateQuote(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An itemised price and a date for an accepted referral.

    With `keep_time` everything that the date needs is kept for the patient, for five working days
    of the facility's state or until the quote expires.
    """

    offer_id: UUID
    offer_version: Annotated[int, msgspec.Meta(ge=1, le=2_000_000_000)]
    starts_at: Annotated[datetime, msgspec.Meta(tz=True)]
    currency: Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")]
    lines: Annotated[list[QuoteLine], msgspec.Meta(min_length=1, max_length=60)]
    deposit: MinorUnits
    valid_days: Annotated[int, msgspec.Meta(ge=1, le=90)] = 14
    keep_time: bool = False


class SendOutcome(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the facility reports back when care has ended."""

    summary: Letter
    pending_results: list[Annotated[str, msgspec.Meta(max_length=200)]] = []
    follow_up: Annotated[str, msgspec.Meta(max_length=4000)] | None = None


class QuoteView(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    number: int
    status: str
    offer_id: UUID
    offer_version: int
    starts_at: datetime
    lines: list[QuoteLine]
    total: Money
    max_total: Money
    deposit: Money
    expires_at: datetime
    created_at: datetime


class TransitionView(msgspec.Struct, frozen=True, kw_only=True):
    move: Move
    status: ReferralStatus
    role: str | None
    reason: str | None
    comment: str | None
    version: int
    at: datetime


class ReferralView(msgspec.Struct, frozen=True, kw_only=True):
    """A referral as one of its three sides sees it, with its timeline and quotes."""

    id: UUID
    case_id: UUID
    episode_id: UUID
    patient: PatientView
    practice_id: UUID
    doctor_name: str
    facility_id: UUID
    facility_name: str
    treatment: str
    priority: Urgency
    status: ReferralStatus
    on_hold: bool
    consent_id: UUID | None
    booking_id: UUID | None
    letter: str | None
    outcome: SendOutcome | None
    version: int
    submitted_at: datetime | None
    created_at: datetime
    timeline: list[TransitionView]
    quotes: list[QuoteView]


class ReferralSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a worklist."""

    id: UUID
    patient_name: str
    doctor_name: str
    facility_name: str
    treatment: str
    priority: Urgency
    status: ReferralStatus
    on_hold: bool
    version: int
    updated_at: datetime


class Worklist(msgspec.Struct, frozen=True):
    """The referrals of one list, and how many each list of this role holds."""

    items: list[ReferralSummary]
    counts: dict[str, int]


class QuoteAccepted(msgspec.Struct, frozen=True):
    """The referral, and the booking that holds the quote's time until its deposit is paid."""

    referral: ReferralView
    booking: BookingView
