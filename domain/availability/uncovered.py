"""Finding the bookings that a change of hours has left outside them, and telling of each once."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from domain import clock
from domain.availability import hour_queries, rules
from domain.availability.events import BookingUncovered, Cause
from domain.availability.timetable import timetable
from domain.availability.types import Reserved
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
