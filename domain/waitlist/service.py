"""Joining a waitlist, leaving it, and offering what is given back to the first whom it suits.

Who waits longest comes first, and nobody is passed over but for days they did not ask for.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from domain.actor import SYSTEM, Actor
from domain.audit import service as audit
from domain.availability import service as availability
from domain.availability.errors import NoSuchSlot, SlotTaken
from domain.bookings import cancelling, holding
from domain.bookings import service as bookings
from domain.bookings.errors import EpisodeBooked, TooManyHolds
from domain.bookings.types import BookingStatus
from domain.cases import service as cases
from domain.cases.types import OpenCase
from domain.catalogue import service as catalogue
from domain.catalogue.errors import NoSuchOffer, OfferWithdrawn
from domain.clock import utc_now, zone
from domain.credentials.errors import CredentialNotValid
from domain.db import transactional
from domain.idempotency.service import Once, done_before, remember
from domain.ids import new_id
from domain.patients import service as patients
from domain.patients.types import AccessScope
from domain.waitlist import queries, rules
from domain.waitlist.errors import NoSuchWait, TimeIsFree, WaitOver
from domain.waitlist.tables import WaitlistEntry
from domain.waitlist.types import JoinWaitlist, WaitStatus, WaitView

_DAYS_AT_ONCE = timedelta(days=31)


@transactional
async def join_waitlist(actor: Actor, command: JoinWaitlist, once: Once | None = None) -> WaitView:
    """Wait for a time of an offer on which nothing is free, once a patient and offer.

    Raises TimeIsFree, WaitingAlready, UnusableWindow and NoSuchOffer.
    """
    if (done := await done_before(actor, "waitlist.join", once)) is not None:
        return await show_wait(actor, done)
    await patients.require_scope(actor, command.patient_id, AccessScope.ACCEPT_QUOTE)
    await catalogue.show_offer(actor, command.offer_id)
    offer = await catalogue.bookable_offer(actor, command.offer_id)
    if offer.organisation_id is None:
        raise NoSuchOffer(subject=("offer", offer.id))
    now = utc_now()
    rules.require_window(
        command.first_day, command.last_day, now.astimezone(zone(offer.zone)).date()
    )
    if await _first_free(actor, offer.id, command) is not None:
        raise TimeIsFree
    patient_id = await patients.current_number(actor, command.patient_id)
    case = await cases.open_case(
        actor, OpenCase(patient_id=patient_id, treatment=offer.treatment_code)
    )
    episode = await cases.begin_episode(actor, case.id, offer.facility_id, offer.organisation_id)
    entry_id = new_id()
    await queries.insert_entry(
        WaitlistEntry(
            id=entry_id,
            offer_id=offer.id,
            facility_id=offer.facility_id,
            patient_id=patient_id,
            home_state=episode.home_state,
            episode_id=episode.id,
            status=WaitStatus.WAITING.value,
            first_day=command.first_day,
            last_day=command.last_day,
            zone=offer.zone,
            booking_id=None,
            queued_at=now,
            missed=0,
            joined_by=actor.account_id,
            joined_at=now,
            updated_at=now,
        )
    )
    await audit.record(
        actor, "waitlist.join", subject=("waitlist_entry", entry_id), patient_id=patient_id,
        home_state=episode.home_state,
    )  # fmt: skip
    await remember(actor, "waitlist.join", once, entry_id)
    return await show_wait(actor, entry_id)


@transactional
async def list_waits(actor: Actor) -> list[WaitView]:
    """Return the places of the actor's patients, newest first."""
    return [await _view(row) for row in await queries.entries(visible_to=actor)]


@transactional
async def show_wait(actor: Actor, entry_id: UUID) -> WaitView:
    """Return one place; raises NoSuchWait."""
    return await _view(await _visible(actor, entry_id))


@transactional
async def leave_waitlist(actor: Actor, entry_id: UUID) -> WaitView:
    """Leave a waitlist, and give an offered time back unpaid; raises NoSuchWait and WaitOver."""
    row = await _visible(actor, entry_id)
    await patients.require_scope(actor, row["patient_id"], AccessScope.ACCEPT_QUOTE)
    booking_id = await _leave(SYSTEM, row["offer_id"], entry_id)
    if booking_id is not None:
        booking = await bookings.show_booking(actor, booking_id)
        if booking.status in (BookingStatus.HELD, BookingStatus.PENDING_PAYMENT):
            await cancelling.cancel_booking(actor, booking_id)
    await audit.record(
        actor, "waitlist.leave", subject=("waitlist_entry", entry_id),
        patient_id=row["patient_id"], home_state=row["home_state"],
    )  # fmt: skip
    return await show_wait(actor, entry_id)


