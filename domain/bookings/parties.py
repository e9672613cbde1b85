"""Whom a booking concerns and when it is: what rooms need that tell people and systems of it."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from domain.actor import Actor
from domain.bookings import queries
from domain.bookings.types import BookingStatus
from domain.db import transactional


class BookingParties(msgspec.Struct, frozen=True, kw_only=True):
    """The sides of a booking and its time; not what is treated, and nobody's name."""

    id: UUID
    patient_id: UUID
    home_state: str
    practice_id: UUID | None
    facility_id: UUID
    facility_organisation_id: UUID
    facility_name: str
    status: BookingStatus
    starts_at: datetime
    ends_at: datetime
    zone: str
    version: int
    updated_at: datetime


def parties_of(row: Any) -> BookingParties:
    """Return the sides and the time of a booking's row."""
    return BookingParties(
        **{name: row[name] for name in BookingParties.__struct_fields__ if name != "status"},
        status=BookingStatus(row["status"]),
    )


@transactional
async def booking_parties(
    actor: Actor, booking_id: UUID, *, lock: bool = False
) -> BookingParties | None:
    """Return the sides of a booking that the actor may see, which stays as it is when locked."""
    row = await queries.booking(booking_id, visible_to=actor, lock=lock)
    return None if row is None else parties_of(row)


@transactional
async def bookings_of_patients(
    actor: Actor, patient_ids: list[UUID], since: datetime, cancelled_since: datetime
) -> list[BookingParties]:
    """Return the booked times of patients that end at `since` or later (run as the system).

    What was cancelled is among them while that happened at `cancelled_since` or later; what was
    never paid is not.
    """
    rows = await queries.booked(since, cancelled_since, patient_ids=patient_ids, facility_id=None)
    return [parties_of(row) for row in rows]


@transactional
async def bookings_of_facility(
    actor: Actor, facility_id: UUID, since: datetime, cancelled_since: datetime
) -> list[BookingParties]:
    """Return the booked times at a facility, as `bookings_of_patients` does (run as the system)."""
    rows = await queries.booked(since, cancelled_since, patient_ids=None, facility_id=facility_id)
    return [parties_of(row) for row in rows]
