"""The facility's desk: referrals to answer and bookings to expect."""

from litestar import Controller, Response, get
from litestar.di import NamedDependency

from api.http.guards import may
from api.web.languages import language_of
from api.web.pages.patient import treatment_names
from api.web.rendering import PageRequest, page
from domain.actor import Actor
from domain.bookings import service as bookings
from domain.bookings.types import BookingStatus
from domain.patients import service as patients
from domain.referrals import service as referrals

LISTS = ("to-triage", "to-quote", "waiting", "scheduled", "to-report", "closed")
_SHOWN = (
    BookingStatus.AWAITING_FACILITY,
    BookingStatus.CONFIRMED,
    BookingStatus.CHECKED_IN,
    BookingStatus.PRE_OP_ASSESSED,
    BookingStatus.IN_TREATMENT,
    BookingStatus.EXTENDED,
)


class FacilityDeskPages(Controller):
    path = "/facility"
    include_in_schema = False

    @get(guards=[may("pages.facility")])
    async def inbox(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """Show one worklist with the counts of all, and the coming bookings."""
        wanted = request.query_params.get("list") or ""
        name = wanted if wanted in LISTS else "to-triage"
        found = await referrals.worklist(actor, name)
        if not wanted and not found.items:
            name = next((each for each in LISTS if found.counts.get(each)), name)
            found = await referrals.worklist(actor, name)
        booked = [b for b in await bookings.list_bookings(actor) if b.status in _SHOWN]
        booked.sort(key=lambda b: (b.status is not BookingStatus.AWAITING_FACILITY, b.starts_at))
        people = await patients.list_patients(actor, list({b.patient_id for b in booked}))
        return page(
            request,
            "facility_desk.html",
            lists=LISTS,
            name=name,
            found=found,
            bookings=booked,
            patients={p.id: p.name.display for p in people},
            treatments=await treatment_names(actor, language_of(request)),
        )
