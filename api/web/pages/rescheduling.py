"""Another time for a booking: the patient chooses among what is free, its own time included."""

from datetime import date, datetime
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.http.guards import may
from api.web import zones
from api.web.forms import Form, read_form
from api.web.languages import home_zone, language_of
from api.web.pages import slot_picker
from api.web.rendering import PageRequest, go, page
from domain.actor import Actor
from domain.availability.types import SlotList
from domain.bookings import rescheduling
from domain.bookings import service as bookings
from domain.bookings.types import BookingMove, BookingView, Reschedule
from domain.catalogue import service as catalogue
from domain.catalogue.errors import NoSuchOffer, OfferWithdrawn
from domain.errors import Conflict, DomainError
from domain.patients import service as patients


class ReschedulePages(Controller):
    path = "/bookings/{booking_id:uuid}/reschedule"
    include_in_schema = False

    @get(guards=[may("bookings.read")])
    async def ask(
        self, request: PageRequest, booking_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Show the free times to which the booking could move."""
        if actor.of_facility:
            return go(f"/facility/bookings/{booking_id}")
        return await _reschedule_page(request, actor, booking_id)

    @post(guards=[may("bookings.reschedule")])
    async def move(
        self, request: PageRequest, booking_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Move the booking; its number, its price and its terms stay."""
        form = await read_form(request, language_of(request))
        command = form.read(Reschedule)
        if command is None:
            return await _reschedule_page(request, actor, booking_id, form, status=422)
        try:
            await rescheduling.reschedule_booking(actor, booking_id, command, form.version())
        except DomainError as error:
            if await _stands_at(actor, booking_id, command.starts_at):
                return go(f"/bookings/{booking_id}", done="moved")  # a second click
            form.refuse(error)
            status = 409 if isinstance(error, Conflict) else 422
            return await _reschedule_page(request, actor, booking_id, form, status=status)
        return go(f"/bookings/{booking_id}", done="moved")


async def _stands_at(actor: Actor, booking_id: UUID, starts_at: datetime) -> bool:
    booking = await bookings.show_booking(actor, booking_id)
    return booking.starts_at == starts_at


async def _reschedule_page(
    request: PageRequest, actor: Actor, booking_id: UUID, form: Form | None = None,
    *, status: int = 200,
) -> Response[bytes]:  # fmt: skip
    language = language_of(request)
    booking = await bookings.show_booking(actor, booking_id)
    treatment = await catalogue.show_treatment(actor, booking.treatment, language.tag)
    found = await patients.list_patients(actor, [booking.patient_id])
    own_zone = zones.own_zone(request, home_zone(found[0].home_state) if found else None)
    return page(
        request,
        "reschedule.html",
        status=status,
        cookies=zones.kept(request),
        form=form,
        booking=booking,
        treatment=treatment.name,
        picker=await _picker(request, actor, booking, form),
        own_zone=own_zone,
        zones=zones.choices(language, own_zone),
    )


async def _picker(
    request: PageRequest, actor: Actor, booking: BookingView, form: Form | None
) -> slot_picker.Picker | None:
    """Return the times to choose from, None for a booking that does not move any more."""
    if BookingMove.RESCHEDULE not in await bookings.list_moves(actor, booking.id):
        return None

    async def free(first: date | None, last: date | None, limit: int) -> SlotList:
        return await rescheduling.list_times(actor, booking.id, first, last, limit=limit)

    typed = slot_picker.instant_of(form.value("starts_at")) if form else None
    try:
        return await slot_picker.pick(request, free, booking.zone, typed)
    except (NoSuchOffer, OfferWithdrawn):
        return None
