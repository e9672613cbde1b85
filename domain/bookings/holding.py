"""Holding a slot, and paying its deposit."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from domain.actor import SYSTEM, Actor
from domain.audit import service as audit
from domain.availability import service as availability
from domain.bookings import queries, rules, service
from domain.bookings.errors import HoldExpired, OfferChanged, TooManyHolds
from domain.bookings.events import BookingNews
from domain.bookings.moving import tell, visible
from domain.bookings.tables import Booking
from domain.bookings.types import BookingStatus, BookingView, HoldSlot
from domain.cases import service as cases
from domain.cases.types import EpisodeRef, OpenCase
from domain.catalogue import service as catalogue
from domain.catalogue.errors import NoSuchOffer
from domain.catalogue.types import BookableOffer
from domain.clock import utc_now
from domain.credentials import service as credentials
from domain.db import transactional
from domain.idempotency.service import Once, done_before, remember
from domain.ids import new_id
from domain.money import MAX_MINOR_UNITS, Money, currency
from domain.patients import service as patients
from domain.patients.types import AccessScope
from domain.payments import service as payments
from domain.payments.types import NewPayment, PaymentPurpose, PaymentView


@transactional
async def hold_slot(actor: Actor, command: HoldSlot, once: Once | None = None) -> BookingView:
    """Hold a slot of an offer for a patient, in a case of its own.

    Raises OfferChanged when the price shown is no longer the price, the credentials' refusal when
    the facility may not treat then, NoSuchSlot, SlotTaken and TooManyHolds.
    """
    if (done := await done_before(actor, "bookings.hold", once)) is not None:
        return await service.show_booking(actor, done)
    await patients.require_scope(actor, command.patient_id, AccessScope.ACCEPT_QUOTE)
    offer = await catalogue.bookable_offer(actor, command.offer_id)
    if offer.organisation_id is None:
        raise NoSuchOffer(subject=("offer", offer.id))
    case = await cases.open_case(
        actor, OpenCase(patient_id=command.patient_id, treatment=offer.treatment_code)
    )
    episode = await cases.begin_episode(actor, case.id, offer.facility_id, offer.organisation_id)
    booking_id = await _hold(
        actor, episode, offer, command.offer_version, command.starts_at,
        most=await _most(actor, offer),
    )  # fmt: skip
    await remember(actor, "bookings.hold", once, booking_id)
    return await service.show_booking(actor, booking_id)


async def _most(actor: Actor, offer: BookableOffer) -> Money:
    most = (await catalogue.show_offer(SYSTEM, offer.id)).max_price
    return Money(min(most.amount, MAX_MINOR_UNITS), most.currency)


@transactional
async def hold_for_episode(
    actor: Actor, episode_id: UUID, offer_id: UUID, offer_version: int, starts_at: datetime,
    price: Money, most: Money, deposit: Money,
) -> UUID:  # fmt: skip
    """Hold the time of an accepted quote on its episode, at the quote's price and its limit."""
    episode = await cases.episode_ref(actor, episode_id)
    await patients.require_scope(actor, episode.patient_id, AccessScope.ACCEPT_QUOTE)
    offer = await catalogue.bookable_offer(actor, offer_id)
    quoted = msgspec.structs.replace(offer, price=price, deposit=deposit)
    return await _hold(actor, episode, quoted, offer_version, starts_at, most=most)


@transactional
async def hold_for_waiting(
    actor: Actor, episode_id: UUID, offer_id: UUID, starts_at: datetime, booked_by: UUID
) -> UUID:
    """Hold a time that was given back for whoever waited for it, and tell them (as the system).

    It lives twice as long as one's own hold: nobody sits before a screen when it comes.
    """
    episode = await cases.episode_ref(actor, episode_id)
    offer = await catalogue.bookable_offer(actor, offer_id)
    booking_id = await _hold(
        actor, episode, offer, offer.version, starts_at, most=await _most(actor, offer),
        lasting=rules.WAITING_HOLD, booked_by=booked_by,
    )  # fmt: skip
    await tell(await visible(actor, booking_id), BookingNews.WAITLIST_OFFERED)
    return booking_id


