"""Time that is kept for a quote until the patient has decided, or the clock has."""

from datetime import datetime, time, timedelta
from uuid import UUID

from domain import clock
from domain.actor import SYSTEM, Actor
from domain.availability import placing, queries
from domain.availability.errors import NothingReserved
from domain.availability.public_holidays import after_working_days
from domain.availability.rules import resumed
from domain.availability.types import ReservationStatus
from domain.catalogue.types import BookableOffer
from domain.db import transactional

WORKING_DAYS = 5


def kept_until(offer: BookableOffer, now: datetime) -> datetime:
    """Return when five working days of the facility's state have passed, at midnight there."""
    where = clock.zone(offer.zone)
    last = after_working_days(offer.jurisdiction, now.astimezone(where).date(), WORKING_DAYS)
    return resumed(datetime.combine(last + timedelta(days=1), time()), where)


@transactional
async def reserve_for_quote(
    actor: Actor, offer: BookableOffer, starts_at: datetime, quote_id: UUID, until: datetime
) -> datetime:
    """Keep everything that the quoted care needs until a moment; return when the care ends.

    All or none. Raises NoSuchSlot and SlotTaken.
    """
    needs = await queries.needs_of(offer.id)
    await queries.lock_pools([need.pool_id for need in needs])
    await placing.require_slot(offer, needs, starts_at)
    for need, span in placing.stretches(offer, needs, starts_at):
        lane = await placing.free_lane(need, span, None)
        await placing.take(
            need, lane, span, None, ReservationStatus.QUOTED, until, quote_id=quote_id
        )
    return placing.end_of(offer, needs, starts_at)


@transactional
async def adopt_quote_reservation(
    actor: Actor, booking_id: UUID, quote_id: UUID, hold_until: datetime
) -> datetime:
    """Make a quote's time a booking's hold, in the same reservations; return when the care ends.

    Raises NothingReserved once the clock has ended it.
    """
    await queries.lock_pools(await queries.pools_of_quote(quote_id))
    ends_at = await queries.adopt_quoted(quote_id, booking_id, hold_until)
    if ends_at is None:
        raise NothingReserved
    return ends_at


@transactional
async def release_quote(actor: Actor, quote_id: UUID) -> None:
    """Give back what a quote has kept and no booking has taken over."""
    await queries.lock_pools(await queries.pools_of_quote(quote_id))
    await queries.release_quoted(quote_id)


async def expire_quotes() -> None:
    """Write down which quotes' time ended by the clock."""
    await _expire(SYSTEM)


@transactional
async def _expire(actor: Actor) -> int:
    return await queries.expire_quoted()
