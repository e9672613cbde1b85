"""Holding a slot, paying its deposit, and what the patient and the facility do with it after."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from domain.actor import SYSTEM, Actor
from domain.audit import service as audit
from domain.availability import service as availability
from domain.bookings import policy, queries, rules
from domain.bookings.errors import (
    HoldExpired,
    NoSuchBooking,
    OfferChanged,
    TooManyHolds,
    UnusableInstant,
)
from domain.bookings.events import BookingConfirmed, BookingEnded
from domain.bookings.tables import Booking
from domain.bookings.types import (
    BookingPage,
    BookingStatus,
    BookingView,
    ChangesQuery,
    DeclineBooking,
    HoldSlot,
    RefundPreview,
)
from domain.cases import service as cases
from domain.cases.types import EpisodeRef, OpenCase
from domain.catalogue import service as catalogue
from domain.catalogue.errors import NoSuchOffer
from domain.catalogue.types import BookableOffer, CancellationTier
from domain.clock import plausible, utc_now
from domain.credentials import service as credentials
from domain.cursor import make_cursor, read_cursor
from domain.db import transactional
from domain.facilities import service as facilities
from domain.idempotency.service import Once, done_before, remember
from domain.ids import new_id
from domain.money import Money, currency
from domain.outbox.service import publish
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
        return await show_booking(actor, done)
    await patients.require_scope(actor, command.patient_id, AccessScope.ACCEPT_QUOTE)
    offer = await catalogue.bookable_offer(actor, command.offer_id)
    if offer.organisation_id is None:
        raise NoSuchOffer(subject=("offer", offer.id))
    case = await cases.open_case(
        actor, OpenCase(patient_id=command.patient_id, treatment=offer.treatment_code)
    )
    episode = await cases.begin_episode(actor, case.id, offer.facility_id, offer.organisation_id)
    booking_id = await _hold(actor, episode, offer, command.offer_version, command.starts_at)
    await remember(actor, "bookings.hold", once, booking_id)
    return await show_booking(actor, booking_id)


@transactional
async def hold_for_episode(
    actor: Actor, episode_id: UUID, offer_id: UUID, offer_version: int, starts_at: datetime,
    price: Money, deposit: Money,
) -> UUID:  # fmt: skip
    """Hold the time of an accepted quote on its episode, at the quote's price."""
    episode = await cases.episode_ref(actor, episode_id)
    await patients.require_scope(actor, episode.patient_id, AccessScope.ACCEPT_QUOTE)
    offer = await catalogue.bookable_offer(actor, offer_id)
    quoted = msgspec.structs.replace(offer, price=price, deposit=deposit)
    return await _hold(actor, episode, quoted, offer_version, starts_at)


async def _hold(
    actor: Actor, episode: EpisodeRef, offer: BookableOffer, version: int, starts_at: datetime
) -> UUID:
    if version != offer.version:
        raise OfferChanged(offer_version_now=offer.version)
    await credentials.require_cover(actor, offer.id, starts_at)
    await queries.serialise_holds(episode.patient_id)
    if await queries.live_holds(episode.patient_id) >= rules.MAX_LIVE_HOLDS:
        raise TooManyHolds
    booking_id, now = new_id(), utc_now()
    hold_until = now + rules.HOLD
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
        "tiers": msgspec.json.encode(offer.tiers).decode(),
        "demo": offer.demo,
        "version": 1,
        "booked_by": actor.account_id,
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
    row = await _locked(actor, booking_id)
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


async def _locked(actor: Actor, booking_id: UUID) -> Any:
    row = await queries.booking(booking_id, visible_to=actor, lock=True)
    if row is None:
        raise NoSuchBooking(subject=("booking", booking_id))
    return row


@transactional
async def show_booking(actor: Actor, booking_id: UUID) -> BookingView:
    """Return a booking the actor may see; raises NoSuchBooking."""
    row = await queries.booking(booking_id, visible_to=actor)
    if row is None:
        raise NoSuchBooking(subject=("booking", booking_id))
    return _view(row)


@transactional
async def list_bookings(
    actor: Actor, status: BookingStatus | None = None, episode_id: UUID | None = None
) -> list[BookingView]:
    """Return the bookings of the actor's patients, practice or facility, newest first."""
    rows = await queries.bookings(visible_to=actor, status=status, episode_id=episode_id)
    return [_view(row) for row in rows]


@transactional
async def list_changes(actor: Actor, facility_id: UUID, query: ChangesQuery) -> BookingPage:
    """Return the bookings of a facility of the actor's organisation, the latest changed last.

    Raises NoSuchFacility, UnusableInstant and CursorInvalid.
    """
    await facilities.facility_of(actor, facility_id, "bookings.list_of_facility")
    if query.since is not None and not plausible(query.since):
        raise UnusableInstant(fields={"since": UnusableInstant.title})
    question, after = (facility_id, sorted(query.status), query.since), None
    if query.cursor is not None:
        after = read_cursor(query.cursor, question, tuple[datetime, UUID])
    rows = await queries.bookings_of_facility(
        facility_id, visible_to=actor, statuses=query.status, since=query.since, after=after,
        limit=query.limit + 1,
    )  # fmt: skip
    shown, following = rows[: query.limit], None
    if len(rows) > query.limit:
        following = make_cursor(question, (shown[-1]["updated_at"], shown[-1]["id"]))
    return BookingPage([_view(row) for row in shown], following)


@transactional
async def open_bookings(actor: Actor, patient_id: UUID) -> int:
    """Return how many bookings of a patient are under way; for the system only."""
    return await queries.count_open(patient_id)


