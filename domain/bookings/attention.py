"""What a change elsewhere means for the bookings of a facility, by what holds now.

An event only says where to look: told twice, late or out of order, the same is found.
"""

from datetime import datetime, timedelta
from uuid import UUID

from domain.actor import SYSTEM, Actor
from domain.availability.events import BookingUncovered
from domain.bookings import moving, queries, stay_queries
from domain.bookings.events import BookingNews
from domain.bookings.rules import PAID
from domain.bookings.task_list import task_of
from domain.bookings.types import BookingStatus
from domain.clock import utc_now
from domain.credentials import service as credentials
from domain.credentials.errors import CredentialNotValid
from domain.credentials.events import CredentialChanged
from domain.db import transactional
from domain.tasks import service as tasks
from domain.tasks.types import TaskKind, TaskSide

BATCH = 100
RESOLVED_WITHIN = timedelta(hours=24)


async def follow_credential(event: CredentialChanged) -> None:
    """Look at every booking of a facility whose patient has not come yet, in batches."""
    after = None
    while batch := await _batch(SYSTEM, event.facility_id, after):
        for booking_id in batch:
            await review_cover(SYSTEM, booking_id)
        after = batch[-1]


@transactional
async def _batch(actor: Actor, facility_id: UUID, after: UUID | None) -> list[UUID]:
    return await stay_queries.future_of_facility(facility_id, after, BATCH)


@transactional
async def review_cover(actor: Actor, booking_id: UUID) -> None:
    """Mark a booking that its facility's credentials no longer cover, or take the mark away.

    While it is marked its patient may cancel with all money back (run as the system).
    """
    row = await queries.booking(booking_id, visible_to=actor, lock=True)
    if row is None or BookingStatus(row["status"]) not in PAID:
        return
    covered, marked = await _covered(row["offer_id"], row["starts_at"]), row["credential_lost_at"]
    if covered and marked is not None:
        await moving.touch(
            actor, row, "credential_restored", news=BookingNews.CREDENTIAL_RESTORED,
            credential_lost_at=None,
        )  # fmt: skip
        await tasks.end_tasks(actor, booking_id, [TaskKind.RESOLVE_CREDENTIAL])
    elif not covered and marked is None:
        now = utc_now()
        await moving.touch(
            actor, row, "credential_lost", news=BookingNews.CREDENTIAL_LOST, credential_lost_at=now
        )
        due_at = now + RESOLVED_WITHIN
        await tasks.open_task(
            actor, task_of(row, TaskKind.RESOLVE_CREDENTIAL, TaskSide.FACILITY, due_at)
        )
        await tasks.open_task(
            actor, task_of(row, TaskKind.RESOLVE_CREDENTIAL, TaskSide.PATIENT, row["starts_at"])
        )


async def _covered(offer_id: UUID, starts_at: datetime) -> bool:
    try:
        await credentials.require_cover(SYSTEM, offer_id, starts_at)
    except CredentialNotValid:
        return False
    return True


async def follow_uncovered(event: BookingUncovered) -> None:
    """Ask the facility to find another way for a booking whose time no longer stands."""
    await note_uncovered(SYSTEM, event.booking_id, event.cause.value)


@transactional
async def note_uncovered(actor: Actor, booking_id: UUID, cause: str) -> None:
    """Open the facility's task for a booking whose hours, rooms or people changed afterwards.

    Run as the system.
    """
    row = await queries.booking(booking_id, visible_to=actor, lock=True)
    if row is None or BookingStatus(row["status"]) not in PAID:
        return
    due_at = min(utc_now() + RESOLVED_WITHIN, row["starts_at"])
    await tasks.open_task(
        actor, task_of(row, TaskKind.RESOLVE_TIME, TaskSide.FACILITY, due_at, reason=cause)
    )
