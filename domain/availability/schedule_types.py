"""The vocabulary of a facility's days at a glance."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import msgspec

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
    """A stretch that is taken, with preparation and cleaning, and by what."""

    starts_at: datetime
    ends_at: datetime
    kind: BusyKind
    status: ReservationStatus | None
    booking_id: UUID | None
    reason: str | None


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
