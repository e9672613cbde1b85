"""What a patient waits for: their place, the time that came free for them, and leaving."""

from datetime import datetime, time, timedelta
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.http.guards import may
from api.web import zones
from api.web.forms import Form, read_form
from api.web.languages import home_zone, language_of
from api.web.rendering import PageRequest, go, page
from domain import clock
from domain.actor import Actor
from domain.bookings import service as bookings
from domain.bookings.types import BookingView
from domain.catalogue import service as catalogue
from domain.catalogue.errors import NoSuchOffer
from domain.catalogue.types import OfferView
from domain.errors import DomainError
from domain.patients import service as patients
from domain.waitlist import service as waitlist
from domain.waitlist.types import WaitStatus, WaitView


class Wait(msgspec.Struct, frozen=True, kw_only=True):
    """A place in a waitlist, the offer where it can still be seen, and the hold that was made.

    `begins` and `ends` are the first and the last moment of the days that are waited for.
    """

    view: WaitView
    offer: OfferView | None
    hold: BookingView | None
    begins: datetime
    ends: datetime


class WaitlistPages(Controller):
    path = "/me/waitlist"
    include_in_schema = False

    @get(guards=[may("waitlist.read")])
    async def show(self, request: PageRequest, actor: NamedDependency[Actor]) -> Response[bytes]:
        """Show where one stands, with what was offered on top."""
        return await _waitlist_page(request, actor)

    @post("/{entry_id:uuid}/leave", guards=[may("waitlist.leave")])
    async def leave(
        self, request: PageRequest, entry_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Leave a list; an offered time that is not paid goes to the next."""
        form = await read_form(request, language_of(request))
        try:
            await waitlist.leave_waitlist(actor, entry_id)
        except DomainError as error:
            form.refuse(error)
            return await _waitlist_page(request, actor, form, status=409)
        return go("/me/waitlist", done="left-waitlist")


async def _waitlist_page(
    request: PageRequest, actor: Actor, form: Form | None = None, *, status: int = 200
) -> Response[bytes]:
    language = language_of(request)
    waits = [await _wait(actor, view, language.tag) for view in await waitlist.list_waits(actor)]
    own = await patients.list_patients(actor)
    return page(
        request,
        "waitlist.html",
        status=status,
        form=form,
        cookies=zones.kept(request),
        offered=[each for each in waits if each.view.status is WaitStatus.OFFERED],
        waiting=[each for each in waits if each.view.status is WaitStatus.WAITING],
        over=[
            each for each in waits
            if each.view.status not in (WaitStatus.OFFERED, WaitStatus.WAITING)
        ],
        patients={patient.id: patient.name.display for patient in own},
        own_zone=zones.own_zone(request, home_zone(own[0].home_state) if own else None),
    )  # fmt: skip


async def _wait(actor: Actor, view: WaitView, language: str) -> Wait:
    offer, hold = None, None
    try:
        offer = await catalogue.show_offer(actor, view.offer_id, language)
    except NoSuchOffer:  # no longer listed: the place stays until it is left
        offer = None
    if view.status is WaitStatus.OFFERED and view.booking_id is not None:
        hold = await bookings.show_booking(actor, view.booking_id)
    where = clock.zone(view.zone)
    return Wait(
        view=view,
        offer=offer,
        hold=hold,
        begins=datetime.combine(view.first_day, time(), where),
        ends=datetime.combine(view.last_day + timedelta(days=1), time(), where),
    )
