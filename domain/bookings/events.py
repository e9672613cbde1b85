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
    """A booking was cancelled, declined or ran out before check-in."""

    booking_id: UUID
    episode_id: UUID
    status: str
