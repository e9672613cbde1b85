"""Which bookings take a practitioner's time: for calendars, by number alone."""

from datetime import datetime
from uuid import UUID

from domain.actor import Actor
from domain.availability import resources
from domain.availability.errors import NoSuchPractitioner
from domain.db import connection, transactional


@transactional
async def require_practitioner(actor: Actor, facility_id: UUID, practitioner_id: UUID) -> None:
    """Refuse somebody who does not work at a facility now; raises NoSuchPractitioner."""
    present = await resources.list_practitioners(actor, facility_id)
    if practitioner_id not in {each.id for each in present}:
        raise NoSuchPractitioner(subject=("practitioner", practitioner_id))


@transactional
async def bookings_of_practitioner(
    actor: Actor, practitioner_id: UUID, since: datetime
) -> frozenset[UUID]:
    """Return the bookings that take, or took, somebody's time at `since` or later."""
    rows = await connection().fetch(
        "SELECT DISTINCT v.booking_id FROM reservation v"
        " JOIN resource r ON r.id = v.resource_id WHERE r.practitioner_id = $1"
        " AND v.booking_id IS NOT NULL AND v.ends_at >= $2",
        practitioner_id, since,
    )  # fmt: skip
    return frozenset(row["booking_id"] for row in rows)
