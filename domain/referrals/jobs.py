"""What referrals do when payments, bookings and consents tell them; every job bears repeating."""

from typing import Any
from uuid import UUID

from domain.actor import SYSTEM, Actor
from domain.bookings import service as bookings
from domain.bookings.events import BookingConfirmed, BookingEnded
from domain.bookings.types import BookingStatus
from domain.consents import service as consents
from domain.consents.events import ConsentEnded, ConsentGranted
from domain.db import transactional
from domain.payments.events import PaymentCaptured
from domain.referrals import queries
from domain.referrals.rules import TRANSITIONS
from domain.referrals.service import apply_move, end_referral
from domain.referrals.types import Move, ReferralStatus


@transactional
async def _move_if_possible(actor: Actor, episode_id: UUID, move: Move) -> Any | None:
    row = await queries.referral_of_episode(episode_id)
    if row is None or ReferralStatus(row["status"]) not in TRANSITIONS[move].before:
        return None
    await apply_move(actor, row, move)
    return row


async def fund_when_paid(event: PaymentCaptured) -> None:
    """Note that the deposit of a referral's booking has arrived, if it booked the time."""
    if event.booking_id is not None:
        booking = await bookings.show_booking(SYSTEM, event.booking_id)
        if booking.status in (BookingStatus.AWAITING_FACILITY, BookingStatus.CONFIRMED):
            await _move_if_possible(SYSTEM, event.episode_id, Move.FUND)


async def schedule_when_confirmed(event: BookingConfirmed) -> None:
    """Note that the time of a referral is certain; its payment may be told of only later."""
    await _move_if_possible(SYSTEM, event.episode_id, Move.FUND)
    await _move_if_possible(SYSTEM, event.episode_id, Move.SCHEDULE)


async def follow_ended_booking(event: BookingEnded) -> None:
    """Offer the quote again when its time went unpaid; cancel the referral when it was paid."""
    await _follow_end(SYSTEM, event)


@transactional
async def _follow_end(actor: Actor, event: BookingEnded) -> None:
    row = await queries.referral_of_episode(event.episode_id)
    # Told again, or late: the patient may have chosen anew since.
    if row is None or row["booking_id"] != event.booking_id:
        return
    status = ReferralStatus(row["status"])
    if status in TRANSITIONS[Move.RELEASE].before:
        await apply_move(actor, row, Move.RELEASE)
        await queries.set_booking(row["id"], None)
        await queries.reopen_quote(row["id"])
    elif status in TRANSITIONS[Move.CONFIRM_CANCEL].before:
        await apply_move(actor, row, Move.CONFIRM_CANCEL)
        await end_referral(actor, row)


async def hold_when_consent_ends(event: ConsentEnded) -> None:
    """Put a referral on hold when nothing of the record may be read for it any more."""
    if event.episode_id is not None:
        await _follow_consent(SYSTEM, event.episode_id)


async def resume_when_consent_given(event: ConsentGranted) -> None:
    """Take a referral off hold when the patient agreed again."""
    if event.episode_id is not None:
        await _follow_consent(SYSTEM, event.episode_id)


@transactional
async def _follow_consent(actor: Actor, episode_id: UUID) -> None:
    row = await queries.referral_of_episode(episode_id)
    if row is None or row["status"] == ReferralStatus.DRAFT.value:
        return
    standing = await consents.standing(
        actor, row["patient_id"], row["facility_organisation_id"], episode_id
    )
    await queries.set_hold(row["id"], standing.consent_id is None)