async def _hold(
    actor: Actor, episode: EpisodeRef, offer: BookableOffer, version: int, starts_at: datetime,
    *, most: Money, lasting: timedelta = rules.HOLD, booked_by: UUID | None = None,
) -> UUID:  # fmt: skip
    if version != offer.version:
        raise OfferChanged(offer_version_now=offer.version)
    await credentials.require_cover(actor, offer.id, starts_at)
    await queries.serialise_holds(episode.patient_id)
    if await queries.live_holds(episode.patient_id) >= rules.MAX_LIVE_HOLDS:
        raise TooManyHolds
    booking_id, now = new_id(), utc_now()
    hold_until = now + lasting
    ends_at = await availability.take_slot(actor, offer, starts_at, booking_id, hold_until)
    row: dict[str, Any] = {
        "id": booking_id,
        "episode_id": episode.id,
        "patient_id": episode.patient_id,
        "home_state": episode.home_state,
        "practice_id": episode.practice_id,
        "facility_id": offer.facility_id,
        "facility_organisation_id": offer.organisation_id,
        "facility_name": offer.facility_name,
        "offer_id": offer.id,
        "offer_version": offer.version,
        "treatment_code": offer.treatment_code,
        "mode": offer.mode.value,
        "status": BookingStatus.HELD.value,
        "starts_at": starts_at,
        "ends_at": ends_at,
        "zone": offer.zone,
        "hold_until": hold_until,
        "extended": False,
        "currency": offer.price.currency.value,
        "price_minor": offer.price.amount,
        "deposit_minor": offer.deposit.amount,
        "max_price_minor": most.amount,
        "tiers": msgspec.json.encode(offer.tiers).decode(),
        "demo": offer.demo,
        "version": 1,
        "booked_by": booked_by or actor.account_id,
        "created_at": now,
        "updated_at": now,
    }
    await queries.insert_booking(Booking(**row))
    await queries.log_transition(row, None, BookingStatus.HELD, actor, now, 1)
    await audit.record(
        actor, "bookings.hold", subject=("booking", booking_id), patient_id=episode.patient_id,
        home_state=episode.home_state,
    )  # fmt: skip
    return booking_id


async def pay_deposit(actor: Actor, booking_id: UUID) -> PaymentView:
    """Open the payment of a held booking's deposit and tell the provider of it.

    The hold is extended once, by 15 minutes, while the payment is under way. Raises HoldExpired
    and the gateway's errors; after those the same call tries again.
    """
    payment_id = await _open_deposit(actor, booking_id)
    return await payments.submit_payment(actor, payment_id)


@transactional
async def _open_deposit(actor: Actor, booking_id: UUID) -> UUID:
    row = await visible(actor, booking_id, lock=True)
    await patients.require_scope(actor, row["patient_id"], AccessScope.PAY)
    status, now = BookingStatus(row["status"]), utc_now()
    if status is BookingStatus.EXPIRED or (row["hold_until"] and row["hold_until"] <= now):
        raise HoldExpired
    if status is BookingStatus.HELD:
        rules.require_move(status, BookingStatus.PENDING_PAYMENT)
        hold_until = row["hold_until"] + rules.HOLD
        await availability.extend_hold(actor, booking_id, hold_until)
        await queries.move_booking(
            row, BookingStatus.PENDING_PAYMENT, actor, now, hold_until=hold_until, extended=True
        )
    elif status is not BookingStatus.PENDING_PAYMENT:
        rules.require_move(status, BookingStatus.PENDING_PAYMENT)
    return await payments.open_payment(
        actor,
        NewPayment(
            episode_id=row["episode_id"],
            booking_id=booking_id,
            patient_id=row["patient_id"],
            home_state=row["home_state"],
            purpose=PaymentPurpose.DEPOSIT,
            amount=Money(row["deposit_minor"], currency(row["currency"])),
        ),
    )
