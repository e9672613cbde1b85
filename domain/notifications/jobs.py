"""What telling people does when other rooms have news; every job bears repeating."""

from uuid import UUID

from domain.actor import SYSTEM, Actor, Role
from domain.bookings.events import BookingChanged
from domain.bookings.parties import BookingParties, booking_parties
from domain.db import transactional
from domain.identity import readers
from domain.notifications import rules
from domain.notifications.rules import Side
from domain.notifications.service import notify
from domain.notifications.types import NoticeKind, Topic
from domain.patients import ownership
from domain.patients.types import AccessScope

_READS = (AccessScope.VIEW, AccessScope.MESSAGE)
"""Whoever may only pay or only decide for a patient is not told how the patient fares."""


async def tell_of_booking(event: BookingChanged) -> None:
    """Tell each side of a booking what concerns it (told by the outbox)."""
    await _tell(SYSTEM, event)


@transactional
async def _tell(actor: Actor, event: BookingChanged) -> None:
    booking = await booking_parties(actor, event.booking_id)
    if booking is None:
        raise LookupError(f"news of the unknown booking {event.booking_id}")
    key = f"booking/{event.booking_id}/{event.version}/{event.news.value}"
    params = {"booking_id": str(event.booking_id), "news": event.news.value}
    for side in sorted(rules.AUDIENCES[event.news]):
        # A doctor's mail about patients they sent is of another kind than one's own booking's.
        topic = Topic.REFERRALS if side is Side.PRACTICE else Topic.BOOKINGS
        for account_id in await _accounts(actor, side, booking):
            await notify(actor, account_id, NoticeKind.BOOKING, key, params, topic=topic)


async def _accounts(actor: Actor, side: Side, booking: BookingParties) -> list[UUID]:
    if side is Side.PATIENT:
        return await ownership.accounts_with(actor, booking.patient_id, _READS)
    if side is Side.DESK:
        desk = (Role.COORDINATOR, Role.SCHEDULER)
        return await readers.accounts_in(actor, booking.facility_organisation_id, desk)
    if booking.practice_id is None:
        return []
    return await readers.accounts_in(actor, booking.practice_id, (Role.REFERRING_DOCTOR,))
