"""Reading bookings: one, one's own, a facility's by when they changed, and what may be done."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from domain.actor import Actor
from domain.bookings import policy, queries, rules
from domain.bookings.errors import UnusableInstant
from domain.bookings.events import BookingNews
from domain.bookings.moving import tell, visible
from domain.bookings.types import (
    BookingMove,
    BookingPage,
    BookingRef,
    BookingStatus,
    BookingView,
    ChangesQuery,
    DeskQuery,
)
from domain.bookings.views import booking_view
from domain.clock import EARLIEST, LATEST, plausible
from domain.cursor import make_cursor, read_cursor
from domain.db import transactional
from domain.facilities import service as facilities


@transactional
async def show_booking(actor: Actor, booking_id: UUID) -> BookingView:
    """Return a booking the actor may see; raises NoSuchBooking."""
    return booking_view(await visible(actor, booking_id))


@transactional
async def show_bookings(actor: Actor, ids: Collection[UUID]) -> dict[UUID, BookingView]:
    """Return those of the bookings that the actor may see, by their ids."""
    rows = await queries.bookings_of_ids(list(set(ids)), visible_to=actor)
    return {row["id"]: booking_view(row) for row in rows}


@transactional
async def list_moves(actor: Actor, booking_id: UUID) -> list[BookingMove]:
    """Return what the actor may do with a booking now."""
    row = await visible(actor, booking_id)
    view = booking_view(row)
    admitted = await policy.moves_of(actor, row, view.status)
    return [move for move in admitted if rules.is_ready(move, view)]


@transactional
async def list_bookings(
    actor: Actor, status: BookingStatus | None = None, episode_id: UUID | None = None
) -> list[BookingView]:
    """Return the bookings of the actor's patients, practice or facility, newest first."""
    rows = await queries.bookings(visible_to=actor, status=status, episode_id=episode_id)
    return [booking_view(row) for row in rows]


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
    return BookingPage([booking_view(row) for row in shown], following)


@transactional
async def list_desk(actor: Actor, facility_id: UUID, query: DeskQuery) -> BookingPage:
    """Return the bookings of a facility of the actor's organisation, the earliest first.

    Raises NoSuchFacility, UnusableInstant and CursorInvalid.
    """
    facility = await facilities.facility_of(actor, facility_id, "bookings.list_of_facility")
    if query.first is not None and not EARLIEST <= query.first <= LATEST:
        raise UnusableInstant(fields={"first": UnusableInstant.title})
    question = (facility_id, sorted(query.status), query.first, query.days, query.reference)
    after = None
    if query.cursor is not None:
        after = read_cursor(query.cursor, question, tuple[datetime, UUID])
    rows = await queries.bookings_of_desk(
        facility_id, query, visible_to=actor, where=facility.zone, after=after,
        limit=query.limit + 1,
    )  # fmt: skip
    shown, following = rows[: query.limit], None
    if len(rows) > query.limit:
        following = make_cursor(question, (shown[-1]["starts_at"], shown[-1]["id"]))
    return BookingPage([booking_view(row) for row in shown], following)


@transactional
async def open_bookings(actor: Actor, patient_id: UUID) -> int:
    """Return how many bookings of a patient are under way; for the system only."""
    return await queries.count_open(patient_id)


@transactional
async def booking_ref(actor: Actor, booking_id: UUID) -> BookingRef:
    """Return what other rooms need of a booking the actor may see; raises NoSuchBooking."""
    row = await visible(actor, booking_id)
    return BookingRef(
        id=row["id"],
        episode_id=row["episode_id"],
        patient_id=row["patient_id"],
        home_state=row["home_state"],
        practice_id=row["practice_id"],
        facility_id=row["facility_id"],
        facility_organisation_id=row["facility_organisation_id"],
        facility_name=row["facility_name"],
        offer_id=row["offer_id"],
        treatment=row["treatment_code"],
        status=BookingStatus(row["status"]),
        starts_at=row["starts_at"],
        zone=row["zone"],
        discharged_at=row["discharged_at"],
    )


@transactional
async def tell_news(actor: Actor, booking_id: UUID, news: BookingNews) -> None:
    """Let everybody concerned know of something beside a booking (run as the system)."""
    await tell(await visible(actor, booking_id), news)
