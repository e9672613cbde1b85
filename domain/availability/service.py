"""Showing free slots, and taking, moving, keeping or giving back time."""

from datetime import date, datetime, timedelta
from uuid import UUID

from domain import clock
from domain.actor import Actor
from domain.availability import feed_queries, hour_queries, queries, rules
from domain.availability.errors import (
    NoSuchSlot,
    NothingReserved,
    SlotTaken,
    UnusableRange,
)
from domain.availability.tables import Reservation
from domain.availability.timetable import timetable
from domain.availability.types import (
    Need,
    PoolKind,
    ReservationStatus,
    SlotList,
    SlotView,
    Span,
)
from domain.catalogue import service as catalogue
from domain.catalogue.types import BookableOffer
from domain.db import transactional
from domain.ids import new_id

MAX_DAYS = 31


@transactional
async def list_slots(
    actor: Actor, offer_id: UUID, first: date | None, last: date | None
) -> SlotList:
    """Return the free slots of an offer from `first` to `last`, days of the facility's calendar.

    Without dates: the 14 days from the earliest bookable one. At most 31 days at once; raises
    UnusableRange and the catalogue's NoSuchOffer.
    """
    offer = await catalogue.bookable_offer(actor, offer_id)
    where = clock.zone(offer.zone)
    not_before = _not_before(offer)
    first = first or not_before.astimezone(where).date()
    if not clock.EARLIEST <= first <= clock.LATEST:
        raise UnusableRange(fields={"from": UnusableRange.title})
    last = last or first + timedelta(days=13)
    if not timedelta(0) <= last - first < timedelta(days=MAX_DAYS):
        raise UnusableRange(fields={"to": UnusableRange.title})
    needs = await queries.needs_of(offer_id)
    duration = timedelta(minutes=offer.duration_minutes)
    found = await timetable(
        [need.pool_id for need in needs], first, last, ahead=_ahead(needs, duration)
    )
    starts = [
        start
        for start in rules.free_starts(needs, found.open, found.busy, duration, where, not_before)
        if first <= start.astimezone(where).date() <= last
    ]
    return SlotList(
        offer_id=offer_id,
        offer_version=offer.version,
        zone=offer.zone,
        items=[
            SlotView(
                start,
                rules.booking_end(needs, start, duration, where),
                start.astimezone(where).isoformat(),
            )
            for start in starts
        ],
        next=last + timedelta(days=1) if needs else None,
        demo=offer.demo,
    )


def _ahead(needs: list[Need], duration: timedelta) -> timedelta:
    """Return how long after its start a booking may need something."""
    return duration + timedelta(days=1 + max((need.nights for need in needs), default=0))


def _not_before(offer: BookableOffer) -> datetime:
    return clock.utc_now() + timedelta(hours=offer.lead_time_hours)


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
    await _require_slot(offer, needs, starts_at)
    for need, span in _stretches(offer, needs, starts_at):
        lane = await _free_lane(need, span, booking_id)
        await _take(need, lane, span, booking_id, ReservationStatus.HELD, hold_until)
    return _end(offer, needs, starts_at)


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
    await _require_slot(offer, needs, starts_at)
    like = next(iter(reserved.values()))
    for need, span in _stretches(offer, needs, starts_at):
        mine = reserved.pop(need.pool_id, None)
        lane = await _free_lane(need, span, booking_id, mine.lane if mine else None)
        if mine is None:
            await _take(need, lane, span, booking_id, like.status, like.hold_until)
        else:
            await queries.change_reservation(mine.id, lane, span, *_buffers(need))
    await queries.release_reservations([each.id for each in reserved.values()])
    await hour_queries.forget_uncovered([booking_id])
    return _end(offer, needs, starts_at)


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


async def _require_slot(offer: BookableOffer, needs: list[Need], starts_at: datetime) -> None:
    where = clock.zone(offer.zone)
    duration = timedelta(minutes=offer.duration_minutes)
    day = starts_at.astimezone(where).date()
    pools, ahead = [need.pool_id for need in needs], _ahead(needs, duration)
    found = await timetable(pools, day, day, ahead=ahead, with_busy=False)
    possible = rules.candidate_starts(needs, found.open, _not_before(offer))
    open_at = rules.opening_coverage(found.open)
    if starts_at not in possible or not rules.fits(needs, open_at, starts_at, duration, where):
        raise NoSuchSlot


def _stretches(
    offer: BookableOffer, needs: list[Need], starts_at: datetime
) -> list[tuple[Need, Span]]:
    where, duration = clock.zone(offer.zone), timedelta(minutes=offer.duration_minutes)
    return [(need, rules.needed(need, starts_at, duration, where)) for need in needs]


def _end(offer: BookableOffer, needs: list[Need], starts_at: datetime) -> datetime:
    duration = timedelta(minutes=offer.duration_minutes)
    return rules.booking_end(needs, starts_at, duration, clock.zone(offer.zone))


async def _free_lane(
    need: Need, span: Span, booking_id: UUID, preferred: UUID | None = None
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


async def _take(
    need: Need, lane: UUID, span: Span, booking_id: UUID, status: ReservationStatus,
    hold_until: datetime | None,
) -> None:  # fmt: skip
    before_minutes, after_minutes = _buffers(need)
    if not await queries.insert_reservation(
        Reservation(
            id=new_id(),
            resource_id=lane,
            pool_id=need.pool_id,
            booking_id=booking_id,
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


def _buffers(need: Need) -> tuple[int, int]:
    return (0, 0) if need.nights else (need.before_minutes, need.after_minutes)


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
