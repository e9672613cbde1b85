"""What bookings do when they are told, and when the clock says so; every job bears repeating."""

from typing import Any
from uuid import UUID

from domain.actor import SYSTEM, Actor
from domain.availability import service as availability
from domain.availability.errors import SlotTaken
from domain.bookings import answering, queries, rules
from domain.bookings.cancelling import end_as
from domain.bookings.errors import EpisodeBooked, HoldExpired
from domain.bookings.types import BookingStatus
from domain.cases import service as cases
from domain.clock import utc_now
from domain.credentials import service as credentials
from domain.credentials.errors import CredentialNotValid
from domain.db import transactional
from domain.payments import service as payments
from domain.payments.events import PaymentCaptured

SWEEP = 100


async def confirm_when_paid(event: PaymentCaptured) -> None:
    """Confirm the booking whose deposit arrived, or send the money back when that cannot be."""
    if event.booking_id is not None:
        await _confirm(SYSTEM, event.booking_id, event.payment_id)


@transactional
async def _confirm(actor: Actor, booking_id: UUID, payment_id: UUID) -> None:
    row = await queries.booking(booking_id, visible_to=actor, lock=True)
    if row is None:
        raise LookupError(f"payment {payment_id} names the unknown booking {booking_id}")
    # Which payment booked the time is written down: a later end of the booking decides about it.
    if row["deposit_payment_id"] == payment_id:
        return
    status = BookingStatus(row["status"])
    reason = f"booking_{status.value}"
    if (await payments.left_of(actor, payment_id)).amount != row["deposit_minor"]:
        reason = "amount_differs"
    elif status in rules.WAITS_FOR_MONEY:
        try:
            await _take_for_good(actor, row, payment_id)
        except (SlotTaken, HoldExpired, CredentialNotValid, EpisodeBooked) as error:
            reason = error.code
            await _end_unconfirmed(actor, row, reason)
        else:
            return
    await payments.request_refund(actor, payment_id, None, reason)


@transactional
async def _take_for_good(actor: Actor, row: Any, payment_id: UUID) -> None:
    if row["starts_at"] <= utc_now():
        raise HoldExpired
    await credentials.require_cover(actor, row["offer_id"], row["starts_at"])
    await availability.keep_slot(actor, row["id"])
    on_request = row["mode"] == "on_request"
    status = BookingStatus.AWAITING_FACILITY if on_request else BookingStatus.CONFIRMED
    await queries.note_deposit(row["id"], payment_id)
    await answering.confirm_as(actor, row, status)
    await cases.share_episode(actor, row["episode_id"])


async def _end_unconfirmed(actor: Actor, row: Any, reason: str) -> None:
    if BookingStatus(row["status"]) is BookingStatus.PENDING_PAYMENT:
        await end_as(actor, row, BookingStatus.CANCELLED_BY_FACILITY, reason)


async def cancel_unanswered() -> None:
    """Give the money of bookings back that their facility never answered (a periodic job)."""
    for booking_id in await _unanswered(SYSTEM):
        await answering.cancel_unanswered(SYSTEM, booking_id)


@transactional
async def _unanswered(actor: Actor) -> list[UUID]:
    return await queries.unanswered(SWEEP)


async def expire_holds() -> None:
    """Write down the holds that ended by the clock, and tell the rooms that wait for them."""
    for booking_id in await _ended(SYSTEM):
        await _expire(SYSTEM, booking_id)


@transactional
async def _ended(actor: Actor) -> list[UUID]:
    return await queries.ended_holds(SWEEP)


@transactional
async def _expire(actor: Actor, booking_id: UUID) -> None:
    row = await queries.booking(booking_id, visible_to=actor, lock=True)
    if row is not None and await queries.hold_has_ended(booking_id):
        await end_as(actor, row, BookingStatus.EXPIRED, "hold_ended")
