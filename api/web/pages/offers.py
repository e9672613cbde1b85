"""One offer with its free times: holding one of them, or waiting for one."""

from datetime import date, timedelta
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.http.guards import may, require_admitted
from api.web import zones
from api.web.forms import Form, read_form
from api.web.languages import home_zone, language_of
from api.web.pages import slot_picker
from api.web.rendering import PageRequest, address, go, page
from domain.actor import Actor, Role
from domain.availability import service as availability
from domain.availability.types import SlotList
from domain.bookings import holding
from domain.bookings.types import HoldSlot
from domain.catalogue import service as catalogue
from domain.clock import zone
from domain.credentials import service as credentials
from domain.errors import Conflict, DomainError, Forbidden
from domain.facilities import service as facilities
from domain.patients import service as patients
from domain.patients.types import PatientView
from domain.waitlist import service as waitlist
from domain.waitlist.types import JoinWaitlist


class OfferPages(Controller):
    path = "/offers"
    include_in_schema = False

    @get("/{offer_id:uuid}", guards=[may("catalogue.read")])
    async def show(
        self, request: PageRequest, offer_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Show price, terms and free times of an offer."""
        return await _offer_page(request, actor, offer_id)

    @get("/{offer_id:uuid}/hold", guards=[may("pages.read")])
    async def confirm_hold(
        self, request: PageRequest, offer_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Show the time that was chosen before signing in, with the button that holds it."""
        language = language_of(request)
        offer = await catalogue.show_offer(actor, offer_id, language.tag)
        starts_at = slot_picker.instant_of(request.query_params.get("starts_at") or "")
        if starts_at is None:
            return go(f"/offers/{offer_id}")
        own = await _patients(actor)
        return page(
            request,
            "hold.html",
            offer=offer,
            most=offer.max_price,
            starts_at=starts_at,
            offer_version=request.query_params.get("offer_version") or offer.version,
            patients=[(str(patient.id), patient.name.display) for patient in own],
            own_zone=_zone_of(request, own),
        )

    @post("/{offer_id:uuid}/hold", guards=[may("pages.read")])
    async def hold(
        self, request: PageRequest, offer_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Hold the chosen time; who is not signed in signs in first and comes back to it."""
        form = await read_form(request, language_of(request))
        if not actor.signed_in:
            wanted = address(
                f"/offers/{offer_id}/hold",
                starts_at=form.value("starts_at"),
                offer_version=form.value("offer_version"),
            )
            return go("/sign-in", next=wanted)
        await require_admitted(actor, "bookings.hold")
        if actor.role is not Role.PATIENT:
            raise Forbidden("Only patients and those who act for them book")
        command = form.read(HoldSlot, offer_id=offer_id)
        if command is None:
            return await _offer_page(request, actor, offer_id, form, status=422)
        try:
            # A second click on the same page finds the booking of the first.
            booking = await holding.hold_slot(actor, command, form.once(command))
        except DomainError as error:
            form.refuse(error)
            status = 409 if isinstance(error, Conflict) else 422
            return await _offer_page(request, actor, offer_id, form, status=status)
        return go(f"/bookings/{booking.id}", done="held")

    @post("/{offer_id:uuid}/wait", guards=[may("pages.read")])
    async def wait(
        self, request: PageRequest, offer_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Join the waitlist for days on which nothing is free."""
        form = await read_form(request, language_of(request))
        if not actor.signed_in:
            return go("/sign-in", next=f"/offers/{offer_id}")
        await require_admitted(actor, "waitlist.join")
        if actor.role is not Role.PATIENT:
            raise Forbidden("Only patients and those who act for them wait")
        command = form.read(JoinWaitlist, offer_id=offer_id)
        if command is not None:
            try:
                await waitlist.join_waitlist(actor, command, form.once(command))
                return go("/me/waitlist", done="waiting")
            except DomainError as error:
                form.refuse(error)
        return await _offer_page(request, actor, offer_id, waiting=form, status=422)


async def _offer_page(
    request: PageRequest, actor: Actor, offer_id: UUID, form: Form | None = None,
    *, waiting: Form | None = None, status: int = 200,
) -> Response[bytes]:  # fmt: skip
    language = language_of(request)
    offer = await catalogue.show_offer(actor, offer_id, language.tag)

    async def free(first: date | None, last: date | None, limit: int) -> SlotList:
        return await availability.list_slots(actor, offer_id, first, last, limit=limit)

    typed = slot_picker.instant_of(form.value("starts_at")) if form else None
    picker = await slot_picker.pick(request, free, offer.facility.zone, typed)
    own = await _patients(actor)
    own_zone = _zone_of(request, own)
    today = picker.read_at.astimezone(zone(offer.facility.zone)).date()
    first = max(picker.week.days[0].day, today) if picker.week else today
    return page(
        request,
        "offer.html",
        status=status,
        cookies=zones.kept(request),
        form=form or waiting,
        waiting=waiting,
        offer=offer,
        most=offer.max_price,
        facility=await facilities.show_facility(actor, offer.facility.id),
        treatment=await catalogue.show_treatment(actor, offer.treatment.code, language.tag),
        credentials=await credentials.list_credentials(actor, offer.facility.id),
        picker=picker,
        wait_days=(first, first + timedelta(days=13)),
        patients=[(str(patient.id), patient.name.display) for patient in own],
        own_zone=own_zone,
        zones=zones.choices(language, own_zone),
    )


def _zone_of(request: PageRequest, own: list[PatientView]) -> str | None:
    return zones.own_zone(request, home_zone(own[0].home_state) if own else None)


async def _patients(actor: Actor) -> list[PatientView]:
    if actor.role is not Role.PATIENT:
        return []
    return await patients.list_patients(actor)
