"""A patient's bookings in one list: what waits, what comes, what is over."""

from litestar import Controller, Response, get
from litestar.di import NamedDependency

from api.http.guards import may
from api.web.booking_steps import listed
from api.web.languages import home_zone, language_of
from api.web.pages.patient import treatment_names
from api.web.rendering import PageRequest, page
from domain.actor import Actor
from domain.bookings import service as bookings
from domain.patients import service as patients


class MyBookingPages(Controller):
    path = "/me/bookings"
    include_in_schema = False

    @get(guards=[may("pages.patient")])
    async def show(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """List the bookings of the patient and of those they act for, with what comes next."""
        language = language_of(request)
        mine = await patients.list_patients(actor)
        zones = {patient.id: home_zone(patient.home_state) for patient in mine}
        return page(
            request,
            "bookings.html",
            lists=listed(language, await bookings.list_bookings(actor), zones),
            treatments=await treatment_names(actor, language),
            patients={patient.id: patient.name.display for patient in mine},
            zones=zones,
        )
