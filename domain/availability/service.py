"""Showing free slots, and taking, moving, keeping or giving back time."""

import itertools
from datetime import date, datetime, timedelta
from uuid import UUID

from domain import clock
from domain.actor import Actor
from domain.availability import feed_queries, hour_queries, placing, queries, rules
from domain.availability.errors import (
    NothingReserved,
    SlotTaken,
    UnusableRange,
)
from domain.availability.timetable import timetable
from domain.availability.types import (
    PoolKind,
    ReservationStatus,
    SlotList,
    SlotView,
    Span,
)
from domain.catalogue import service as catalogue
from domain.catalogue.types import BookableOffer
from domain.db import transactional

MAX_DAYS = 90
MAX_SLOTS = 5000


@transactional
async def list_slots(
    actor: Actor, offer_id: UUID, first: date | None, last: date | None, *,
    zone: str | None = None, limit: int = MAX_SLOTS, except_booking: UUID | None = None,
) -> SlotList:  # fmt: skip
    """Return the free slots of an offer from `first` to `last`, days of the facility's calendar.

    Without dates: the 14 days from the earliest bookable one. At most 90 days at once, and whole
    days until `limit` slots are found; `next` is the first day that was not looked at. `zone` is
    the asker's, whose clock is shown beside; what `except_booking` has is free to it. Raises
    UnusableRange, UnknownZone and the catalogue's NoSuchOffer.
    """
    offer = await catalogue.bookable_offer(actor, offer_id)
    where, there = clock.zone(offer.zone), clock.zone(zone) if zone else None
    not_before = placing.not_before(offer)
    first = first or not_before.astimezone(where).date()
    if not clock.EARLIEST <= first <= clock.LATEST:
        raise UnusableRange(fields={"from": UnusableRange.title})
    last = last or first + timedelta(days=13)
    if not timedelta(0) <= last - first < timedelta(days=MAX_DAYS):
        raise UnusableRange(fields={"to": UnusableRange.title})
    needs = await queries.needs_of(offer_id)
    duration = timedelta(minutes=offer.duration_minutes)
    pools, ahead = [need.pool_id for need in needs], placing.ahead_of(needs, duration)
    found = await timetable(pools, first, last, ahead=ahead, except_booking=except_booking)
    items: list[SlotView] = []
    following = last + timedelta(days=1)
    for day, starts in itertools.groupby(
        rules.free_starts(needs, found.open, found.busy, duration, where, not_before),
        key=lambda start: start.astimezone(where).date(),
    ):
        if day > last or (items and len(items) >= limit):
            following = min(day, following)
            break
        if day >= first:
            items += [
                SlotView(
                    start,
                    rules.booking_end(needs, start, duration, where),
                    start.astimezone(where).isoformat(),
                    start.astimezone(there).isoformat() if there else None,
                )
                for start in starts
            ]
    return SlotList(
        offer_id=offer_id,
        offer_version=offer.version,
        mode=offer.mode,
        zone=offer.zone,
        your_zone=zone,
        items=items,
        imported=await feed_queries.freshness(pools),
        next=following if needs else None,
        demo=offer.demo,
    )


@transactional
async def take_slot(
    actor: Actor, offer: BookableOffer, starts_at: datetime, booking_id: UUID, hold_until: datetime
) -> datetime:
    """Hold everything a booking of the offer at `starts_at` needs, all or none.

    Returns when the booking ends. One operation at a time decides about a pool, and the exclusion
    constraint stands behind it. Raises NoSuchSlot when the offer never starts then, and SlotTaken
    when somebody was faster.
    """
    needs = await queries.needs_of(offer.id)
    await queries.lock_pools([need.pool_id for need in needs])
    await placing.require_slot(offer, needs, starts_at)
    for need, span in placing.stretches(offer, needs, starts_at):
        lane = await placing.free_lane(need, span, booking_id)
        await placing.take(need, lane, span, booking_id, ReservationStatus.HELD, hold_until)
    return placing.end_of(offer, needs, starts_at)


