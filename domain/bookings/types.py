"""The vocabulary of bookings."""

from datetime import datetime
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
    IN_TREATMENT = "in_treatment"
    DISCHARGED = "discharged"
    COMPLETED = "completed"
    CANCELLED_BY_PATIENT = "cancelled_by_patient"
    CANCELLED_BY_FACILITY = "cancelled_by_facility"
    EXPIRED = "expired"
    NO_SHOW = "no_show"


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

    `server_time` lets a page count the hold down by our clock, not the device's.
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
    deposit: Money
    cancellation_tiers: list[CancellationTier]
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


class BookingPage(msgspec.Struct, frozen=True):
    """One page of a facility's bookings; `next` is the cursor of the following page."""

    items: list[BookingView]
    next: str | None


class RefundPreview(msgspec.Struct, frozen=True):
    """What would go back if the booking were cancelled now."""

    deposit: Money
    refund: Money
    percent: int
