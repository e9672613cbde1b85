"""Following bookings from any calendar, under a secret address that can be changed and ended.

What a feed tells is decided anew each time it is asked for: whoever loses an access, or leaves a
facility, finds nothing more in it.
"""

import hashlib
import re
import secrets
from typing import Any
from uuid import UUID

from domain.actor import SYSTEM, Actor
from domain.audit import service as audit
from domain.availability import diary
from domain.bookings import parties
from domain.bookings.errors import NoSuchBooking
from domain.bookings.parties import BookingParties
from domain.calendars import queries, rules
from domain.calendars.errors import NoSuchCalendar, NotBookedYet
from domain.calendars.tables import CalendarSubscription
from domain.calendars.types import (
    CalendarSecret,
    CalendarView,
    CreateCalendar,
    Feed,
    FeedKind,
)
from domain.clock import utc_now
from domain.db import transactional
from domain.errors import Unauthenticated
from domain.facilities import service as facilities
from domain.identity import service as identity
from domain.ids import new_id
from domain.patients import ownership
from domain.patients.types import AccessScope

_TOKEN = re.compile("[A-Za-z0-9_-]{43}")
_READS = (AccessScope.VIEW, AccessScope.MESSAGE)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _account(actor: Actor) -> UUID:
    if actor.account_id is None:
        raise Unauthenticated
    return actor.account_id


@transactional
async def list_calendars(actor: Actor) -> list[CalendarView]:
    """Return the feeds that the actor follows."""
    return await queries.feeds(_account(actor))


@transactional
async def create_calendar(actor: Actor, command: CreateCalendar) -> CalendarSecret:
    """Make a secret address under which the actor follows bookings.

    Raises CalendarIncomplete, NoSuchFacility, WrongRole, NoSuchPractitioner and CalendarKnown.
    """
    account_id = _account(actor)
    rules.require_complete(command)
    if command.facility_id is not None:
        await facilities.facility_of(actor, command.facility_id, "bookings.list_of_facility")
    if command.facility_id is not None and command.practitioner_id is not None:
        await diary.require_practitioner(actor, command.facility_id, command.practitioner_id)
    feed_id, token, now = new_id(), secrets.token_urlsafe(32), utc_now()
    await queries.insert_feed(
        CalendarSubscription(
            id=feed_id,
            account_id=account_id,
            kind=command.kind.value,
            facility_id=command.facility_id,
            practitioner_id=command.practitioner_id,
            token_hash=_hash(token),
            created_at=now,
            read_at=None,
            revoked_at=None,
        )
    )
    await _note(actor, "create", feed_id, kind=command.kind.value)
    return CalendarSecret(
        CalendarView(
            id=feed_id, kind=command.kind, facility_id=command.facility_id,
            practitioner_id=command.practitioner_id, created_at=now, last_read_at=None,
        ),
        token,
    )  # fmt: skip


@transactional
async def rotate_calendar(actor: Actor, calendar_id: UUID) -> CalendarSecret:
    """Make a new address; the former tells nothing from now on. Raises NoSuchCalendar."""
    token = secrets.token_urlsafe(32)
    row = await queries.set_token(_account(actor), calendar_id, _hash(token))
    if row is None:
        raise NoSuchCalendar(subject=("calendar", calendar_id))
    await _note(actor, "rotate", calendar_id)
    return CalendarSecret(queries.calendar_view(row), token)


@transactional
async def revoke_calendar(actor: Actor, calendar_id: UUID) -> None:
    """Let an address tell nothing any more; raises NoSuchCalendar."""
    if not await queries.revoke(_account(actor), calendar_id, utc_now()):
        raise NoSuchCalendar(subject=("calendar", calendar_id))
    await _note(actor, "revoke", calendar_id)


async def read_feed(token: str) -> Feed:
    """Return what the feed behind a secret tells now; raises NoSuchCalendar."""
    if not _TOKEN.fullmatch(token):
        raise NoSuchCalendar
    return await _read(SYSTEM, _hash(token))


@transactional
async def _read(actor: Actor, token_hash: bytes) -> Feed:
    row = await queries.feed_by_token(token_hash)
    if row is None:
        raise NoSuchCalendar
    now = utc_now()
    window = (now - rules.PAST_KEPT_FOR, now - rules.CANCELLED_KEPT_FOR)
    kind = FeedKind(row["kind"])
    if kind is FeedKind.PATIENT:
        mine = await ownership.patients_with(actor, row["account_id"], _READS)
        found = await parties.bookings_of_patients(actor, mine, *window)
    else:
        await _require_staff(actor, row)
        found = await parties.bookings_of_facility(actor, row["facility_id"], *window)
        if kind is FeedKind.PRACTITIONER:
            theirs = await diary.bookings_of_practitioner(actor, row["practitioner_id"], window[0])
            found = [booking for booking in found if booking.id in theirs]
    await queries.note_read(row["id"], now)
    return Feed(kind, row["language"], [b for b in found if b.status in rules.STATUS])


async def _require_staff(actor: Actor, row: Any) -> None:
    facility = await facilities.facility_ref(actor, row["facility_id"])
    if facility.organisation_id is None or not await identity.works_for(
        actor, row["account_id"], facility.organisation_id
    ):
        raise NoSuchCalendar


@transactional
async def show_booking(actor: Actor, booking_id: UUID) -> BookingParties:
    """Return a booking that the actor may see, for a calendar.

    Raises NoSuchBooking, and NotBookedYet for a time that is only held.
    """
    booking = await parties.booking_parties(actor, booking_id)
    if booking is None:
        raise NoSuchBooking(subject=("booking", booking_id))
    if booking.status not in rules.STATUS:
        raise NotBookedYet(status_now=booking.status.value)
    return booking


async def _note(actor: Actor, operation: str, feed_id: UUID, **detail: Any) -> None:
    await audit.record(
        actor, f"calendars.{operation}", subject=("calendar", feed_id), detail=detail
    )
