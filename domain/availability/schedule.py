"""A facility's days at a glance: what is open, and what is taken of each resource."""

from datetime import date, datetime, time, timedelta
from uuid import UUID

import msgspec

from domain import clock
from domain.actor import Actor
from domain.availability import hour_queries, queries, rules, schedule_queries
from domain.availability.errors import UnusableRange
from domain.availability.public_holidays import holidays_between
from domain.availability.schedule_types import (
    BusySpan,
    OfferNeedView,
    OpenSpan,
    ScheduledResource,
    ScheduleView,
)
from domain.availability.timetable import timetable
from domain.availability.types import (
    Span,
)
from domain.db import transactional
from domain.errors import Forbidden
from domain.facilities import service as facilities
from domain.permissions import service as permissions

MAX_DAYS = 31


@transactional
async def show_schedule(
    actor: Actor, facility_id: UUID, first: date | None, last: date | None
) -> ScheduleView:
    """Return the openings and the busy stretches of one's own facility, by resource and lane.

    Without dates: seven days from today. At most 31; raises UnusableRange and NoSuchFacility. A
    booking's id is there for whoever may list the facility's bookings. What a practitioner does
    elsewhere is busy and no more.
    """
    facility = await facilities.facility_of(actor, facility_id, "availability.list")
    where = clock.zone(facility.zone)
    first = first or clock.utc_now().astimezone(where).date()
    if not clock.EARLIEST <= first <= clock.LATEST:
        raise UnusableRange(fields={"from": "is no day that somebody may mean"})
    last = last or first + timedelta(days=6)
    if not timedelta(0) <= last - first < timedelta(days=MAX_DAYS):
        raise UnusableRange("Ask for at most 31 days", fields={"to": "at most 30 days later"})
    window = Span(
        rules.resumed(datetime.combine(first, time()), where),
        rules.resumed(datetime.combine(last + timedelta(days=1), time()), where),
    )
    pools = await queries.pools_of(facility_id)
    found = await timetable([pool.id for pool in pools], first, last, with_busy=False)
    busy = await schedule_queries.busy_of_facility(facility_id, window)
    if not _sees_bookings(actor):
        busy = {lane: [_unnamed(span) for span in spans] for lane, spans in busy.items()}
    closures = await hour_queries.closures([facility_id], first, last)
    return ScheduleView(
        facility_id=facility_id,
        zone=facility.zone,
        first=first,
        last=last,
        holidays=holidays_between(facility.jurisdiction, first, last),
        closures=[closure for _, closure in closures],
        resources=[
            ScheduledResource(
                pool_id=pool.id,
                kind=pool.kind,
                name=pool.name,
                lane=lane,
                openings=[
                    OpenSpan(max(span.start, window.start), min(span.end, window.end))
                    for span in rules.merged(found.open[pool.id])
                    if span.overlaps(window)
                ],
                busy=busy.get((pool.id, lane), []),
            )
            for pool in pools
            for lane in range(1, pool.lanes + 1)
        ],
    )


@transactional
async def list_offer_needs(actor: Actor, facility_id: UUID) -> list[OfferNeedView]:
    """Return what each offer of one's own facility takes of its resources."""
    await facilities.facility_of(actor, facility_id, "availability.list")
    return await schedule_queries.needs_of_facility(facility_id)


def _sees_bookings(actor: Actor) -> bool:
    try:
        permissions.require(actor, "bookings.list_of_facility")
    except Forbidden:
        return False
    return True


def _unnamed(span: BusySpan) -> BusySpan:
    return msgspec.structs.replace(span, booking_id=None)
