"""The vocabulary of bookings."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

from domain.catalogue.types import CancellationTier
from domain.money import Money


class BookingStatus(StrEnum):
    """Where a booking stands."""

    HELD = "held"
    PENDING_PAYMENT = "pending_payment"
    AWAITING_FACILITY = "awaiting_facility"
    CONFIRMED = "confirmed"
    CHECKED_IN = "checked_in"
    PRE_OP_ASSESSED = "pre_op_assessed"
    IN_TREATMENT = "in_treatment"
    EXTENDED = "extended"
    TRANSFERRED_OUT = "transferred_out"
    LEFT_AGAINST_ADVICE = "left_against_advice"
    DIED = "died"
    DISCHARGED = "discharged"
    COMPLETED = "completed"
    CANCELLED_BY_PATIENT = "cancelled_by_patient"
    CANCELLED_BY_FACILITY = "cancelled_by_facility"
    EXPIRED = "expired"
    NO_SHOW = "no_show"
    NOT_TREATED = "not_treated"


class BookingMove(StrEnum):
    """What people do with a booking; the permission table says who, and in which states."""

    PAY = "pay"
    ACCEPT = "accept"
    DECLINE = "decline"
    CANCEL = "cancel"
    CLAIM_GROUND = "claim_ground"
    RESCHEDULE = "reschedule"
    CHANGE_ITEMS = "change_items"
    DECIDE_CHANGE = "decide_change"
    CHECK_IN = "check_in"
    NO_SHOW = "no_show"
    ASSESS = "assess"
    RECORD_CONSENT = "record_consent"
    WITHDRAW_CONSENT = "withdraw_consent"
    RECORD_COVER = "record_cover"
    START = "start"
    RECORD_VARIATION = "record_variation"
    REPORT_COMPLICATION = "report_complication"
    EXTEND_STAY = "extend_stay"
    TRANSFER_OUT = "transfer_out"
    LEAVE = "leave"
    RECORD_DEATH = "record_death"
    DISCHARGE = "discharge"
    ADD_LETTER = "add_letter"
    COMPLETE = "complete"


class Assessment(StrEnum):
    """What the assessment before an operation found."""

    PROCEED = "proceed"
    CHANGE_ORDER = "change_order"
    NOT_TREATED = "not_treated"


class HoldSlot(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Hold a slot of an offer for 15 minutes; `offer_version` is the one whose price was shown."""

    patient_id: UUID
    offer_id: UUID
    offer_version: Annotated[int, msgspec.Meta(ge=1, le=2_000_000_000)]
    starts_at: Annotated[datetime, msgspec.Meta(tz=True)]


class DeclineBooking(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Why a facility cannot take a requested booking."""

    reason: Annotated[str, msgspec.Meta(min_length=3, max_length=500)]


class BookingView(msgspec.Struct, frozen=True, kw_only=True):
    """A booking: instants in UTC with the facility's zone beside them, money in minor units.

    `server_time` lets a page count the hold down by our clock, not the device's. `max_price` is the
    most the price may become without a new agreement. `needs_attention` means that the facility's
    credentials no longer cover the day: cancelling is free, whatever the tiers say. `consented` and
    `letter` tell whether the consent to the procedure and the discharge letter are there.
    """

    id: UUID
    episode_id: UUID
    patient_id: UUID
    facility_id: UUID
    facility_name: str
    offer_id: UUID
    offer_version: int
    treatment: str
    status: BookingStatus
    starts_at: datetime
    ends_at: datetime
    zone: str
    hold_until: datetime | None
    server_time: datetime
    price: Money
    max_price: Money
    deposit: Money
    cancellation_tiers: list[CancellationTier]
    reason: str | None
    answer_due_at: datetime | None
    assessment: Assessment | None
    change_order_id: UUID | None
    consented: bool
    letter: bool
    fit_to_fly_on: date | None
    needs_attention: bool
    demo: bool
    version: int
    created_at: datetime
    updated_at: datetime


class ChangesQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which bookings of a facility are asked for: in these states, changed at or after `since`."""

    status: tuple[BookingStatus, ...] = ()
    since: datetime | None = None
    cursor: str | None = None
    limit: int = 50


Reference = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{6,32}$")]
"""Digits of a booking's number without its hyphens, as people read them to each other."""


class DeskQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which bookings a desk asks for: in these states, from a day on, of so many days there.

    `reference` finds by a part of the number, whatever the state and the day.
    """

    status: tuple[BookingStatus, ...] = ()
    first: date | None = None
    days: int = 1
    reference: Reference | None = None
    cursor: str | None = None
    limit: int = 50


class BookingPage(msgspec.Struct, frozen=True):
    """One page of a facility's bookings; `next` is the cursor of the following page."""

    items: list[BookingView]
    next: str | None


class RefundPreview(msgspec.Struct, frozen=True):
    """What would go back if the booking were cancelled now."""

    deposit: Money
    refund: Money
    percent: int


class SetTerms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Within how many of its working days a facility answers a booking on request."""

    answer_working_days: Annotated[int, msgspec.Meta(ge=1, le=10)]


class BookingTermsView(msgspec.Struct, frozen=True):
    """Within how many of its working days a facility answers; version 0 is the usual."""

    facility_id: UUID
    answer_working_days: int
    version: int


class Reschedule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another start for a booking."""

    starts_at: Annotated[datetime, msgspec.Meta(tz=True)]


class BookingRef(msgspec.Struct, frozen=True, kw_only=True):
    """What other rooms need to know of a booking."""

    id: UUID
    episode_id: UUID
    patient_id: UUID
    home_state: str
    practice_id: UUID | None
    facility_id: UUID
    facility_organisation_id: UUID
    facility_name: str
    offer_id: UUID
    treatment: str
    status: BookingStatus
    starts_at: datetime
    zone: str
    discharged_at: datetime | None
