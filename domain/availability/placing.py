"""Placing what an offer needs, under its locks: may it start then, and in which lanes?"""

from datetime import datetime, timedelta
from uuid import UUID

from domain import clock
from domain.availability import queries, rules
from domain.availability.errors import NoSuchSlot, SlotTaken
from domain.availability.tables import Reservation
from domain.availability.timetable import timetable
from domain.availability.types import Need, ReservationStatus, Span
from domain.catalogue.types import BookableOffer
from domain.ids import new_id


def ahead_of(needs: list[Need], duration: timedelta) -> timedelta:
    """Return how long after its start a booking may need something."""
    return duration + timedelta(days=1 + max((need.nights for need in needs), default=0))


def not_before(offer: BookableOffer) -> datetime:
    """Return the first moment at which an offer may start, asked now."""
    return clock.utc_now() + timedelta(hours=offer.lead_time_hours)


async def require_slot(offer: BookableOffer, needs: list[Need], starts_at: datetime) -> None:
    """Refuse a start that the offer never has, taken or not; raises NoSuchSlot."""
    where = clock.zone(offer.zone)
    duration = timedelta(minutes=offer.duration_minutes)
    day = starts_at.astimezone(where).date()
    pools, ahead = [need.pool_id for need in needs], ahead_of(needs, duration)
    found = await timetable(pools, day, day, ahead=ahead, with_busy=False)
    possible = rules.candidate_starts(needs, found.open, not_before(offer))
    open_at = rules.opening_coverage(found.open)
    if starts_at not in possible or not rules.fits(needs, open_at, starts_at, duration, where):
        raise NoSuchSlot


def stretches(
    offer: BookableOffer, needs: list[Need], starts_at: datetime
) -> list[tuple[Need, Span]]:
    """Return what a booking at `starts_at` takes of each pool, in the order of the needs."""
    where, duration = clock.zone(offer.zone), timedelta(minutes=offer.duration_minutes)
    return [(need, rules.needed(need, starts_at, duration, where)) for need in needs]


def end_of(offer: BookableOffer, needs: list[Need], starts_at: datetime) -> datetime:
    """Return when a booking at `starts_at` ends."""
    duration = timedelta(minutes=offer.duration_minutes)
    return rules.booking_end(needs, starts_at, duration, clock.zone(offer.zone))


async def free_lane(
    need: Need, span: Span, booking_id: UUID | None, preferred: UUID | None = None
) -> UUID:
    """Return a lane in which the booking may have this stretch, the preferred one if it is free."""
    busy = (await queries.busy_lanes([need.pool_id], span, except_booking=booking_id))[need.pool_id]
    if preferred in busy:
        busy = {preferred: busy[preferred], **busy}
    lane = rules.free_lane(busy, span)
    if lane is None:
        raise SlotTaken
    await queries.expire_overlaps(lane, span, booking_id)
    return lane


async def take(
    need: Need, lane: UUID, span: Span, booking_id: UUID | None, status: ReservationStatus,
    hold_until: datetime | None, *, quote_id: UUID | None = None,
) -> None:  # fmt: skip
    """Take a stretch of a lane for a booking or a quote; raises SlotTaken."""
    before_minutes, after_minutes = buffers(need)
    if not await queries.insert_reservation(
        Reservation(
            id=new_id(),
            resource_id=lane,
            pool_id=need.pool_id,
            booking_id=booking_id,
            quote_id=quote_id,
            status=status.value,
            starts_at=span.start,
            ends_at=span.end,
            before_minutes=before_minutes,
            after_minutes=after_minutes,
            hold_until=hold_until,
            created_at=clock.utc_now(),
        )
    ):
        raise SlotTaken


def buffers(need: Need) -> tuple[int, int]:
    """Return the minutes before and after care that a need takes; nights have none."""
    return (0, 0) if need.nights else (need.before_minutes, need.after_minutes)
