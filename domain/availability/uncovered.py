"""Finding the bookings that a change of hours has left outside them, and telling of each once."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from uuid import UUID

from domain import clock
from domain.actor import Actor
from domain.availability import hour_queries, rules, schedule_queries
from domain.availability.events import BookingUncovered, Cause
from domain.availability.schedule_types import UncoveredBooking
from domain.availability.timetable import timetable
from domain.availability.types import Reserved
from domain.db import transactional, tried
from domain.facilities import service as facilities
from domain.outbox.service import publish


async def tell_uncovered(pools: list[UUID], cause: Cause) -> None:
    """Publish BookingUncovered for what lies outside these pools' openings since a change.

    Runs in the operation that changed them, under their locks. No booking is touched.
    """
    booked = await hour_queries.booked_ahead(pools)
    if not booked:
        return
    days = [day for each in booked for day in (each.span.start.date(), each.span.end.date())]
    around = timedelta(days=1)
    found = await timetable(pools, min(days) - around, max(days) + around, with_busy=False)
    open_at = rules.opening_coverage(found.open)
    kept = {each.id for each in booked if open_at[each.pool_id].covers(each.span)}
    await tell(booked, kept, cause)


async def tell(booked: Iterable[Reserved], kept: set[UUID], cause: Cause) -> None:
    """Publish BookingUncovered for reservations not among those `kept`, and forget it of these."""
    now = clock.utc_now()
    for each in booked:
        if each.booking_id is None:
            continue
        if each.id in kept:
            await hour_queries.forget_uncovered([each.booking_id], each.pool_id, cause)
        elif await hour_queries.note_uncovered(each.booking_id, each.pool_id, cause, now):
            await publish(BookingUncovered(each.booking_id, cause))


@transactional
async def list_uncovered(actor: Actor, facility_id: UUID) -> list[UncoveredBooking]:
    """Return the coming bookings of one's own facility about which staff have to decide.

    They stand where hours were changed, the house is closed or a calendar says busy. Raises
    NoSuchFacility.
    """
    await facilities.facility_of(actor, facility_id, "bookings.list_of_facility")
    return await schedule_queries.uncovered_of_facility(facility_id)


@transactional
async def preview_uncovered(
    actor: Actor, facility_id: UUID, change: Callable[[], Awaitable[object]]
) -> list[UncoveredBooking]:
    """Return the bookings that a change of this room's would leave uncovered, and change nothing.

    The change itself is tried, so that what is shown is what would happen; its refusals are raised.
    """
    before = {(each.booking_id, each.cause) for each in await list_uncovered(actor, facility_id)}
    async with tried():
        await change()
        after = await list_uncovered(actor, facility_id)
    return [each for each in after if (each.booking_id, each.cause) not in before]
