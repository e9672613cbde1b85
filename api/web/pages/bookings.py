"""A booking from its hold to its end: the clock, paying, cancelling with the refund shown first."""

import asyncio
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.http.guards import may
from api.web.forms import Form, read_form
from api.web.languages import Language, home_zone, language_of
from api.web.rendering import PageRequest, go, page
from domain.actor import Actor, Role
from domain.bookings import cancelling, holding
from domain.bookings import service as bookings
from domain.bookings.types import BookingStatus, BookingView
from domain.catalogue import service as catalogue
from domain.errors import Conflict, DomainError
from domain.patients import service as patients
from domain.payments import service as payments
from domain.payments.types import PaymentStatus, PaymentView

_STRIPE_CSP = (
    "default-src 'none'; script-src 'self' https://js.stripe.com; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self' https://api.stripe.com; "
    "frame-src https://js.stripe.com https://hooks.stripe.com; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_UNPAID = (PaymentStatus.CREATED, PaymentStatus.REQUIRES_ACTION)
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
        return await _booking_page(request, actor, booking_id)

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
            return await _booking_page(request, actor, booking_id, form, status=status)
        await _until_booked(actor, booking_id)
        return go(f"/bookings/{booking_id}", done="paid")

    @get("/{booking_id:uuid}/cancel", guards=[may("bookings.read")])
    async def ask_cancel(
        self, request: PageRequest, booking_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Show what a cancellation would give back, before anything is done."""
        return await _cancel_page(request, actor, booking_id)

    @post("/{booking_id:uuid}/cancel", guards=[may("bookings.cancel")])
    async def cancel(
        self, request: PageRequest, booking_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> Response[bytes]:
        """Cancel under the terms that were shown."""
        form = await read_form(request, language_of(request))
        before = await bookings.show_booking(actor, booking_id)
        shown = await cancelling.preview_refund(actor, booking_id)
        if form.value("refund") != str(shown.refund.amount):
            form.complain("refund", "")  # a tier has ended since the page was shown: show it again
            return await _cancel_page(request, actor, booking_id, form, status=409)
        try:
            await cancelling.cancel_booking(actor, booking_id)
        except DomainError as error:
            form.refuse(error)
            return await _cancel_page(request, actor, booking_id, form, status=409)
        unpaid = before.status in (BookingStatus.HELD, BookingStatus.PENDING_PAYMENT)
        return go(f"/bookings/{booking_id}", done="released" if unpaid else "cancelled")


async def _until_booked(actor: Actor, booking_id: UUID) -> None:
    """Wait a moment for the worker, which confirms the booking once the money is in."""
    for _ in range(int(_PATIENCE_S * 10)):
        booking = await bookings.show_booking(actor, booking_id)
        if booking.status not in (BookingStatus.HELD, BookingStatus.PENDING_PAYMENT):
            return
        await asyncio.sleep(0.1)


async def _facts(
    actor: Actor, booking: BookingView, language: Language
) -> tuple[str, str | None, str]:
    """Return the treatment's name, the patient's zone and the patient's name."""
    treatment = await catalogue.show_treatment(actor, booking.treatment, language.tag)
    found = await patients.list_patients(actor, [booking.patient_id])
    zone = home_zone(found[0].home_state) if found else None
    return treatment.name, zone, found[0].name.display if found else ""


async def _booking_page(
    request: PageRequest, actor: Actor, booking_id: UUID, form: Form | None = None,
    *, status: int = 200,
) -> Response[bytes]:  # fmt: skip
    language, settings = language_of(request), request.app.state.settings
    booking = await bookings.show_booking(actor, booking_id)
    treatment, own_zone, patient = await _facts(actor, booking, language)
    found = await payments.payments_of_episode(actor, booking.episode_id)
    mine = [payment for payment in found if payment.booking_id == booking_id]
    waiting = _stripe_payment(mine, booking)
    arriving = booking.status is BookingStatus.PENDING_PAYMENT and any(
        payment.status is PaymentStatus.CAPTURED for payment in mine
    )
    key = settings.stripe_publishable_key
    return page(
        request,
        "booking.html",
        status=status,
        form=form,
        headers={"Content-Security-Policy": _STRIPE_CSP} if waiting and key else None,
        booking=booking,
        treatment=treatment,
        patient=patient,
        own_zone=own_zone,
        payments=mine,
        arriving=arriving,
        stripe=waiting,
        stripe_key=key,
        demo_gateway=not settings.stripe_secret_key,
        patient_side=actor.role is Role.PATIENT,
    )


def _stripe_payment(mine: list[PaymentView], booking: BookingView) -> PaymentView | None:
    if booking.status is not BookingStatus.PENDING_PAYMENT:
        return None
    return next((p for p in mine if p.client_secret and not p.demo and p.status in _UNPAID), None)


async def _cancel_page(
    request: PageRequest, actor: Actor, booking_id: UUID, form: Form | None = None,
    *, status: int = 200,
) -> Response[bytes]:  # fmt: skip
    booking = await bookings.show_booking(actor, booking_id)
    treatment, own_zone, _ = await _facts(actor, booking, language_of(request))
    return page(
        request,
        "cancel.html",
        status=status,
        form=form,
        changed=bool(form and "refund" in form.errors),
        booking=booking,
        treatment=treatment,
        own_zone=own_zone,
        preview=await cancelling.preview_refund(actor, booking_id),
    )