@transactional
async def move_slot(
    actor: Actor, offer: BookableOffer, booking_id: UUID, starts_at: datetime
) -> datetime:
    """Move everything a booking has reserved to a new start, all or none; return when it ends.

    The reservations stay the same ones, in the same lanes where those are free. What the offer
    needs by now and the booking lacks is taken too, what it no longer needs is given back. Raises
    NothingReserved, NoSuchSlot and SlotTaken.
    """
    needs = await queries.needs_of(offer.id)
    pools = {need.pool_id for need in needs} | set(await queries.pools_of_booking(booking_id))
    await queries.lock_pools(sorted(pools))
    reserved = {each.pool_id: each for each in await queries.live_reservations(booking_id)}
    if not reserved:
        raise NothingReserved
    await placing.require_slot(offer, needs, starts_at)
    like = next(iter(reserved.values()))
    for need, span in placing.stretches(offer, needs, starts_at):
        mine = reserved.pop(need.pool_id, None)
        lane = await placing.free_lane(need, span, booking_id, mine.lane if mine else None)
        if mine is None:
            await placing.take(need, lane, span, booking_id, like.status, like.hold_until)
        else:
            await queries.change_reservation(mine.id, lane, span, *placing.buffers(need))
    await queries.release_reservations([each.id for each in reserved.values()])
    await hour_queries.forget_uncovered([booking_id])
    return placing.end_of(offer, needs, starts_at)


@transactional
async def extend_stay(actor: Actor, booking_id: UUID, ends_at: datetime) -> None:
    """Keep a booking's bed until a later time; raises NothingReserved and SlotTaken."""
    await queries.lock_pools(await queries.pools_of_booking(booking_id))
    beds = [
        each for each in await queries.live_reservations(booking_id) if each.kind is PoolKind.BED
    ]
    if not beds:
        raise NothingReserved
    bed = max(beds, key=lambda each: each.span.end)
    if ends_at <= bed.span.end:
        return
    more = Span(bed.span.end, ends_at)
    busy = await queries.busy_lanes([bed.pool_id], more, except_booking=booking_id)
    if busy[bed.pool_id][bed.lane]:
        raise SlotTaken
    await queries.expire_overlaps(bed.lane, more, booking_id)
    await queries.change_reservation(bed.id, bed.lane, Span(bed.span.start, ends_at))


@transactional
async def shorten(actor: Actor, booking_id: UUID, ends_at: datetime) -> None:
    """Give back what a booking that ends earlier no longer needs: nights, and what has not begun.

    Rooms keep their time for cleaning.
    """
    await queries.lock_pools(await queries.pools_of_booking(booking_id))
    reserved = await queries.live_reservations(booking_id)
    unused = [each for each in reserved if each.span.start >= ends_at]
    await queries.release_reservations([each.id for each in unused])
    for each in reserved:
        if each.kind is PoolKind.BED and each.span.start < ends_at < each.span.end:
            await queries.change_reservation(each.id, each.lane, Span(each.span.start, ends_at))


@transactional
async def extend_hold(actor: Actor, booking_id: UUID, hold_until: datetime) -> None:
    """Keep a booking's time while its payment is under way."""
    await queries.move_reservations(booking_id, ReservationStatus.PENDING, hold_until)


@transactional
async def keep_slot(actor: Actor, booking_id: UUID) -> None:
    """Make a booking's time its own for good.

    Works after the hold ended too, as long as nobody else took the time; else raises SlotTaken.
    """
    await queries.lock_pools(await queries.pools_of_booking(booking_id))
    if await feed_queries.clashes(booking_id):
        raise SlotTaken
    await queries.expire_rivals(booking_id)
    if not await queries.move_reservations(booking_id, ReservationStatus.CONFIRMED, None):
        raise SlotTaken


@transactional
async def release_slot(actor: Actor, booking_id: UUID, *, expired: bool = False) -> None:
    """Give a booking's time back."""
    status = ReservationStatus.EXPIRED if expired else ReservationStatus.RELEASED
    await queries.move_reservations(booking_id, status, None)
