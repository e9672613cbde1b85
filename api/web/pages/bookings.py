"""A booking from its hold to the facility's answer: shown, paid, accepted, declined."""

import asyncio
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.http.guards import may
from api.web.forms import read_form
from api.web.languages import language_of
from api.web.pages.booking_page import booking_page
from api.web.rendering import PageRequest, go
from domain.actor import Actor
from domain.bookings import holding
from domain.bookings import service as bookings
from domain.bookings.types import BookingStatus
from domain.errors import Conflict, DomainError
from domain.payments import service as payments

_PATIENCE_S = 3.0


class BookingPages(Controller):
    path = "/bookings"
    include_in_schema = False

    @get("/{booking_id:uuid}", guards=[may("bookings.read")])
    async def show(
        self, request: PageRequest, booking_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Show a booking with what can be done with it now; its facility has a page of its own."""
        if actor.of_facility:
            return go(f"/facility/bookings/{booking_id}")
        return await booking_page(request, actor, booking_id)

    @post("/{booking_id:uuid}/pay", guards=[may("bookings.pay")])
    async def pay(
        self, request: PageRequest, booking_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Open the deposit's payment; the demo gateway's is paid at once, and no money moves."""
        form = await read_form(request, language_of(request))
        try:
            payment = await holding.pay_deposit(actor, booking_id)
            if not payment.demo:
                return go(f"/bookings/{booking_id}")
            await payments.pay_in_demo(actor, payment.id)
        except DomainError as error:
            form.refuse(error)
            status = 409 if isinstance(error, Conflict) else 503
            return await booking_page(request, actor, booking_id, form, status=status)
        await _until_booked(actor, booking_id)
        return go(f"/bookings/{booking_id}", done="paid")


async def _until_booked(actor: Actor, booking_id: UUID) -> None:
    """Wait a moment for the worker, which confirms the booking once the money is in."""
    for _ in range(int(_PATIENCE_S * 10)):
        booking = await bookings.show_booking(actor, booking_id)
        if booking.status not in (BookingStatus.HELD, BookingStatus.PENDING_PAYMENT):
            return
        await asyncio.sleep(0.1)
