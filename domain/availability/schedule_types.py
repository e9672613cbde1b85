"""The vocabulary of a facility's days at a glance."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from domain.availability.events import Cause
from domain.availability.types import Closure, PoolKind, ReservationStatus


class BusyKind(StrEnum):
    """What takes a stretch of a resource; of what is `elsewhere` no more is told."""

    BOOKING = "booking"
    QUOTE = "quote"
    BLOCK = "block"
    CALENDAR = "calendar"
    ELSEWHERE = "elsewhere"


class OpenSpan(msgspec.Struct, frozen=True):
    """A stretch in which a resource is open."""

    starts_at: datetime
    ends_at: datetime


class BusySpan(msgspec.Struct, frozen=True):
    """A stretch that is taken, with preparation and cleaning, and by what.

    `block_id` frees a stretch that staff took of this resource by hand.
    """

    starts_at: datetime
    ends_at: datetime
    kind: BusyKind
    status: ReservationStatus | None
    booking_id: UUID | None
    reason: str | None
    block_id: UUID | None = None


class UncoveredBooking(msgspec.Struct, frozen=True):
    """A booking that stands where its facility no longer keeps time for it, and why."""

    booking_id: UUID
    pool_id: UUID
    resource: str
    cause: Cause
    starts_at: datetime
    ends_at: datetime


class OfferNeedView(msgspec.Struct, frozen=True, kw_only=True):
    """What each booking of an offer takes of one resource: with buffers, or for nights."""

    offer_id: UUID
    pool_id: UUID
    kind: PoolKind
    name: str
    before_minutes: int
    after_minutes: int
    nights: int


class Holiday(msgspec.Struct, frozen=True):
    """A public holiday of the facility's state."""

    day: date
    name: str


class ScheduledResource(msgspec.Struct, frozen=True, kw_only=True):
    """One lane of a resource in the days asked for."""

    pool_id: UUID
    kind: PoolKind
    name: str
    lane: int
    openings: list[OpenSpan]
    busy: list[BusySpan]


class ScheduleView(msgspec.Struct, frozen=True, kw_only=True):
    """What is open and what is taken in a facility, in the days of its calendar."""

    facility_id: UUID
    zone: str
    first: date
    last: date
    holidays: list[Holiday]
    closures: list[Closure]
    resources: list[ScheduledResource]
