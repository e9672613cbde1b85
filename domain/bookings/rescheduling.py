"""Another time for the same booking: the patient takes it, the facility proposes it."""

from datetime import date, timedelta
from uuid import UUID

import msgspec

from domain.actor import Actor
from domain.availability import service as availability
from domain.availability.errors import NoSuchSlot
from domain.availability.types import SlotList
from domain.bookings import changes, moving, policy, service
from domain.bookings.errors import TooLateToMove
from domain.bookings.events import BookingNews
from domain.bookings.retiming import retime
from domain.bookings.types import BookingMove, BookingView, Reschedule
from domain.catalogue import service as catalogue
from domain.clock import plausible, utc_now, zone
from domain.db import transactional


@transactional
async def list_times(
    actor: Actor, booking_id: UUID, first: date | None, last: date | None, *,
    zone: str | None = None, limit: int = availability.MAX_SLOTS,
) -> SlotList:  # fmt: skip
    """Return the free times to which a booking could move; what it has now is no hindrance.

    The days are those of its facility's calendar. Raises NoSuchBooking, and what listing slots
    raises.
    """
    row = await moving.visible(actor, booking_id)
    slots = await availability.list_slots(
        actor, row["offer_id"], first, last, zone=zone, limit=limit, except_booking=booking_id
    )
    others = [slot for slot in slots.items if slot.starts_at != row["starts_at"]]
    return msgspec.structs.replace(slots, items=others)


@transactional
async def reschedule_booking(
    actor: Actor, booking_id: UUID, command: Reschedule, version: int
) -> BookingView:
    """Move a paid booking to another time; it keeps its number, its price and its terms.

    The patient moves it up to the offer's lead time before it begins. The facility moves it within
    the same day of its calendar; for another day it proposes the time, and the patient decides.
    Raises TooLateToMove, and what taking the time raises.
    """
    row = await moving.to_move(actor, booking_id, BookingMove.RESCHEDULE, version)
    if not plausible(command.starts_at):
        raise NoSuchSlot
    where = zone(row["zone"])
    same_day = (
        command.starts_at.astimezone(where).date() == row["starts_at"].astimezone(where).date()
    )
    await changes.withdraw_open(actor, row)
    if policy.acts_for_facility(actor, row) and not same_day:
        change_id = await changes.propose_time(actor, row, command.starts_at)
        await moving.touch(
            actor, row, "reschedule", news=BookingNews.RESCHEDULE_PROPOSED,
            change_order_id=change_id,
        )  # fmt: skip
        return await service.show_booking(actor, booking_id)
    if not policy.acts_for_facility(actor, row):
        offer = await catalogue.bookable_offer(actor, row["offer_id"])
        if utc_now() > row["starts_at"] - timedelta(hours=offer.lead_time_hours):
            raise TooLateToMove(lead_time_hours=offer.lead_time_hours)
    moved = await retime(actor, row, command.starts_at)
    await moving.touch(
        actor, row, "reschedule", news=BookingNews.RESCHEDULED, change_order_id=None, **moved
    )
    return await service.show_booking(actor, booking_id)
