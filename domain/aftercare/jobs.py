"""What aftercare does when a patient is discharged, and when a visit's day comes."""

from datetime import UTC, datetime, time

from domain.actor import SYSTEM, Actor
from domain.aftercare import queries, rules
from domain.aftercare.service import task_for
from domain.bookings import service as bookings
from domain.bookings.events import BookingChanged, BookingNews
from domain.catalogue import service as catalogue
from domain.clock import zone
from domain.db import transactional
from domain.tasks import service as tasks
from domain.tasks.types import TaskKind

AT_ONCE = 100


async def plan_visits(event: BookingChanged) -> None:
    """Write down the visits of a discharged patient, by the days of the treatment, once."""
    if event.news is BookingNews.DISCHARGED:
        await _plan_visits(SYSTEM, event)


@transactional
async def _plan_visits(actor: Actor, event: BookingChanged) -> None:
    booking = await bookings.booking_ref(actor, event.booking_id)
    if booking.discharged_at is None:
        return
    treatment = await catalogue.show_treatment(actor, booking.treatment)
    due = rules.visits_due(booking.discharged_at, treatment.follow_up_days, zone(booking.zone))
    await queries.insert_visits(booking.id, booking.patient_id, booking.home_state, due)


async def tell_due_visits() -> int:
    """Have patients told of visits whose day has come; return how many (a periodic job)."""
    told = 0
    while (taken := await _tell_due(SYSTEM)) == AT_ONCE:
        told += taken
    return told + taken


@transactional
async def _tell_due(actor: Actor) -> int:
    rows = await queries.take_due(AT_ONCE)
    for row in rows:
        booking = await bookings.booking_ref(actor, row["booking_id"])
        late = datetime.combine(row["due_on"] + rules.LATE_AFTER, time(), tzinfo=UTC)
        await tasks.open_task(
            actor, task_for(booking, TaskKind.FOLLOW_UP, late, focus_id=row["id"])
        )
        await bookings.tell_news(actor, row["booking_id"], BookingNews.VISIT_DUE)
    return len(rows)