def _view(row: Any) -> BookingView:
    now, status = utc_now(), BookingStatus(row["status"])
    # The clock ends a hold; the sweeper only writes it down.
    if row["hold_until"] is not None and row["hold_until"] <= now:
        status = BookingStatus.EXPIRED
    paid_in = currency(row["currency"])
    return BookingView(
        id=row["id"],
        episode_id=row["episode_id"],
        patient_id=row["patient_id"],
        facility_id=row["facility_id"],
        facility_name=row["facility_name"],
        offer_id=row["offer_id"],
        offer_version=row["offer_version"],
        treatment=row["treatment_code"],
        status=status,
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        zone=row["zone"],
        hold_until=row["hold_until"],
        server_time=now,
        price=Money(row["price_minor"], paid_in),
        deposit=Money(row["deposit_minor"], paid_in),
        cancellation_tiers=_tiers(row),
        demo=row["demo"],
        version=row["version"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def _tiers(row: Any) -> list[CancellationTier]:
    return msgspec.json.decode(row["tiers"], type=list[CancellationTier])


@transactional
async def preview_refund(actor: Actor, booking_id: UUID) -> RefundPreview:
    """Return what would go back if the patient cancelled now."""
    row = await queries.booking(booking_id, visible_to=actor)
    if row is None:
        raise NoSuchBooking(subject=("booking", booking_id))
    return _preview(row, utc_now(), by_facility=policy.acts_for_facility(actor, row))


def _preview(row: Any, now: datetime, *, by_facility: bool) -> RefundPreview:
    deposit = Money(row["deposit_minor"], currency(row["currency"]))
    if BookingStatus(row["status"]) not in rules.PAID:
        return RefundPreview(deposit, Money(0, deposit.currency), 0)
    return rules.refund_preview(
        deposit, _tiers(row), row["starts_at"], now, by_facility=by_facility
    )


@transactional
async def cancel_booking(actor: Actor, booking_id: UUID, reason: str | None = None) -> BookingView:
    """Cancel a booking: the patient under the frozen tiers, the facility with all money back."""
    row = await _locked(actor, booking_id)
    if actor.of_facility:
        policy.require_facility_of(actor, row, "bookings.cancel")
        status = BookingStatus.CANCELLED_BY_FACILITY
    else:
        await patients.require_scope(actor, row["patient_id"], AccessScope.ACCEPT_QUOTE)
        status = BookingStatus.CANCELLED_BY_PATIENT
    await end_as(actor, row, status, reason)
    return await show_booking(actor, booking_id)


@transactional
async def cancel_for_referral(actor: Actor, booking_id: UUID, *, by_facility: bool) -> None:
    """Cancel the booking of a referral that ended, as the side that ended it would."""
    ended = BookingStatus.CANCELLED_BY_PATIENT
    if by_facility:
        ended = BookingStatus.CANCELLED_BY_FACILITY
    await end_as(actor, await _locked(actor, booking_id), ended, "referral_ended")


async def end_as(actor: Actor, row: Any, status: BookingStatus, reason: str | None) -> None:
    """End a locked booking: its time is free, its refund decided, its log written."""
    rules.require_move(BookingStatus(row["status"]), status)
    now = utc_now()
    by_facility = status is BookingStatus.CANCELLED_BY_FACILITY
    preview = _preview(row, now, by_facility=by_facility)
    await availability.release_slot(actor, row["id"], expired=status is BookingStatus.EXPIRED)
    await queries.move_booking(row, status, actor, now, reason=reason)
    if preview.refund.amount and row["deposit_payment_id"]:
        await payments.request_refund(
            SYSTEM, row["deposit_payment_id"], preview.refund, status.value
        )
    await publish(BookingEnded(row["id"], row["episode_id"], status.value))
    await audit.record(
        actor, f"bookings.{status.value}", subject=("booking", row["id"]),
        patient_id=row["patient_id"], home_state=row["home_state"],
    )  # fmt: skip


@transactional
async def accept_booking(actor: Actor, booking_id: UUID) -> BookingView:
    """Confirm, as the facility, a paid booking that was on request."""
    row = await _locked(actor, booking_id)
    policy.require_facility_of(actor, row, "bookings.accept")
    rules.require_move(BookingStatus(row["status"]), BookingStatus.CONFIRMED)
    await credentials.require_cover(actor, row["offer_id"], row["starts_at"])
    await confirm_as(actor, row, BookingStatus.CONFIRMED)
    return await show_booking(actor, booking_id)


@transactional
async def decline_booking(actor: Actor, booking_id: UUID, command: DeclineBooking) -> BookingView:
    """Decline, as the facility, a booking on request: all money goes back."""
    row = await _locked(actor, booking_id)
    policy.require_facility_of(actor, row, "bookings.decline")
    await end_as(actor, row, BookingStatus.CANCELLED_BY_FACILITY, command.reason)
    return await show_booking(actor, booking_id)


async def confirm_as(actor: Actor, row: Any, status: BookingStatus) -> None:
    """Move a locked booking to a paid state, with its log and event."""
    await queries.move_booking(row, status, actor, utc_now())
    if status is BookingStatus.CONFIRMED:
        await publish(BookingConfirmed(row["id"], row["episode_id"]))
    await audit.record(
        actor, f"bookings.{status.value}", subject=("booking", row["id"]),
        patient_id=row["patient_id"], home_state=row["home_state"],
    )  # fmt: skip
