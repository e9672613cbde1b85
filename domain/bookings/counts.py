"""How many a decision about a facility would touch: numbers for authorities, nobody's data."""

from datetime import date, datetime
from uuid import UUID

import msgspec

from domain.actor import Actor
from domain.bookings import queries
from domain.db import transactional


class FutureBookings(msgspec.Struct, frozen=True):
    """How many bookings of one treatment by patients of one state begin in one week there."""

    treatment: str
    home_state: str
    week: date
    count: int


@transactional
async def future_bookings(actor: Actor, facility_id: UUID, since: datetime) -> list[FutureBookings]:
    """Count a facility's live bookings that begin at a moment or later (run as the system)."""
    rows = await queries.count_future(facility_id, since)
    return [FutureBookings(*row.values()) for row in rows]


@transactional
async def episodes_in_treatment(actor: Actor, facility_id: UUID) -> dict[UUID, str]:
    """Return the treatment of each episode whose patient has checked in (run as the system)."""
    rows = await queries.in_treatment(facility_id)
    return {row["episode_id"]: row["treatment_code"] for row in rows}
