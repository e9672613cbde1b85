"""The vocabulary of the waitlist."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import msgspec


class WaitStatus(StrEnum):
    """Whether somebody waits, has an offered time, took one, or no longer waits."""

    WAITING = "waiting"
    OFFERED = "offered"
    TAKEN = "taken"
    LEFT = "left"
    LAPSED = "lapsed"


class JoinWaitlist(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Wait for a time of an offer on these days of its facility's calendar, both included."""

    patient_id: UUID
    offer_id: UUID
    first_day: date
    last_day: date


class WaitView(msgspec.Struct, frozen=True, kw_only=True):
    """A place in a waitlist; `position` counts from 1 while one waits.

    `booking_id` is the hold of 30 minutes that was made when a time came free. Whoever lets one
    pass goes to the end, and after the second no longer waits.
    """

    id: UUID
    offer_id: UUID
    facility_id: UUID
    patient_id: UUID
    status: WaitStatus
    first_day: date
    last_day: date
    zone: str
    position: int | None
    booking_id: UUID | None
    missed: int
    joined_at: datetime
