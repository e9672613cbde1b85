"""What bookings tell the other rooms."""

from enum import StrEnum
from uuid import UUID

import msgspec


class BookingNews(StrEnum):
    """What happened to a booking that somebody may want to be told of."""

    REQUESTED = "requested"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    CANCELLED_BY_PATIENT = "cancelled_by_patient"
    CANCELLED_BY_FACILITY = "cancelled_by_facility"
    EXPIRED = "expired"
    RESCHEDULED = "rescheduled"
    CHECKED_IN = "checked_in"
    ASSESSED = "assessed"
    CHANGE_PROPOSED = "change_proposed"
    CHANGE_ACCEPTED = "change_accepted"
    CHANGE_REFUSED = "change_refused"
    NOT_TREATED = "not_treated"
    TREATMENT_STARTED = "treatment_started"
    EXTENDED = "extended"
    TRANSFERRED_OUT = "transferred_out"
    LEFT_AGAINST_ADVICE = "left_against_advice"
    DIED = "died"
    DISCHARGED = "discharged"
    COMPLETED = "completed"
    NO_SHOW = "no_show"
    CREDENTIAL_LOST = "credential_lost"
    CREDENTIAL_RESTORED = "credential_restored"
    COMPLICATION_REPORTED = "complication_reported"
    QUESTION_ASKED = "question_asked"
    QUESTION_ANSWERED = "question_answered"
    VISIT_DUE = "visit_due"
    WAITLIST_OFFERED = "waitlist_offered"
    VARIATION_RECORDED = "variation_recorded"
    RESCHEDULE_PROPOSED = "reschedule_proposed"


class BookingChanged(msgspec.Struct, frozen=True):
    """A booking was moved or has news, and this is its version since."""

    booking_id: UUID
    episode_id: UUID
    facility_id: UUID
    news: BookingNews
    version: int


class BookingConfirmed(msgspec.Struct, frozen=True):
    """The deposit is there and the time is the patient's."""

    booking_id: UUID
    episode_id: UUID


class BookingEnded(msgspec.Struct, frozen=True):
    """A booking ended before check-in: cancelled, declined, run out, or nobody came."""

    booking_id: UUID
    episode_id: UUID
    status: str


class MoneyRule(StrEnum):
    """What a booking's way means for its money; the room of money knows the amounts."""

    MILESTONE_ADMISSION = "milestone_admission"
    MILESTONE_DISCHARGE = "milestone_discharge"
    MILESTONE_FINAL = "milestone_final"
    NOT_TREATED_REFUND_UNRENDERED = "not_treated_refund_unrendered"
    TRANSFERRED_OUT = "transferred_out"
    LEFT_AGAINST_ADVICE = "left_against_advice"
    DIED = "died"
    NO_SHOW = "no_show"
    CANCELLED_BY_PATIENT = "cancelled_by_patient"
    CANCELLED_BY_FACILITY = "cancelled_by_facility"
    NAMED_GROUND = "named_ground"
    PRICE_CHANGED = "price_changed"


class BookingSettled(msgspec.Struct, frozen=True):
    """A booking came to a point that decides about money, by this rule."""

    booking_id: UUID
    episode_id: UUID
    rule: MoneyRule