@transactional
async def _leave(actor: Actor, offer_id: UUID, entry_id: UUID) -> UUID | None:
    await queries.serialise(offer_id)
    row = await queries.entry(entry_id, visible_to=actor)
    if row is None or not await queries.move(entry_id, WaitStatus.LEFT, utc_now()):
        raise WaitOver(subject=("waitlist_entry", entry_id))
    if row["booking_id"] is None:
        await cases.end_episode(actor, row["episode_id"])
    return UUID(str(row["booking_id"])) if row["booking_id"] else None


@transactional
async def offer_freed(actor: Actor, offer_id: UUID) -> int:
    """Hold free times of an offer for who waits for them, in order; return how many (system)."""
    await queries.serialise(offer_id)
    now, made = utc_now(), 0
    for row in await queries.waiting(offer_id):
        if row["last_day"] < now.astimezone(zone(row["zone"])).date():
            if await queries.move(row["id"], WaitStatus.LAPSED, now):
                await cases.end_episode(actor, row["episode_id"])
            continue
        try:
            starts_at = await _first_free(actor, offer_id, _wanted(row))
            if starts_at is None:
                continue
            booking_id = await holding.hold_for_waiting(
                actor, row["episode_id"], offer_id, starts_at, row["joined_by"]
            )
        except (NoSuchOffer, OfferWithdrawn):
            return made
        except (NoSuchSlot, SlotTaken, TooManyHolds, CredentialNotValid, EpisodeBooked):
            continue
        await queries.move(row["id"], WaitStatus.OFFERED, now, booking_id=booking_id)
        made += 1
    return made


def _wanted(row: Any) -> JoinWaitlist:
    return JoinWaitlist(
        patient_id=row["patient_id"],
        offer_id=row["offer_id"],
        first_day=row["first_day"],
        last_day=row["last_day"],
    )


async def _first_free(actor: Actor, offer_id: UUID, wanted: JoinWaitlist) -> datetime | None:
    first = wanted.first_day
    while first <= wanted.last_day:
        last = min(wanted.last_day, first + _DAYS_AT_ONCE - timedelta(days=1))
        found = await availability.list_slots(actor, offer_id, first, last)
        if found.items:
            return found.items[0].starts_at
        first = last + timedelta(days=1)
    return None


@transactional
async def note_taken(actor: Actor, booking_id: UUID) -> None:
    """Write down that an offered time was taken (run as the system)."""
    row = await queries.of_booking(booking_id)
    if row is not None:
        await queries.move(row["id"], WaitStatus.TAKEN, utc_now())


@transactional
async def note_missed(actor: Actor, booking_id: UUID) -> None:
    """Send whoever let an offered time pass to the end, or home (run as the system)."""
    row = await queries.of_booking(booking_id)
    if row is None:
        return
    now, missed = utc_now(), row["missed"] + 1
    status = rules.after_missing(missed)
    await queries.move(row["id"], status, now, booking_id=None, missed=missed, queued_at=now)
    if status is WaitStatus.LAPSED:
        await cases.end_episode(actor, row["episode_id"])


@transactional
async def awaited_offers(actor: Actor, facility_id: UUID | None, limit: int) -> list[UUID]:
    """Return the offers that somebody waits for (run as the system)."""
    return await queries.awaited_offers(facility_id, limit)


async def _visible(actor: Actor, entry_id: UUID) -> Any:
    row = await queries.entry(entry_id, visible_to=actor)
    if row is None:
        raise NoSuchWait(subject=("waitlist_entry", entry_id))
    return row


@transactional
async def _position(actor: Actor, row: Any) -> int:
    return await queries.position(row)


async def _view(row: Any) -> WaitView:
    status = WaitStatus(row["status"])
    return WaitView(
        id=row["id"],
        offer_id=row["offer_id"],
        facility_id=row["facility_id"],
        patient_id=row["patient_id"],
        status=status,
        first_day=row["first_day"],
        last_day=row["last_day"],
        zone=row["zone"],
        position=await _position(SYSTEM, row) if status is WaitStatus.WAITING else None,
        booking_id=row["booking_id"],
        missed=row["missed"],
        joined_at=row["joined_at"],
    )
