"""The facility's answer to a booking on request, within its own working days."""

from datetime import datetime
from typing import Any
from uuid import UUID

from domain.actor import SYSTEM, Actor
from domain.audit import service as audit
from domain.bookings import moving, queries, service
from domain.bookings.cancelling import end_as
from domain.bookings.deadlines import add_working_days
from domain.bookings.events import BookingConfirmed, BookingNews
from domain.bookings.task_list import task_of
from domain.bookings.types import (
    BookingMove,
    BookingStatus,
    BookingTermsView,
    BookingView,
    DeclineBooking,
    SetTerms,
)
from domain.clock import utc_now, zone
from domain.credentials import service as credentials
from domain.db import transactional
from domain.errors import StaleVersion
from domain.facilities import service as facilities
from domain.outbox.service import publish
from domain.tasks import service as tasks
from domain.tasks.types import TaskKind, TaskSide
from domain.text import clean

USUAL_ANSWER_DAYS = 2


@transactional
async def accept_booking(actor: Actor, booking_id: UUID, version: int | None = None) -> BookingView:
    """Confirm, as the facility, a paid booking that was on request."""
    row = await moving.to_move(actor, booking_id, BookingMove.ACCEPT, version)
    await credentials.require_cover(actor, row["offer_id"], row["starts_at"])
    await confirm_as(actor, row, BookingStatus.CONFIRMED)
    return await service.show_booking(actor, booking_id)


@transactional
async def decline_booking(
    actor: Actor, booking_id: UUID, command: DeclineBooking, version: int | None = None
) -> BookingView:
    """Decline, as the facility, a booking on request: all money goes back."""
    row = await moving.to_move(actor, booking_id, BookingMove.DECLINE, version)
    await end_as(
        actor, row, BookingStatus.CANCELLED_BY_FACILITY, clean(command.reason),
        news=BookingNews.DECLINED,
    )  # fmt: skip
    return await service.show_booking(actor, booking_id)


async def confirm_as(actor: Actor, row: Any, status: BookingStatus) -> None:
    """Move a locked, paid booking to where it waits for the facility, or is certain."""
    if status is BookingStatus.CONFIRMED:
        await moving.apply(actor, row, status, answer_due_at=None)
        await tasks.end_tasks(SYSTEM, row["id"], [TaskKind.ANSWER_REQUEST], by=actor.account_id)
        await publish(BookingConfirmed(row["id"], row["episode_id"]))
        return
    due_at = await answer_due_at(row["facility_id"], utc_now())
    await moving.apply(actor, row, status, answer_due_at=due_at)
    await tasks.open_task(SYSTEM, task_of(row, TaskKind.ANSWER_REQUEST, TaskSide.FACILITY, due_at))


async def answer_due_at(facility_id: UUID, asked_at: datetime) -> datetime:
    """Return until when a facility answers what it is asked now, by its own working days."""
    terms = await queries.terms_of(facility_id)
    days = terms["answer_days"] if terms else USUAL_ANSWER_DAYS
    return await working_days_from(facility_id, asked_at, days)


async def working_days_from(facility_id: UUID, start: datetime, days: int) -> datetime:
    """Return the instant so many working days of a facility after another."""
    facility = await facilities.facility_ref(SYSTEM, facility_id)
    return add_working_days(start, days, zone(facility.zone), facility.jurisdiction)


@transactional
async def cancel_unanswered(actor: Actor, booking_id: UUID) -> None:
    """Give all money back for a booking its facility never answered (run as the system)."""
    row = await queries.booking(booking_id, visible_to=actor, lock=True)
    if row is None or row["status"] != BookingStatus.AWAITING_FACILITY.value:
        return
    if row["answer_due_at"] is None or row["answer_due_at"] > utc_now():
        return
    await end_as(actor, row, BookingStatus.CANCELLED_BY_FACILITY, "not_answered")


@transactional
async def show_terms(actor: Actor, facility_id: UUID) -> BookingTermsView:
    """Return within how many working days a facility answers; raises NoSuchFacility."""
    await facilities.facility_ref(actor, facility_id)
    row = await queries.terms_of(facility_id)
    if row is None:
        return BookingTermsView(facility_id, USUAL_ANSWER_DAYS, 0)
    return BookingTermsView(facility_id, row["answer_days"], row["version"])


@transactional
async def set_terms(
    actor: Actor, facility_id: UUID, command: SetTerms, version: int
) -> BookingTermsView:
    """Set within how many working days one's own facility answers what is asked from now on."""
    facility = await facilities.facility_of(actor, facility_id, "bookings.set_terms")
    stored = await queries.set_terms(
        facility_id, command.answer_working_days, version, actor.account_id, utc_now()
    )
    if not stored:
        raise StaleVersion(subject=("facility", facility_id))
    await audit.record(
        actor, "bookings.set_terms", subject=("facility", facility_id),
        home_state=facility.jurisdiction,
    )  # fmt: skip
    return await show_terms(actor, facility_id)
